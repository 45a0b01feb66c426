"""Stairstep: one fixed amount, that of the tier which the quantity reaches."""

from decimal import Decimal

from ..result import RatedPart
from .measure import get_measured
from .tiers import find_tier


def stairstep(terms, facts):
    """Price a measured quantity with the flat amount of the tier it lies in, whatever it is within the tier.

    No usage: no part. Usage of 0 and negative usage: a part of amount 0, because no step is taken. Flat amounts of the
    other tiers, below and above, are not due. Walking back is a difference of two totals (difference.py): nothing
    within a step, the difference of two steps across a bound. Example: docs/prices.md "Stairstep".
    """
    quantity = get_measured(facts, "quantity")
    if quantity is None:
        return []
    at, tier, _inside, is_reached = find_tier(quantity, terms)
    return [RatedPart("step", tier.flat_amount if is_reached else Decimal(0), quantity, tier=at)]
