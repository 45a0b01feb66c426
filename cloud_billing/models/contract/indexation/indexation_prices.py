"""What a fee costs per month before and after a change in percent. Works on values only: no records, no database."""

from dataclasses import dataclass
from decimal import Decimal

from ....engine.numbers import divide, exact, round_to
from ....engine.rating import Adjustment, RatingError, RatingFacts, RuleFacts, rate, resolve
from ....engine.schedule.cycle import DAYS_OF, MONTHS_OF

_DAYS_OF_YEAR = 365
_MONTHS_OF_YEAR = 12


@dataclass(frozen=True)
class PriceChange:
    """old, new: per month, in the plan's currency. problem: a code where there is no price to change, else ""."""

    old: Decimal | None = None
    new: Decimal | None = None
    problem: str = ""


def change_price(candidates, day, quantity, percent, cycle, step):
    """What a fee costs per month on a day, and with so many percent more: PriceChange.

    candidates: of `_get_candidates`. quantity: that of the day, None for usage, which only the meter knows. cycle: the
    engine's. step: of the currency.
    """
    try:
        resolution = resolve(candidates, day)
    except RatingError:
        return PriceChange(problem="no_price")
    if resolution.chosen.final:
        return PriceChange(problem="final")
    if quantity is None:
        return PriceChange()
    applied = tuple(candidate.adjustment for candidate in resolution.adjustments)
    change = Adjustment(rule=RuleFacts(rule_id="change"), percent=percent)
    old, new = (
        _get_monthly(resolution, adjustments, day, quantity, cycle, step)
        for adjustments in (applied, (*applied, change))
    )
    return PriceChange(problem="no_price") if old is None or new is None else PriceChange(old, new)


def price_period(candidates, day, quantity, step):
    """What a fee costs for a whole period of its own by the prices of a day; None where no single price applies.

    candidates, step: as of `change_price`.
    """
    try:
        resolution = resolve(candidates, day)
    except RatingError:
        return None
    adjustments = tuple(candidate.adjustment for candidate in resolution.adjustments)
    return _rate_period(resolution, adjustments, day, quantity, step)


def _get_monthly(resolution, adjustments, day, quantity, cycle, step):
    amount = _rate_period(resolution, adjustments, day, quantity, step)
    if amount is None:
        return None
    with exact():
        if cycle.unit in MONTHS_OF:
            monthly = divide(amount, Decimal(MONTHS_OF[cycle.unit] * cycle.count))
        else:
            monthly = divide(amount * _DAYS_OF_YEAR, Decimal(_MONTHS_OF_YEAR * DAYS_OF[cycle.unit] * cycle.count))
        return round_to(monthly, step)


def _rate_period(resolution, adjustments, day, quantity, step):
    facts = RatingFacts(
        quantity=quantity,
        unit="",
        currency="",
        rounding=step,
        service_start=day,
        service_end=day.replace(year=day.year + 1, day=min(day.day, 28)),
    )
    try:
        with exact():
            return rate(resolution.chosen.terms, facts, resolution=resolution, adjustments=adjustments).amount
    except RatingError:
        return None
