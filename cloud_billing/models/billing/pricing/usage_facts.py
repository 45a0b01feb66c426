"""What the usage store adds up for a charge, as facts that a price can be applied to.

A stretch of a charge may have totals in several units and currencies. Which of them a price needs is decided here, and
what cannot be is refused with a code and facts; the sentence is made where it is read.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from ...usage.usage_requests import BadRow

_ZERO = Decimal(0)
COSTS = ("billed", "effective", "list", "contracted")


class Refused(Exception):
    """A charge cannot be rated. code: one of `cloud.bill.reason`; facts: JSON-able values for its sentence."""

    def __init__(self, code, **facts):
        super().__init__(code)
        self.code = code
        self.facts = facts


@dataclass
class StretchUsage:
    """The usage of one stretch. costs: {currency code: {cost basis: Decimal or None}}; None: not measured.

    by_combination: {combination of dimension values: quantity}, where a price asks for dimensions.
    values: {currency code: money that was moved, or None}. events: the value of each event in the order of service,
    where a price asks for single ones; None: there are too many to list. event_count: how many; None: nobody asked.
    bad_row: one that does not say what its meter reads in it, so that the quantity cannot be told.
    """

    rows: int = 0
    bad_row: BadRow | None = None
    quantity: Decimal | None = None
    units: set = field(default_factory=set)
    costs: dict = field(default_factory=dict)
    by_combination: dict = field(default_factory=dict)
    values: dict = field(default_factory=dict)
    events: tuple[Decimal, ...] | None = None
    event_count: int | None = None

    def add(self, totals, aggregation):
        """Take in the totals of one unit and currency."""
        self.rows += totals.row_count
        self.bad_row = self.bad_row or totals.bad_row
        self.units.add(totals.unit or "")
        # Combinations of dimension values were taken apart from one quantity: they add up to it.
        self.quantity = _combine(self.quantity, totals.quantity, "sum" if totals.dimensions else aggregation)
        if totals.dimensions and totals.quantity is not None:
            former = self.by_combination.get(totals.dimensions, _ZERO)
            self.by_combination[totals.dimensions] = former + totals.quantity
        currency = totals.currency or ""
        self.values[currency] = _combine(self.values.get(currency), totals.value, "sum")
        by_basis = self.costs.setdefault(totals.currency or "", dict.fromkeys(COSTS))
        for basis in COSTS:
            by_basis[basis] = _combine(by_basis[basis], getattr(totals, f"cost_{basis}"), "sum")


def _combine(former, latter, aggregation):
    if former is None or latter is None:
        return latter if former is None else former
    return max(former, latter) if aggregation == "max" else former + latter


def get_unit(usage, meter):
    """The unit of the quantity. meter: as in cloud.rating. Raises Refused (unit_mismatch, several_units).

    What the meter converts has its unit already; any other is one that it does not know.
    """
    if meter["aggregation"] in ("count", "unique_count") or meter["basis"] != "quantity" or not usage.rows:
        return meter["unit"] or ""
    if meter["unit"]:
        others = sorted(usage.units - {meter["unit"]})
        if others:
            raise Refused(
                "unit_mismatch", units=", ".join(others), unit=meter["unit"], meter=meter["name"], meter_id=meter["id"]
            )
        return meter["unit"]
    if len(usage.units) > 1:
        raise Refused("several_units", units=", ".join(sorted(usage.units)), meter=meter["name"], meter_id=meter["id"])
    return next(iter(usage.units))


def check_rows(usage, meter):
    """Every row says what its meter reads in its tags. Raises Refused (bad_tag)."""
    if usage.bad_row:
        raise Refused("bad_tag", meter=meter["name"], meter_id=meter["id"], **usage.bad_row._asdict())


def check_measured_cost(usage, meter):
    """A meter that counts a cost counts one currency. Raises Refused (several_currencies)."""
    is_money = meter["basis"].startswith("cost") and meter["aggregation"] not in ("count", "unique_count")
    if (is_money or meter["aggregation"] == "value") and len(usage.costs) > 1:
        raise Refused("several_currencies", currencies=", ".join(sorted(usage.costs)), meter=meter["name"])


def get_value(usage, item):
    """The money that was moved, in the currency of the price; None where it is not known. Raises Refused.

    A source of one's own often names no currency: then it is that of the price.
    """
    known = {currency: value for currency, value in usage.values.items() if value is not None}
    others = sorted(known.keys() - {"", item["currency"]})
    if others:
        raise Refused("value_currency", line=item["line_name"], currencies=", ".join(others), currency=item["currency"])
    return sum(known.values(), _ZERO) if known else None


def get_events(usage, item, is_split):
    """The value of each event. is_split: the price is for some dimension values only. Raises Refused."""
    if usage.event_count is not None and usage.events is None:
        raise Refused("too_many_events", line=item["line_name"], count=usage.event_count)
    if is_split:
        raise Refused("events_by_dimension", line=item["line_name"], meter=item["meter"]["name"])
    return usage.events
