"""Volume: the whole quantity at the price of the tier that it reaches."""

from ..result import RatedPart
from .measure import get_measured
from .tiers import find_tier


def volume(terms, facts):
    """Price all of a measured quantity in one tier, and add that tier's flat amount once.

    No usage: no part. Usage of 0: a part of amount 0 in tier 1; no flat amount is due. Negative usage: all of it at
    tier 1's unit price, no flat amount. Flat amounts of the other tiers, below and above, are not due. Walking back
    over a bound prices everything anew, so less usage can cost more: take a difference of two totals (difference.py).
    Example: docs/prices.md "Volume".
    """
    quantity = get_measured(facts, "quantity")
    if quantity is None:
        return []
    at, tier, _inside, is_reached = find_tier(quantity, terms)
    price = tier.unit_price
    parts = [RatedPart("tier", quantity * price, quantity, price, at)]
    if is_reached and tier.flat_amount:
        parts.append(RatedPart("tier_flat", tier.flat_amount, tier=at))
    return parts
