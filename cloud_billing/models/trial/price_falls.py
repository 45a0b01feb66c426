"""Where a total falls although more is used: the cliffs of a ladder. Pure: engine values only."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from ...engine.numbers import exact
from ...engine.rating import RatingError, RatingFacts, get_reads, rate

# So close above a bound that nobody meters less; what holds there holds from the bound on.
_JUST_ABOVE = Decimal("1e-9")
_DAY = date(2000, 1, 1), date(2000, 1, 2)
_CENT_OF_CENT = Decimal("0.000001")


@dataclass(frozen=True)
class Fall:
    """From a quantity (or value) on, the total is less than at it. at_bound, above: unrounded totals."""

    bound: Decimal
    at_bound: Decimal
    above: Decimal


def find_falls(terms):
    """The falls of a ladder at its bounds, and of an open last tier behind its last one: list of Fall.

    What has no tiers has none. Raises nothing: terms that price nothing are another finding.
    """
    reads = get_reads(terms)
    if not terms.tiers or len(reads) != 1:
        return []
    (name,) = reads
    # Bounds are of the quantity that is priced: how it is made of the measured one is beside the point.
    terms = replace(terms, conversion=None)
    falls = []
    try:
        with exact():
            bounds = [tier.up_to for tier in terms.tiers if tier.up_to is not None]
            pairs = [(bound, bound + _JUST_ABOVE) for bound in bounds]
            start = bounds[-1] + _JUST_ABOVE if bounds else _JUST_ABOVE
            for low, high in [*pairs, (start, start + 1)]:
                at_bound, above = _get_total(terms, name, low), _get_total(terms, name, high)
                if above < at_bound:
                    falls.append(Fall(low, at_bound, above))
    except RatingError:
        return []
    return falls


def _get_total(terms, name, number):
    given = {"quantity": number, name: number}
    facts = RatingFacts(
        unit="", currency="", rounding=_CENT_OF_CENT, service_start=_DAY[0], service_end=_DAY[1], **given
    )
    return rate(terms, facts).amount_exact
