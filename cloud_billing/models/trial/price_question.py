"""What somebody asks the price of, and the answer: plain values between a calculator and the rating of charges."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ...engine.numbers import exact
from ..billing.pricing.usage_facts import COSTS, Refused
from ..catalog.price_candidates import get_plan_rule_ids
from ..catalog.price_scope import PriceScope
from ..usage.usage_requests import Totals

_ZERO = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class PriceQuestion:
    """One product for one whole billing period at the prices of one day.

    plan, product: one record each. customer, subscription, line: one record, or an empty one; without a customer the
    prices for everyone answer. day: a local date of the customer.
    quantity: what is measured, or agreed for a fee; None: no usage, which is not 0. seats: the agreed quantity of the
    line where usage is measured beside it. cost: what the provider charges, in cost_currency (a code; "" is the plan's
    own), taken for all four of its costs. dimensions: (((name, value), ...), quantity) pairs where a price looks at
    where or what was used; they add up to the quantity. value: the money that was moved, in the plan's currency.
    events: the value of each event in the order of service, of which the value is the sum.
    is_exchanged: answered in the customer's currency where the plan is billed in it; else in the plan's own.
    is_of_bill: with what a customer's bill adds to the price: coupons that were redeemed, minimum spends. besides: what
    else is billed for the period, in the currency of the answer; it counts towards those of subscription and customer.
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
    dimensions: tuple = ()
    value: Decimal | None = None
    events: tuple = ()
    is_exchanged: bool = True
    is_of_bill: bool = False
    besides: Decimal | None = None

    @property
    def scope_key(self):
        """Questions with the same key meet the same prices."""
        records = self.plan, self.product, self.customer, self.subscription, self.line
        return tuple(record._origin.id for record in records)

    @property
    def currency(self):
        """The currency of the answer."""
        exchanged = self.is_exchanged and self.customer
        return self.plan._get_billing_currency(self.customer) if exchanged else self.plan.currency_id

    def make_scope(self):
        """The question as prices see it."""
        return PriceScope(self.plan, self.product, self.customer, self.subscription, self.line)

    @property
    def measured(self):
        """The quantity; where only its parts are given, their sum."""
        if self.quantity is None and self.dimensions:
            with exact():
                return sum((quantity for _values, quantity in self.dimensions), _ZERO)
        return self.quantity

    @property
    def moved(self):
        """The value; where only its events are given, their sum."""
        if self.value is None and self.events:
            with exact():
                return sum(self.events, _ZERO)
        return self.value

    def get_totals(self, request, meter, currency):
        """What the usage store would answer a TotalsRequest if this had been used, in one row: list of Totals.

        meter: dict of basis, aggregation, unit. currency: code of the plan's.
        """
        quantity, value = self.measured, self.moved
        if quantity is None and self.cost is None and value is None:
            return []
        if quantity is None and meter["basis"].startswith("cost"):
            quantity = self.cost
        costs = dict.fromkeys((f"cost_{basis}" for basis in COSTS), self.cost)
        whole = Totals(
            key=request.key,
            unit=meter["unit"] or "",
            currency=self.cost_currency or currency,
            quantity=quantity,
            row_count=1,
            event_count=len(self.events) or 1,
            value=value,
            **costs,
        )
        return self._take_apart(whole, request.dimensions) if request.dimensions else [whole]

    def _take_apart(self, whole, names):
        """The Totals of each combination of dimension values; what the question does not say has the value ""."""
        quantities = {}
        with exact():
            for values, quantity in self.dimensions:
                combination = tuple((name, dict(values).get(name, "")) for name in names)
                quantities[combination] = quantities.get(combination, _ZERO) + quantity
        if not quantities:
            quantities[tuple((name, "") for name in names)] = whole.quantity
        return [
            whole._replace(dimensions=combination, quantity=quantity) for combination, quantity in quantities.items()
        ]


@dataclass(frozen=True)
class PriceMinimum:
    """A minimum spend that a price counts towards. commitment: its record. result: RatedResult of what is missing."""

    commitment: object
    result: object


@dataclass(frozen=True)
class PriceAnswer:
    """parts: list of Priced, which add up to the amount. refused: why there is none; then there is no amount either.

    minimums: PriceMinimums, from narrow to wide, also those that are reached.
    """

    amount: Decimal | None = None
    parts: tuple = ()
    refused: Refused | None = None
    minimums: tuple = ()

    @property
    def total(self):
        """The amount with what is missing for minimums; None without an amount."""
        if self.amount is None:
            return None
        with exact():
            return sum((minimum.result.amount for minimum in self.minimums), self.amount)

    @property
    def terms(self):
        """The engine's Terms that priced the first part, or None."""
        resolution = self.parts[0].resolution if self.parts else None
        return resolution.chosen.terms if resolution else None

    @property
    def rule_id(self):
        """The id of the rule that answered, or None; a price of the contract itself is no rule."""
        resolution = self.parts[0].resolution if self.parts else None
        return next(iter(get_plan_rule_ids([resolution.chosen])), None) if resolution else None
