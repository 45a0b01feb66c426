from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import format_date

from ...fields import DecimalField, format_decimal
from . import agreed_writes


class CloudSuccessionProposal(models.Model):
    """That a contract of a live company shall go on by another plan, or for another customer, from a day on.

    One person proposes it and another one approves; then it is done by `_apply_move` or `_apply_takeover` of the
    contract, in the transaction of the last vote. What the fees come to a month is kept as the checker saw it: where
    it has become something else, nothing is done.
    """

    _name = "cloud.succession.proposal"
    _description = "Proposed Move of a Contract"
    _inherit = ["cloud.agreed.mixin", "mail.thread"]
    _request_kind = "succession"
    _order = "id desc"
    _check_company_auto = True

    kind = fields.Selection(
        [("takeover", "Takeover by another customer"), ("plan", "Move to another plan")], required=True, readonly=True
    )
    subscription_id = fields.Many2one(
        "cloud.subscription", required=True, readonly=True, ondelete="restrict", index=True, check_company=True
    )
    company_id = fields.Many2one(related="subscription_id.company_id", store=True, precompute=True, index=True)
    customer_id = fields.Many2one(
        "cloud.customer",
        string="For",
        required=True,
        ondelete="restrict",
        index=True,
        check_company=True,
        tracking=True,
        help="Who goes on with the contract.",
    )
    plan_id = fields.Many2one(
        "cloud.price.plan",
        string="By",
        required=True,
        ondelete="restrict",
        index=True,
        check_company=True,
        tracking=True,
        help="By which price plan the contract goes on.",
    )
    date_from = fields.Date(
        string="From", required=True, tracking=True, help="First day, in the customer's time zone, on which it does."
    )
    reason = fields.Char(required=True, tracking=True, help="For the colleague who approves and for later readers.")
    former_customer_id = fields.Many2one(
        "cloud.customer",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
        help="Whose contract it was when this was submitted.",
    )
    former_plan_id = fields.Many2one(
        "cloud.price.plan",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
        help="By which plan the contract was billed when this was submitted.",
    )
    amount_old = DecimalField(
        string="Fees a Month Now",
        readonly=True,
        copy=False,
        help="On the day, in the currency of the former plan. Empty: a line has no price.",
    )
    amount_new = DecimalField(
        string="Fees a Month Then",
        readonly=True,
        copy=False,
        help="On the day, in the currency of the new plan. Empty: a line has no price.",
    )
    succession_id = fields.Many2one(
        "cloud.subscription.succession",
        string="What Came of It",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
        help="Empty where nothing was billed yet, so that the contract itself has the other plan.",
    )

    _one_waits = models.UniqueIndex(
        "(subscription_id) WHERE state = 'pending'", "A move of this contract waits for approval already."
    )

    # === COMPUTE === #

    @api.depends("kind", "subscription_id.name", "customer_id.name", "plan_id.name", "date_from")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for proposal in self:
            values = {"name": proposal.subscription_id.name, "day": format_date(self.env, proposal.date_from)}
            if proposal.kind == "takeover":
                proposal.display_name = self.env._(
                    "%(name)s goes on for %(customer)s from %(day)s", customer=proposal.customer_id.name, **values
                )
            else:
                proposal.display_name = self.env._(
                    "%(name)s goes on by %(plan)s from %(day)s", plan=proposal.plan_id.name, **values
                )

    # === ACTIONS === #

    def action_submit(self):
        """Propose it, with what it means at this moment: another person looks at that and approves."""
        self.check_access("write")
        for proposal in self:
            # Its figures are worked out with all rights, so only for what the person may know of.
            for chosen in (proposal.subscription_id, proposal.customer_id, proposal.plan_id):
                chosen.check_access("read")
            proposal._check_submittable()
            proposal.write(proposal._prepare_facts())
            self.env["cloud.change.request"]._submit(
                proposal, self._request_kind, effect=proposal._get_change_effect(), reason=proposal.reason
            )

    # === BUSINESS: WHAT IT MEANS === #

    def _prepare_facts(self):
        """What a checker sees of the contract as it is, and of what it would be."""
        self.ensure_one()
        # sudo: what the contract comes to is one sum, whatever of its lines the person may read.
        proposal = self.sudo()
        subscription, day = proposal.subscription_id, proposal.date_from
        new = subscription._get_monthly_fees(day, proposal.plan_id, proposal.customer_id)
        return {
            "former_customer_id": subscription.customer_id.id,
            "former_plan_id": subscription.plan_id.id,
            "amount_old": subscription._get_monthly_fees(day)[subscription.id],
            "amount_new": new[subscription.id],
        }

    def _get_change_effect(self):
        self.ensure_one()
        rows = [
            (self.env._("Customer"), self.former_customer_id.display_name, self.customer_id.display_name),
            (self.env._("Price plan"), self.former_plan_id.display_name, self.plan_id.display_name),
            (self.env._("Fees a month"), *self._tell_fees()),
        ]
        return {
            "title": self.display_name,
            "rows": [{"label": label, "old": old, "new": new} for label, old, new in rows],
            "notes": self._get_effect_notes(),
        }

    def _get_effect_notes(self):
        notes = super()._get_effect_notes()
        day = format_date(self.env, self.date_from)
        # sudo: as for the facts.
        if self.kind == "plan" and self.subscription_id.sudo()._is_unbilled_first_day(self.date_from):
            notes.append(self.env._("Nothing is billed yet, so the contract itself has the other plan from its start."))
        else:
            notes.append(self.env._("The contract ends on %(day)s, and a successor begins on that day.", day=day))
        notes.append(self.env._("Fees are those of %(day)s, without usage and before taxes that are added.", day=day))
        return notes

    def _tell_fees(self):
        """(now, then) for people, each with its currency."""
        return [
            self.env._("no price for a line")
            if amount is None
            else f"{format_decimal(self.env, amount, plan.currency_id.decimal_places)} {plan.currency_id.name}"
            for amount, plan in ((self.amount_old, self.former_plan_id), (self.amount_new, self.plan_id))
        ]

    def _get_effect_amount(self):
        """The larger one of the fees a month before and after: how much a month is at stake."""
        if self.amount_old is None or self.amount_new is None:
            return Decimal("Infinity")
        today = fields.Date.context_today(self)
        return max(
            self._add_approval_amounts([(plan.currency_id, amount)], today)
            for plan, amount in ((self.former_plan_id, self.amount_old), (self.plan_id, self.amount_new))
        )

    def _get_content(self):
        return {
            **{
                name: self[name].id
                for name in ("subscription_id", "customer_id", "plan_id", "former_customer_id", "former_plan_id")
            },
            "kind": self.kind,
            "date_from": fields.Date.to_string(self.date_from),
            "fees": [_tell_exactly(self.amount_old), _tell_exactly(self.amount_new)],
            "reason": self.reason,
        }

    # === BUSINESS: APPROVAL === #

    def _get_problems(self):
        problems = super()._get_problems()
        # sudo: what stands in the way is told whatever the person may read.
        proposal = self.sudo()
        subscription = proposal.subscription_id
        waiting = subscription.succession_proposal_id - proposal
        if waiting:
            problems.append(waiting._get_waiting_sentence())
        if proposal.kind == "takeover":
            problems += subscription._get_takeover_problems(proposal.customer_id, proposal.date_from, proposal.plan_id)
        else:
            problems += subscription._get_move_problems(proposal.plan_id, proposal.date_from)
        if not problems:
            problems += proposal._get_price_problems()
        return problems

    def _get_price_problems(self):
        """What of the prices and of what was submitted keeps it from being done."""
        facts = self._prepare_facts()
        values = {"proposal": self.display_name}
        if self.kind == "plan" and facts["amount_new"] is None:
            return [self.env._("%(proposal)s: %(plan)s has no price for a line.", plan=self.plan_id.name, **values)]
        if self.kind == "plan" and self.customer_id.id != facts["former_customer_id"]:
            return [self.env._("%(proposal)s: the contract has another customer. Propose it again.", **values)]
        if self.state != "pending":
            return []
        submitted = {
            "former_customer_id": self.former_customer_id.id,
            "former_plan_id": self.former_plan_id.id,
            "amount_old": self.amount_old,
            "amount_new": self.amount_new,
        }
        if submitted == facts:
            return []
        return [
            self.env._(
                "%(proposal)s: the contract or its prices have changed since this was proposed. Reject it; proposed "
                "again, it shows what it means now.",
                **values,
            )
        ]

    def _get_waiting_sentence(self):
        self.ensure_one()
        return self.env._(
            "%(proposal)s: this waits for approval already. Have it decided, or withdraw it, first.",
            proposal=self.display_name,
        )

    def _apply_change_request(self, request, token):
        with agreed_writes.opened(self.env, self._get_agreed_keys(), token):
            return super()._apply_change_request(request, token)

    def _get_agreed_keys(self):
        """The protected values that change with it: the plan, and whose usage is from the day on."""
        mappings = self.env["cloud.usage.mapping"].search(
            [("subscription_line_id", "in", self.subscription_id.line_ids.ids)]
        )
        return [
            (self.subscription_id._name, self.subscription_id.id, "plan_id"),
            *(
                (mappings._name, mapping.id, name)
                for mapping in mappings
                for name in ("subscription_line_id", "date_end")
            ),
        ]

    def _take_effect(self, write):
        succession = self._go_on(fields.Datetime.now())
        write(self, {"succession_id": succession.id if succession else False})
        return super()._take_effect(write)

    def _go_on(self, now):
        """Do it at an instant (naive UTC); returns the succession, or None where nothing was billed yet."""
        self.ensure_one()
        subscription = self.subscription_id.with_company(self.company_id)
        if self.kind == "takeover":
            return subscription._apply_takeover(self.customer_id, self.date_from, now, self.plan_id, self.reason)
        return subscription._apply_move(self.plan_id, self.date_from, now, self.reason)


def _tell_exactly(amount):
    """An amount as text that is the same for equal ones, whatever zeros they end in."""
    return None if amount is None else f"{amount.normalize():f}"
