"""Totals of another month, or of what has arrived, as an estimate of a charge. Pure: no records, no SQL."""

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from ...engine.numbers import divide, exact, round_to, trim
from ..usage.usage_requests import Totals, TotalsRequest

# What is measured over more days comes to more; the highest level of a month does not.
PER_DAY = ("sum", "count", "value")
STEP = Decimal("0.000001")
_ZERO = Decimal(0)
_COSTS = ("cost_billed", "cost_effective", "cost_list", "cost_contracted")


class Base(NamedTuple):
    """The charge whose usage an estimate is made of. Bounds as in TotalsRequest; days: of its service."""

    charge_id: int
    billing_month: object
    utc_start: object
    utc_end: object
    full_start: object
    full_end: object
    days: int


@dataclass
class Estimate:
    """What a charge is estimated by. basis: last or typed; quantity: of a typed one. base: Base, or None: what arrived.

    estimated: what it came to, as the meter measures; None before it was asked for.
    """

    basis: str
    base: Base | None
    quantity: Decimal | None = None
    estimated: Decimal | None = None
    exact_sum: Decimal = _ZERO

    def start(self):
        """Begin to add up anew: the parts of a charge are asked for more than once."""
        self.estimated, self.exact_sum = None, _ZERO

    def round_next(self, quantity):
        """Round one part so that all parts together are the rounded sum."""
        before = round_to(self.exact_sum, STEP)
        self.exact_sum += quantity
        rounded = round_to(self.exact_sum, STEP) - before
        self.estimated = (self.estimated or _ZERO) + rounded
        return trim(rounded)


def get_base_request(request, item, base) -> TotalsRequest:
    """The request that is asked instead: all of the base's usage, or all of what has arrived of the charge itself."""
    if base is None:
        whole = (None, None) if item["billing_month"] else (item["utc_start"], item["utc_end"])
        return request._replace(utc_start=whole[0], utc_end=whole[1])
    return request._replace(
        billing_month=base.billing_month,
        utc_start=base.utc_start,
        utc_end=base.utc_end,
        full_start=base.full_start,
        full_end=base.full_end,
    )


def scale(request, item, estimate, found):
    """The Totals of a request of an estimated charge. found: list of Totals of its base request.

    Quantities are rounded to six decimals, so that their sum is the rounded sum.
    """
    with exact():
        part = _get_part(request, item)
        whole = sum((one.quantity for one in found if one.quantity is not None), _ZERO)
        if estimate.basis == "typed":
            if not whole:
                return [_make_typed(request, item, estimate, part)]
            share = (estimate.quantity * part[0], whole * part[1])
        else:
            days = (item["service_end"] - item["service_start"]).days
            share = (Decimal(days * part[0]), Decimal(estimate.base.days * part[1]))
        is_per_day = item["aggregation"] in PER_DAY
        # Of a level all parts of the month have the same: only what was typed moves it.
        level = (estimate.quantity, whole) if estimate.basis == "typed" else (Decimal(1), Decimal(1))
        return [_scale_one(request, one, estimate, share, share if is_per_day else level) for one in found]


def _scale_one(request, totals, estimate, share, of_quantity):
    quantity = totals.quantity
    if quantity is not None:
        quantity = estimate.round_next(_share(quantity, of_quantity))
    others = {name: _take(getattr(totals, name), share) for name in (*_COSTS, "value")}
    return totals._replace(key=request.key, quantity=quantity, event_count=0, bad_row=None, **others)


def _share(number, share):
    return divide(number * share[0], share[1])


def _take(number, share):
    return None if number is None else round_to(_share(number, share), STEP)


def _get_part(request, item):
    """Which part of its charge a request asks about: (numerator, denominator), whole numbers."""
    if request.utc_start is None and request.utc_end is None:
        return 1, 1
    start, end = request.utc_start or item["utc_start"], request.utc_end or item["utc_end"]
    return int((end - start).total_seconds()), int((item["utc_end"] - item["utc_start"]).total_seconds())


def _make_typed(request, item, estimate, part):
    """A typed quantity of which no row says how it is made up: it counts as one row, the person's."""
    quantity = estimate.quantity
    if item["aggregation"] in PER_DAY:
        quantity = divide(quantity * part[0], Decimal(part[1]))
    return Totals(
        key=request.key,
        unit=item["meter"]["unit"] or "",
        currency="",
        quantity=estimate.round_next(quantity),
        cost_billed=None,
        cost_effective=None,
        cost_list=None,
        cost_contracted=None,
        row_count=1,
        dimensions=tuple((name, "") for name in request.dimensions),
    )
