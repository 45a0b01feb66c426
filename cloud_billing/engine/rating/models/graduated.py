"""Graduated (ladder): each part of the quantity is priced in the tier it falls in."""

from ..result import RatedPart
from .measure import get_measured
from .tiers import cut_into_tiers


def graduated(terms, facts):
    """Price a measured quantity tier by tier, with a flat amount for each tier reached.

    No usage: no part. Usage of 0: a part of amount 0 in tier 1; no flat amount is due. Negative usage: all of it at
    tier 1's unit price, no flat amount (what was billed before is walked back by a difference of two totals, see
    difference.py). The flat amount of a tier that is not reached is not due. Example: docs/prices.md "Graduated".
    """
    quantity = get_measured(facts, "quantity")
    if quantity is None:
        return []
    parts = []
    for at, tier, inside, is_reached in cut_into_tiers(quantity, terms):
        price = tier.unit_price
        parts.append(RatedPart("tier", inside * price, inside, price, at))
        if is_reached and tier.flat_amount:
            parts.append(RatedPart("tier_flat", tier.flat_amount, tier=at))
    return parts
