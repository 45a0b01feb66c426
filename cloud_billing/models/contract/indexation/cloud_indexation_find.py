from datetime import timedelta
from decimal import Decimal

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import split_every

from ....engine.numbers import exact
from .indexation_prices import change_price

# So many lines are priced and written at a time: memory stays bounded, and statements are counted per batch.
BATCH = 1000


class CloudIndexation(models.Model):
    """Which contracts a proposal is for, and what they pay before and after; set-wise."""

    _inherit = "cloud.indexation"

    # === BUSINESS === #

    def _find_lines(self):
        """Make the lines anew; what a person left out stays left out. Raises UserError without a percentage."""
        self.ensure_one()
        if not self.effective_percent:
            raise UserError(
                self.env._("%(indexation)s changes nothing: enter a percentage, or two values.", indexation=self.name)
            )
        kept = {
            line.line_id.id: line.exclusion_reason
            for line in self.line_ids
            if line.is_excluded and line.exclusion_reason
        }
        self.line_ids.unlink()
        found = self.env["cloud.subscription.line"].search(self._get_line_domain(), order="subscription_id, id")
        for ids in split_every(BATCH, found.ids):
            self._make_lines(self.env["cloud.subscription.line"].browse(ids), kept)
        self.invalidate_recordset(["line_ids"])

    def _get_line_domain(self):
        """Lines that run when the new price begins, as far as fields can tell."""
        end = self._get_window_end()
        domain = Domain("company_id", "=", self.company_id.id) & Domain("subscription_id.activated_on", "!=", False)
        for name in ("date_end", "subscription_id.date_end"):
            domain &= Domain(name, "=", False) | Domain(name, ">", self.date_from)
        domain &= Domain("subscription_id.date_start", "<", end)
        models = [self.billing_model] if self.billing_model else ["recurring", "metered"]
        domain &= Domain("product_id.cloud_billing_model", "in", models)
        if self.plan_ids:
            domain &= Domain("subscription_id.plan_id", "in", self.plan_ids.ids)
        if self.product_ids:
            domain &= Domain("product_id", "in", self.product_ids.ids)
        if self.customer_ids:
            domain &= Domain("customer_id", "child_of", self.customer_ids.ids)
        if self.subscription_ids:
            domain &= Domain("subscription_id", "in", self.subscription_ids.ids)
        if self.rate_class_ids:
            domain &= Domain("customer_id", "in", self._get_class_customers().ids)
        return domain

    def _get_class_customers(self):
        """The customers that are in one of the rate classes, or one below it, when the new price begins."""
        customers = self.env["cloud.customer"].search([("company_id", "=", self.company_id.id)])
        stretches = self.env["cloud.rate.class.member"]._get_stretches(customers)
        classes = self.env["cloud.rate.class"].search([("id", "child_of", self.rate_class_ids.ids)])
        day = self.date_from
        return customers.filtered(
            lambda customer: any(
                member.class_id in classes and start <= day and (end is None or day < end)
                for member, start, end in stretches.get(customer.id, ())
            )
        )

    def _get_window_end(self):
        return (
            self.date_from + timedelta(days=1) if self.date_rule == "date" else fields.Date.add(self.date_from, years=1)
        )

    def _get_day(self, subscription):
        """The first day of the new price of one contract, None where it is not due within the time of the proposal."""
        if self.date_rule == "date":
            day = self.date_from
        else:
            years = self.date_from.year - subscription.date_start.year
            days = (fields.Date.add(subscription.date_start, years=years + more) for more in (0, 1))
            day = next((one for one in days if one >= self.date_from), None)
        if day is None or day <= subscription.date_start:
            return None
        if self.min_months and fields.Date.add(subscription.date_start, months=self.min_months) > day:
            return None
        return None if subscription.date_end and day >= subscription.date_end else day

    def _make_lines(self, lines, kept):
        """The lines of the proposal for one batch, in a constant number of statements. kept: {line id: reason}."""
        lines.fetch(["subscription_id", "customer_id", "product_id", "date_end"])
        lines.subscription_id.fetch(["date_start", "date_end", "plan_id", "customer_id", "cycle_kind", "anchor_day"])
        lines.product_id.fetch(["product_tmpl_id"])
        lines.product_id.product_tmpl_id.fetch(["cloud_billing_model"])
        days = {line.id: self._get_day(line.subscription_id) for line in lines}
        lines = lines.filtered(lambda line: days[line.id] and not (line.date_end and line.date_end <= days[line.id]))
        if not lines:
            return
        start, end = min(filter(None, days.values())), max(filter(None, days.values())) + timedelta(days=1)
        candidates = self.env["cloud.price.plan"]._get_candidates(lines, start, end)
        agreed = lines._get_agreed(start, end)
        self.env["cloud.indexation.line"].create(
            [
                self._prepare_line_vals(line, days[line.id], candidates[line.id], agreed[line.id], kept.get(line.id))
                for line in lines
            ]
        )

    def _prepare_line_vals(self, line, day, candidates, agreed, kept):
        subscription = line.subscription_id
        currency = subscription.plan_id.currency_id
        is_fee = line.product_id.cloud_billing_model == "recurring"
        quantity = next((one.quantity for one in agreed if one.start <= day < one.end), None) if is_fee else None
        change = change_price(
            candidates, day, quantity, self.effective_percent, subscription._get_cycle(), self._get_step(currency)
        )
        reason = kept or self._get_problem_reason(change.problem)
        with exact():
            difference = None if change.old is None else change.new - change.old
        return {
            "indexation_id": self.id,
            "subscription_id": subscription.id,
            "customer_id": subscription.customer_id.id,
            "line_id": line.id,
            "date_from": day,
            "percent": self.effective_percent,
            "currency_id": currency.id,
            "amount_old": change.old,
            "amount_new": change.new,
            "difference": difference,
            "is_excluded": bool(reason),
            "exclusion_reason": reason,
        }

    def _get_problem_reason(self, problem):
        return {
            "final": self.env._("Its price is final: nothing adjusts it."),
            "no_price": self.env._("It has no price on that day."),
        }.get(problem, False)

    def _get_step(self, currency):
        """The step of a currency as an exact number."""
        return Decimal(1).scaleb(-currency.decimal_places)
