"""Tiers: which of them a quantity reaches, and how much of it lies in each."""

from decimal import Decimal
from typing import NamedTuple

from ..memo import once_per_object
from ..result import TierFacts
from ..terms import Tier


class TierShare(NamedTuple):
    """What lies in one tier. is_reached: the quantity is above the tier's lower bound, so its flat amount is due."""

    facts: TierFacts
    tier: Tier
    inside: Decimal
    is_reached: bool


@once_per_object
def _get_ladder(terms):
    """The tiers with their places on the ladder: tuple of (TierFacts, Tier)."""
    bounds = [tier.up_to for tier in terms.tiers]
    places = zip([Decimal(0), *bounds], bounds, terms.tiers, strict=False)
    return tuple(
        (TierFacts(number, starts_at, up_to), tier) for number, (starts_at, up_to, tier) in enumerate(places, 1)
    )


def cut_into_tiers(quantity, terms):
    """Cut a quantity (or a value) into the shares that fall in each tier: list of TierShare.

    terms: with tiers as check_tiers wants them. The shares add up to `quantity` exactly. Upper bounds are inclusive: a
    fraction above a bound belongs to the next tier. Zero and less lie in tier 1, which is then not reached.
    """
    shares = []
    for place, tier in _get_ladder(terms):
        is_reached = quantity > place.starts_at
        if shares and not is_reached:
            break
        inside = (quantity if place.up_to is None else min(quantity, place.up_to)) - place.starts_at
        shares.append(TierShare(place, tier, inside, is_reached))
    return shares


def find_tier(quantity, terms):
    """The one tier in which the whole quantity lies, as a TierShare that holds all of it."""
    ladder = _get_ladder(terms)
    place, tier = next((one for one in ladder[:-1] if quantity <= one[0].up_to), ladder[-1])
    return TierShare(place, tier, quantity, quantity > 0)
