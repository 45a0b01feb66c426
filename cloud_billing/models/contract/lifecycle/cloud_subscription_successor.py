from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from ....engine.schedule import RUNNING
from ..change.change_policy import with_policy
from .cloud_subscription_lifecycle import OVER

# What of the agreement the successor has as the predecessor had it.
_COPIED = ("cycle_unit", "cycle_count", "first_period", "last_period", "order_reference", "user_id")
_LINE_COPIED = ("sequence", "product_id", "name", "timing", "proration", "analytic_distribution")
_TERM_COPIED = (
    "length_count", "length_unit", "minimum_count", "minimum_unit", "notice_count", "notice_unit", "renewal_kind",
    "renewal_count", "renewal_unit", "uplift_percent", "anchor_day",
)  # fmt: skip
_RATE_COPIED = (
    "name", "product_id", "billing_model", "kind", "origin", "reason", "sequence", "unit_price", "is_final",
    "percent", "amount", "label",
)  # fmt: skip


class CloudSubscription(models.Model):
    """How a contract goes on as another one: for another customer or by another plan, from a day on."""

    _inherit = "cloud.subscription"

    end_kind = fields.Selection(selection_add=[("succeeded", "Goes on as another contract")])
    succession_ids = fields.One2many("cloud.subscription.succession", "predecessor_id", string="Goes On As")
    origin_ids = fields.One2many("cloud.subscription.succession", "successor_id", string="Came From")
    succession_text = fields.Text(string="Before and After", compute="_compute_succession_text")

    # === COMPUTE === #

    def _compute_succession_text(self):
        for subscription in self:
            found = subscription.origin_ids | subscription.succession_ids
            subscription.succession_text = "\n".join(found.mapped("text")) or False

    # === CONSTRAINTS === #

    @api.constrains("date_end")
    def _check_one_goes_on(self):
        """Of a contract and the one it goes on as one holds: neither is reopened beside the other."""
        for succession in self.succession_ids.filtered(lambda one: not one.undone_on):
            former, day = succession.predecessor_id, succession.date_from
            if not former.date_end or former.date_end > day:
                raise ValidationError(
                    self.env._("%(succession)s. Take that back instead of moving its end.", succession=succession.text)
                )
        for succession in self.origin_ids.filtered("undone_on"):
            if succession.successor_id.date_end != succession.successor_id.date_start:
                raise ValidationError(
                    self.env._(
                        "%(succession)s, so %(former)s runs instead. Let that go on anew, or make another contract.",
                        succession=succession.text,
                        former=succession.predecessor_id.name,
                    )
                )

    # === ACTIONS === #

    def action_open_takeover(self):
        """Ask which customer goes on with it."""
        self.ensure_one()
        return self._open_wizard("cloud.subscription.takeover", self.env._("Takeover by Another Customer"))

    def action_open_move(self):
        """Ask to which plan the selected subscriptions move."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Move to Another Plan"),
            "res_model": "cloud.subscription.move",
            "view_mode": "form",
            "target": "new",
            "context": {"default_subscription_ids": [Command.set(self.ids)]},
        }

    def action_open_successions(self):
        """What it came from and goes on as."""
        self.ensure_one()
        found = self.origin_ids | self.succession_ids
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Before and After"),
            "res_model": "cloud.subscription.succession",
            "view_mode": "list,form",
            "domain": [("id", "in", found.ids)],
        }

    # === BUSINESS === #

    def _apply_takeover(self, customer, date_from, now, plan=None, reason=None):
        """Let another customer go on with this contract from a day on; returns the cloud.subscription.succession.

        The same lines, quantities, agreed prices and periods; usage from that day on is the new customer's. now: naive
        UTC. plan: another one, where the customer cannot be billed by this one. Raises UserError with everything that
        stands in the way.
        """
        self.ensure_one()
        plan = plan or self.plan_id
        self._refuse_succession(self._get_takeover_problems(customer, date_from, plan))
        return self._go_on("takeover", date_from, now, customer, plan, reason)

    def _apply_move(self, plan, date_from, now, reason=None):
        """Go on by another price plan from a day on.

        Where nothing was billed and the day is the first one the plan is simply another one, and None is returned;
        else a cloud.subscription.succession, as of `_apply_takeover`.
        """
        self.ensure_one()
        self._refuse_succession(self._get_move_problems(plan, date_from))
        if self._is_unbilled_first_day(date_from):
            self.write({"plan_id": plan.id})
            return None
        return self._go_on("plan", date_from, now, self.customer_id, plan, reason)

    def _go_on(self, kind, date_from, now, customer, plan, reason):
        facts = {
            "end": {
                name: fields.Date.to_string(self[name]) if self._fields[name].type == "date" else self[name]
                for name in ("date_end", "end_kind", "end_noticed_on", "end_reason")
            },
            "line_ends": [
                [line.id, fields.Date.to_string(line.date_end)]
                for line in self.line_ids
                if line.date_end and line.date_end > date_from
            ],
        }
        successor, lines = self._make_successor(date_from, customer, plan)
        self._copy_rates(successor, lines, date_from)
        self._copy_terms(successor, date_from)
        # Days that were billed in advance come back to who has it no longer, with the next run.
        former = with_policy(self, "credit", reason)
        former.line_ids.filtered(lambda line: line.date_end and line.date_end > date_from).write({"date_end": False})
        # No notice is asked for: whoever takes over goes on with the term.
        former.write(
            {
                "date_end": date_from,
                "end_kind": "succeeded",
                "end_noticed_on": self._get_local_day(now),
                "end_reason": reason,
            }
        )
        successor._apply_activation(now)
        self._copy_pauses(successor, date_from)
        followers = {line: lines[line.id] for line in self.line_ids if line.id in lines}
        for line, follower in followers.items():
            follower.replaces_id = line
        self.line_ids.quantity_ids._carry_over(followers, date_from)
        self.line_ids._hand_over_licences(followers)
        facts.update(self.env["cloud.usage.mapping"]._hand_over(followers, date_from))
        # sudo: the trace of what a person with the right to change the contract did; nobody writes one by hand.
        succession = (
            self.env["cloud.subscription.succession"]
            .sudo()
            .create(
                {
                    "kind": kind,
                    "date_from": date_from,
                    "predecessor_id": self.id,
                    "successor_id": successor.id,
                    "reason": reason,
                    "facts": facts,
                }
            )
            .sudo(False)
        )
        (self | successor)._note_succession(succession, date_from)
        return succession

    def _refuse_succession(self, problems):
        if problems:
            raise UserError("\n".join(problems))

    def _get_takeover_problems(self, customer, date_from, plan):
        """Everything that stands in the way of `_apply_takeover`, as sentences with a remedy."""
        if customer == self.customer_id:
            return [
                self.env._("%(customer)s has %(subscription)s already.", customer=customer.name, subscription=self.name)
            ]
        return self._get_succession_problems(date_from, customer, plan)

    def _get_move_problems(self, plan, date_from):
        """Everything that stands in the way of `_apply_move`, as sentences with a remedy."""
        if plan == self.plan_id:
            return [
                self.env._("%(subscription)s is billed by %(plan)s already.", subscription=self.name, plan=plan.name)
            ]
        if self._is_unbilled_first_day(date_from):
            return self._get_other_plan_problems(date_from, self.customer_id, plan)
        return self._get_succession_problems(date_from, self.customer_id, plan)

    def _is_unbilled_first_day(self, date_from):
        """Whether the whole contract goes on by another plan, and nothing of it was billed by the one it has."""
        return date_from <= self.date_start and self.state not in OVER and not self._get_charge_counts()

    def _get_succession_problems(self, date_from, customer, plan):
        """Everything that stands in the way, as sentences with a remedy."""
        values = {"subscription": self.name}
        problems = []
        if self.state not in RUNNING:
            problems.append(self.env._("%(subscription)s does not run, so nobody goes on with it.", **values))
        if date_from <= self.date_start or (self.date_end and date_from >= self.date_end):
            problems.append(
                self.env._(
                    "%(subscription)s runs from %(start)s until %(end)s: choose a day after its start and before its "
                    "end.",
                    start=format_date(self.env, self.date_start),
                    end=format_date(self.env, self.date_end) or self.env._("open"),
                    **values,
                )
            )
        if customer.company_id != self.company_id:
            problems.append(
                self.env._(
                    "%(customer)s is a customer of another company. Choose one of %(company)s.",
                    customer=customer.name,
                    company=self.company_id.name,
                )
            )
        problems += self._get_other_plan_problems(date_from, customer, plan)
        later = self.line_ids.filtered(lambda line: line.date_start and line.date_start >= date_from)
        if later:
            problems.append(
                self.env._(
                    "%(lines)s: begins only after %(day)s. Delete it here and add it to the successor.",
                    lines=", ".join(later.mapped("display_name")),
                    day=format_date(self.env, date_from),
                )
            )
        return problems + self._get_open_sum_problems()

    def _get_other_plan_problems(self, date_from, customer, plan):
        """What keeps a plan from billing a customer with what the contract agreed, as sentences with a remedy."""
        problems = []
        if not plan._can_bill(customer):
            problems.append(
                self.env._(
                    "%(customer)s pays in %(currency)s, and %(plan)s is in %(other)s. Choose a plan in %(currency)s "
                    "for what follows, or one that is billed in the customer's currency.",
                    customer=customer.name,
                    currency=customer.currency_id.name,
                    plan=plan.name,
                    other=plan.currency_id.name,
                )
            )
        if plan.currency_id != self.plan_id.currency_id and self._get_lasting_rates(date_from):
            problems.append(
                self.env._(
                    "%(subscription)s has agreed prices in %(currency)s, which %(plan)s does not have. End them before "
                    "%(day)s, or choose a plan in %(currency)s.",
                    currency=self.plan_id.currency_id.name,
                    plan=plan.name,
                    day=format_date(self.env, date_from),
                    subscription=self.name,
                )
            )
        return problems

    def _get_open_sum_problems(self):
        """Sums that were agreed once and are paid in parts stay with who owes them."""
        lines = self.line_ids.filtered(
            lambda line: (
                line.billing_model == "instalment"
                and line.instalment_ids.filtered(lambda part: not part.cancelled_date)
                - line.instalment_ids._get_charged()
            )
        )
        return [
            self.env._(
                "%(line)s has instalments that are not billed yet, which the customer owes who bought it. Settle or "
                "stop them first.",
                line=line.display_name,
            )
            for line in lines
        ]

    def _make_successor(self, date_from, customer, plan):
        """(the draft that goes on, {line id: its line}): what runs on the day, with the quantities of the day."""
        agreed = self.line_ids._get_agreed(date_from, fields.Date.add(date_from, days=1))
        lines = self.line_ids.filtered(
            lambda line: (
                line.billing_model in ("recurring", "metered") and not (line.date_end and line.date_end <= date_from)
            )
        )
        values = {name: self._fields[name].convert_to_write(self[name], self) for name in _COPIED}
        if self.cycle_kind == "anniversary":
            # Its periods go on where they were: they count from the start of the contract, not of the successor.
            values.update(cycle_kind="aligned", anchor_date=self.date_start, anchor_day=self.anchor_day)
        else:
            values.update(cycle_kind=self.cycle_kind, anchor_date=self.anchor_date or False, anchor_day=self.anchor_day)
        successor = self.create(
            {
                **values,
                "customer_id": customer.id,
                "plan_id": plan.id,
                "predecessor_id": self.id,
                "date_start": date_from,
                # The end of its term follows from the term.
                "date_end": self.date_end if self.end_kind != "term" else False,
                "line_ids": [
                    Command.create(
                        {
                            **{name: line._fields[name].convert_to_write(line[name], line) for name in _LINE_COPIED},
                            "quantity": agreed[line.id][0].quantity if agreed[line.id] else line.quantity,
                            "date_end": line.date_end or False,
                            "option_ids": [Command.set(line.option_ids.ids)],
                        }
                    )
                    for line in lines
                ],
            }
        )
        return successor, dict(zip(lines.ids, successor.line_ids.sorted("id"), strict=True))

    def _get_lasting_rates(self, date_from):
        return self.rate_ids.filtered(
            lambda rate: rate.state == "approved" and (not rate.date_end or rate.date_end > date_from)
        )

    def _copy_rates(self, successor, lines, date_from):
        """What the contract itself says of its prices goes on; it was agreed with the contract."""
        self.env["cloud.contract.rate"].create(
            [
                {
                    **{name: rate._fields[name].convert_to_write(rate[name], rate) for name in _RATE_COPIED},
                    "subscription_id": successor.id,
                    "line_id": lines[rate.line_id.id].id if rate.line_id else False,
                    "date_start": max(rate.date_start, date_from),
                    "date_end": rate.date_end or False,
                }
                for rate in self._get_lasting_rates(date_from)
                if not rate.line_id or rate.line_id.id in lines
            ]
        )

    def _copy_terms(self, successor, date_from):
        """The rest of the term that runs and those that follow, with their notice, minimum and renewal.

        What is left of a term is counted in days; renewals have the length and the day that were agreed.
        """
        vals_list = []
        for term in self.term_ids.sorted("date_start"):
            if term.date_end and term.date_end <= date_from:
                continue
            vals = {name: term._fields[name].convert_to_write(term[name], term) for name in _TERM_COPIED} | {
                "subscription_id": successor.id,
                "date_start": max(term.date_start, date_from),
            }
            if term.date_start < date_from:
                vals["anchor_day"] = term.anchor_day or term.date_start.day
                if term.date_end:
                    vals.update(length_count=(term.date_end - date_from).days, length_unit="day")
                left = (term.minimum_end - date_from).days if term.minimum_end else 0
                vals.update(minimum_count=max(left, 0), minimum_unit="day")
            vals_list.append(vals)
        self.env["cloud.subscription.term"].create(vals_list)

    def _copy_pauses(self, successor, date_from):
        """What rests goes on resting: the days of pauses that reach beyond the day."""
        lasting = self.pause_ids.filtered(
            lambda pause: not pause.is_taken_back and (not pause.date_end or pause.date_end > date_from)
        )
        self.env["cloud.subscription.pause"].create(
            [
                {
                    "subscription_id": successor.id,
                    "date_start": max(pause.date_start, date_from),
                    "date_end": pause.date_end,
                    "policy": pause.policy,
                    "reason": pause.reason,
                }
                for pause in lasting
            ]
        )

    def _note_succession(self, succession, date_from):
        return self._note_change("succession", date_from, reason=succession.reason, text=succession.text)
