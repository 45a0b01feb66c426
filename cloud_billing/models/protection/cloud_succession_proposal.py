from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date

from ...engine.numbers import to_text, trim
from ...fields import DecimalField
from . import agreed_writes

# The records that an approval covers.
_NAMED = ("subscription_id", "customer_id", "plan_id", "former_customer_id", "former_plan_id", "undone_id")


class CloudSuccessionProposal(models.Model):
    """That a contract of a live company shall go on by another plan, or for another customer, from a day on.

    Or that such a move is taken back: then the contract is the successor, and what it goes back to is the one before.
    One person proposes it and another one approves; then it is done by `_apply_move`, `_apply_takeover` or `_undo`, in
    the transaction of the last vote.
    """

    _name = "cloud.succession.proposal"
    _description = "Proposed Move of a Contract"
    _inherit = ["cloud.agreed.mixin", "mail.thread"]
    _request_kind = "succession"
    _order = "id desc"
    _check_company_auto = True

    kind = fields.Selection(
        [
            ("takeover", "Takeover by another customer"),
            ("plan", "Move to another plan"),
            ("back", "Taking a takeover or a move back"),
        ],
        required=True,
        readonly=True,
    )
    subscription_id = fields.Many2one(
        "cloud.subscription", required=True, readonly=True, ondelete="restrict", index=True, check_company=True
    )
    undone_id = fields.Many2one(
        "cloud.subscription.succession",
        string="Takes Back",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
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

    _takes_something_back = models.Constraint(
        "CHECK ((kind = 'back') = (undone_id IS NOT NULL))", "Say which takeover or move is taken back."
    )
    _one_waits = models.UniqueIndex(
        "(subscription_id) WHERE state = 'pending'", "A move of this contract waits for approval already."
    )

    # === COMPUTE === #

    @api.depends(
        "kind", "subscription_id.name", "customer_id.name", "plan_id.name", "date_from", "undone_id.predecessor_id.name"
    )  # fmt: skip
    @api.depends_context("lang")
    def _compute_display_name(self):
        for proposal in self:
            values = {"name": proposal.subscription_id.name, "day": format_date(self.env, proposal.date_from)}
            if proposal.kind == "takeover":
                proposal.display_name = self.env._(
                    "%(name)s goes on for %(customer)s from %(day)s", customer=proposal.customer_id.name, **values
                )
            elif proposal.kind == "back":
                proposal.display_name = self.env._(
                    "%(name)s goes back to %(former)s from %(day)s",
                    former=proposal.undone_id.predecessor_id.name,
                    **values,
                )
            else:
                proposal.display_name = self.env._(
                    "%(name)s goes on by %(plan)s from %(day)s", plan=proposal.plan_id.name, **values
                )

    # === CONSTRAINTS === #

    @api.constrains("kind", "undone_id", "subscription_id", "customer_id", "plan_id", "date_from")
    def _check_undone(self):
        """What is taken back says itself of whom, by what and from when on the contract was."""
        for proposal in self.filtered("undone_id"):
            undone = proposal.undone_id
            if (proposal.subscription_id, proposal.customer_id, proposal.plan_id, proposal.date_from) != (
                undone.successor_id,
                undone.former_customer_id,
                undone.predecessor_id.plan_id,
                undone.date_from,
            ):
                raise ValidationError(
                    self.env._("%(proposal)s: it goes back to what it was.", proposal=proposal.display_name)
                )

    # === ACTIONS === #

    def action_submit(self):
        """Propose it, with what it means at this moment: another person looks at that and approves."""
        self.check_access("write")
        # Its figures are worked out with all rights, so only for what the person may know of.
        for chosen in (self.subscription_id, self.customer_id, self.plan_id, self.undone_id):
            chosen.check_access("read")
        self._write_facts()
        for proposal in self:
            proposal._check_submittable()
            self.env["cloud.change.request"]._submit(
                proposal, self._request_kind, effect=proposal._get_change_effect(), reason=proposal.reason
            )

    def action_approve_directly(self):
        self._write_facts()
        return super().action_approve_directly()

    # === BUSINESS: APPROVAL === #

    def _get_content(self):
        return {
            **{name: self[name].id for name in _NAMED},
            "kind": self.kind,
            "date_from": fields.Date.to_string(self.date_from),
            "fees": [None if fee is None else to_text(trim(fee)) for fee in (self.amount_old, self.amount_new)],
            "reason": self.reason,
        }

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
        elif proposal.kind == "back":
            problems += proposal.undone_id._get_undo_problems()
        else:
            problems += subscription._get_move_problems(proposal.plan_id, proposal.date_from)
        if not problems:
            problems += proposal._get_price_problems()
        return problems

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
        if self.kind == "back":
            return self.undone_id._get_agreed_keys()
        return self.subscription_id._get_succession_keys()

    def _open(self):
        """The action that shows these."""
        if len(self) == 1:
            return self.get_formview_action()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Proposed Takeovers and Moves"),
            "res_model": self._name,
            "view_mode": "list,form",
            "domain": [("id", "in", self.ids)],
        }

    def _take_effect(self, write):
        succession = self._go_on(fields.Datetime.now())
        write(self, {"succession_id": succession.id if succession else False})
        return super()._take_effect(write)

    def _go_on(self, now):
        """Do it at an instant (naive UTC); returns the succession that came of it, or None where none did."""
        self.ensure_one()
        if self.kind == "back":
            return self.undone_id.with_company(self.company_id)._undo(now)
        subscription = self.subscription_id.with_company(self.company_id)
        if self.kind == "takeover":
            return subscription._apply_takeover(self.customer_id, self.date_from, now, self.plan_id, self.reason)
        return subscription._apply_move(self.plan_id, self.date_from, now, self.reason)
