from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

from odoo import api, fields, models

from ....engine.numbers import exact
from ....fields import format_decimal
from ..indexation.indexation_prices import price_period


class Fees(NamedTuple):
    """What a subscription costs besides usage, by the prices and quantities of a day.

    amounts: {(cycle unit, cycle count): Decimal in the plan's currency}. quantities: {line: of that day}, of all lines
    that run on it. unpriced: those of the fees that no one price of the plan gives, such as a bundle's.
    """

    day: object
    amounts: dict
    quantities: dict
    unpriced: object


class CloudSubscription(models.Model):
    """What a subscription costs per period: the prices that billing would take, for many subscriptions at once."""

    _inherit = "cloud.subscription"

    fees_text = fields.Char(
        string="Fees",
        compute="_compute_fees_text",
        help="Of a whole period by today's prices and quantities, without usage and before taxes that are added.",
    )

    # === COMPUTE === #

    @api.depends("state", "plan_id", "date_start", "date_end", "cycle_unit", "cycle_count", "line_ids", "rate_ids")
    @api.depends_context("lang")
    def _compute_fees_text(self):
        fees = self._origin._get_fees(fields.Datetime.now())
        for subscription in self:
            found = fees.get(subscription._origin.id)
            subscription.fees_text = subscription._tell_fees(found) if found and found.amounts else False

    # === BUSINESS === #

    def _get_fees(self, now):
        """{subscription id: Fees} on the day of an instant (naive UTC), or on the nearest day on which each runs.

        Pauses and trials do not count: it is what is paid when fees are charged. A constant number of statements.
        """
        days = {one.id: one._get_fee_day(one._get_local_day(now)) for one in self if one.date_start}
        if not days:
            return {}
        first, after = min(days.values()), max(days.values()) + timedelta(days=1)
        lines = self.line_ids
        held = lines._get_quantities(first, after)
        quantities = defaultdict(dict)
        for line in lines:
            day = days[line.subscription_id.id]
            for stretch in held.get(line.id, ()):
                if stretch.start <= day < stretch.end:
                    quantities[line.subscription_id.id][line] = stretch.quantity
        recurring = lines.filtered(
            lambda line: line.billing_model == "recurring" and line in quantities[line.subscription_id.id]
        )
        candidates = self.env["cloud.price.plan"]._get_candidates(recurring, first, after) if recurring else {}
        return {
            one.id: one._sum_fees(days[one.id], quantities[one.id], recurring & one.line_ids, candidates)
            for one in self
            if one.id in days
        }

    def _get_fee_day(self, today):
        self.ensure_one()
        last = self.date_end - timedelta(days=1) if self.date_end else today
        return max(self.date_start, min(today, last))

    def _sum_fees(self, day, quantities, lines, candidates):
        step = Decimal(1).scaleb(-self.plan_id.currency_id.decimal_places)
        amounts, unpriced = {}, lines.browse()
        for line in lines:
            amount = price_period(candidates.get(line.id, ()), day, quantities[line], step)
            if amount is None:
                unpriced |= line
                continue
            own = (line.cycle_unit, line.cycle_count) if line.cycle_unit else (self.cycle_unit, self.cycle_count)
            with exact():
                amounts[own] = amounts.get(own, Decimal(0)) + amount
        return Fees(day, amounts, quantities, unpriced)

    def _tell_fees(self, fees):
        """Such as "310.00 EUR a month and 1,200.00 EUR a year"."""
        self.ensure_one()
        currency = self.plan_id.currency_id
        texts = [
            self.env._(
                "%(amount)s %(currency)s %(period)s",
                amount=format_decimal(self.env, amount, currency.decimal_places),
                currency=currency.name,
                period=self._tell_period(unit, count),
            )
            for (unit, count), amount in fees.amounts.items()
        ]
        return self._tell_list(texts)

    def _tell_list(self, texts):
        """One text of several: a, b and c."""
        if len(texts) < 2:
            return "".join(texts)
        return self.env._("%(first)s and %(last)s", first=self.env._(", ").join(texts[:-1]), last=texts[-1])

    def _tell_period(self, unit, count):
        if count == 1:
            return {
                "day": self.env._("a day"),
                "week": self.env._("a week"),
                "month": self.env._("a month"),
                "quarter": self.env._("a quarter"),
                "year": self.env._("a year"),
            }[unit]
        return {
            "day": self.env._("every %(count)s days", count=count),
            "week": self.env._("every %(count)s weeks", count=count),
            "month": self.env._("every %(count)s months", count=count),
            "quarter": self.env._("every %(count)s quarters", count=count),
            "year": self.env._("every %(count)s years", count=count),
        }[unit]
