"""Graduated percentage: each part of a value at the percentage of the tier it falls in."""

from ...numbers import PER_CENT
from ..result import RatedPart
from .measure import get_measured
from .tiers import cut_into_tiers


def graduated_percentage(terms, facts):
    """Price the money that was moved tier by tier, with a flat amount for each tier reached.

    No usage: no part. A value of 0: a part of amount 0 in tier 1; no flat amount is due. A negative value: all of it
    at tier 1's percentage, no flat amount. The flat amount of a tier that is not reached is not due. Walking back is a
    difference of two totals (difference.py). A share of a period is taken of flat amounts alone: the value is that of
    the stretch. Example: docs/prices.md "Graduated percentage".
    """
    value = get_measured(facts, "value")
    if value is None:
        return []
    parts = []
    for at, tier, inside, is_reached in cut_into_tiers(value, terms):
        amount = inside * tier.percent * PER_CENT
        details = (("value", inside), ("percent", tier.percent))
        parts.append(RatedPart("value_tier", amount, tier=at, is_prorated=False, details=details))
        if is_reached and tier.flat_amount:
            parts.append(RatedPart("value_tier_flat", tier.flat_amount, tier=at))
    return parts
