from decimal import Decimal

from odoo import fields, models
from odoo.tools import format_date

from ...fields import format_decimal


class CloudSuccessionProposal(models.Model):
    """What a proposed move means: the fees a month now and then. They are kept as the checker saw them.

    Where they have become something else when people vote, nothing is done.
    """

    _inherit = "cloud.succession.proposal"

    # === BUSINESS === #

    def _write_facts(self):
        """Keep what the contracts are now and what they would be; asked once for all of them."""
        facts = self._get_facts()
        for proposal in self:
            proposal.write(facts[proposal])

    def _get_facts(self):
        """{proposal: values of what a checker sees}; a constant number of statements for moves to the same place."""
        # sudo: lends the right to add up a contract whole, whatever of its lines the person may read.
        proposals = self.sudo()
        now, then = {}, {}
        for day, some in proposals.grouped("date_from").items():
            now.update(some.subscription_id._get_monthly_fees(day))
        for some in proposals.grouped(lambda one: one._get_place()).values():
            then.update(some._get_fees_then(*some[0]._get_place()))
        return {
            proposal: {
                "former_customer_id": proposal.subscription_id.customer_id.id,
                "former_plan_id": proposal.subscription_id.plan_id.id,
                "amount_old": now[proposal.subscription_id.id],
                "amount_new": then[proposal],
            }
            for proposal in proposals
        }

    def _get_place(self):
        """(kind, day, plan, customer) that it goes to: fees of proposals with the same are worked out at once."""
        customer = self.customer_id if self.kind == "takeover" else self.customer_id.browse()
        return self.kind, self.date_from, self.plan_id, customer

    def _get_fees_then(self, kind, day, plan, customer):
        """{proposal: fees a month as proposed}, of proposals with the same place."""
        if kind == "back":
            # What runs on is the contract before, as it was on its last day.
            fees = self.undone_id.predecessor_id._get_monthly_fees(fields.Date.subtract(day, days=1))
            return {proposal: fees[proposal.undone_id.predecessor_id.id] for proposal in self}
        fees = self.subscription_id._get_monthly_fees(day, plan, customer)
        return {proposal: fees[proposal.subscription_id.id] for proposal in self}

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
        if self.kind == "back":
            return [
                *notes,
                self.env._("%(text)s. That is taken back.", text=self.undone_id.text),
                self.env._(
                    "%(successor)s, of which nothing is charged, is cancelled from its first day on, and %(former)s "
                    "runs on as it was on its last day.",
                    successor=self.subscription_id.name,
                    former=self.undone_id.predecessor_id.name,
                ),
            ]
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

    def _get_price_problems(self):
        """What of the prices and of what was submitted keeps it from being done.

        Of a draft the facts were written just now; of what waits they are worked out once more.
        """
        values = {"proposal": self.display_name}
        if self.kind == "plan" and self.amount_new is None:
            return [self.env._("%(proposal)s: %(plan)s has no price for a line.", plan=self.plan_id.name, **values)]
        if self.kind == "plan" and self.customer_id != self.subscription_id.customer_id:
            return [self.env._("%(proposal)s: the contract has another customer. Propose it again.", **values)]
        if self.state != "pending":
            return []
        facts = self._get_facts()[self]
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
