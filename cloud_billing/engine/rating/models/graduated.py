"""Graduated (ladder): each part of the quantity is priced in the tier it falls in."""

from decimal import Decimal

from ..facts import RatedPart, TierFacts
from .measure import get_measured


def graduated(terms, facts):
    """Price a measured quantity tier by tier, with a flat amount for each tier reached.

    No usage: no part. Usage of 0: a part of amount 0 in tier 1; no flat amount is due. Negative usage: all of it at
    tier 1's unit price, no flat amount (what was billed before is walked back by a difference of two totals, see
    difference.py). Example: docs/prices.md "Graduated".
    """
    quantity = get_measured(facts, "quantity")
    return [] if quantity is None else cut_into_tiers(quantity, terms.tiers)


def cut_into_tiers(quantity, tiers):
    """Cut a quantity into the parts that fall in each tier.

    tiers: as check_tiers wants them. The quantities of the parts labelled tier add up to `quantity` exactly. Upper
    bounds are inclusive: a fraction above a bound belongs to the next tier. A tier is reached when the quantity is
    above its lower bound; its flat amount is due in full from there on.
    """
    parts = []
    starts_at = Decimal(0)
    for number, tier in enumerate(tiers, 1):
        is_reached = quantity > starts_at
        if number > 1 and not is_reached:
            break
        facts = TierFacts(number, starts_at, tier.up_to)
        inside = (quantity if tier.up_to is None else min(quantity, tier.up_to)) - starts_at
        parts.append(
            RatedPart("tier", inside * tier.unit_price, quantity=inside, unit_price=tier.unit_price, tier=facts)
        )
        if is_reached and tier.flat_amount:
            parts.append(RatedPart("tier_flat", tier.flat_amount, tier=facts))
        starts_at = tier.up_to
    return parts
