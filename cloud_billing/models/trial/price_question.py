"""What somebody asks the price of, and the answer: plain values between a calculator and the rating of charges."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ..billing.usage_facts import COSTS, Refused, StretchUsage


@dataclass(frozen=True, kw_only=True)
class PriceQuestion:
    """One product for one whole billing period at the prices of one day.

    plan, product: one record each. customer, subscription, line: one record, or an empty one; without a customer the
    prices for everyone answer. day: a local date of the customer.
    quantity: what is measured, or agreed for a fee; None: no usage, which is not 0. seats: the agreed quantity of the
    line where usage is measured beside it. cost: what the provider charges, in cost_currency (a code; "" is the plan's
    own), taken for all four of its costs.
    """

    plan: object
    product: object
    customer: object
    subscription: object
    line: object
    day: date
    quantity: Decimal | None = None
    seats: Decimal | None = None
    cost: Decimal | None = None
    cost_currency: str = ""

    @property
    def scope_key(self):
        """Questions with the same key meet the same prices."""
        records = self.plan, self.product, self.customer, self.subscription, self.line
        return tuple(record._origin.id for record in records)

    def as_usage(self, meter, currency):
        """The question as the StretchUsage of one row; of none where nothing was used."""
        if self.quantity is None and self.cost is None:
            return StretchUsage()
        quantity = self.quantity
        if quantity is None and meter.basis != "quantity" and meter.aggregation != "count":
            quantity = self.cost
        costs = {}
        if self.cost is not None:
            costs[self.cost_currency or currency] = dict.fromkeys(COSTS, self.cost)
        return StretchUsage(rows=1, quantity=quantity, units={meter.unit or ""}, costs=costs)


@dataclass(frozen=True)
class PriceAnswer:
    """parts: list of Priced, which add up to the amount. refused: why there is none; then there is no amount either."""

    amount: Decimal | None = None
    parts: tuple = ()
    refused: Refused | None = None

    @property
    def terms(self):
        """The engine's Terms that priced the first part, or None."""
        resolution = self.parts[0].resolution if self.parts else None
        return resolution.chosen.terms if resolution else None

    @property
    def rule_id(self):
        """The id of the price that answered, or None."""
        resolution = self.parts[0].resolution if self.parts else None
        return resolution.chosen.rule.rule_id if resolution else None
