"""Tiers: which of them a quantity reaches, and how much of it lies in each."""

from decimal import Decimal
from typing import NamedTuple

from ..result import TierFacts
from ..terms import Tier


class TierShare(NamedTuple):
    """What lies in one tier. is_reached: the quantity is above the tier's lower bound, so its flat amount is due."""

    facts: TierFacts
    tier: Tier
    inside: Decimal
    is_reached: bool


def cut_into_tiers(quantity, tiers):
    """Cut a quantity (or a value) into the shares that fall in each tier: list of TierShare.

    tiers: as check_tiers wants them. The shares add up to `quantity` exactly. Upper bounds are inclusive: a fraction
    above a bound belongs to the next tier. Zero and less lie in tier 1, which is then not reached.
    """
    shares = []
    starts_at = Decimal(0)
    for number, tier in enumerate(tiers, 1):
        is_reached = quantity > starts_at
        if number > 1 and not is_reached:
            break
        inside = (quantity if tier.up_to is None else min(quantity, tier.up_to)) - starts_at
        shares.append(TierShare(TierFacts(number, starts_at, tier.up_to), tier, inside, is_reached))
        starts_at = tier.up_to
    return shares


def find_tier(quantity, tiers):
    """The one tier in which the whole quantity lies, as a TierShare that holds all of it."""
    starts_at = Decimal(0)
    for number, tier in enumerate(tiers[:-1], 1):
        if quantity <= tier.up_to:
            return TierShare(TierFacts(number, starts_at, tier.up_to), tier, quantity, quantity > 0)
        starts_at = tier.up_to
    return TierShare(TierFacts(len(tiers), starts_at, None), tiers[-1], quantity, quantity > 0)
