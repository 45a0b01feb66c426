"""Two ways to write a ladder: upper bounds (1000, 5000, open), or what each tier holds (1000, 4000, the rest)."""

from decimal import Decimal

from ..numbers import exact
from .checks import require_number
from .errors import TierError


def bounds_from_capacities(capacities):
    """The upper bounds of tiers that hold so much each; None on the last one is the rest, and stays open.

    Raises TierError with the number of the tier: capacity_not_positive, bound_missing (None before the last).
    >>> bounds_from_capacities((Decimal(1000), Decimal(4000), None))
    (Decimal('1000'), Decimal('5000'), None)
    """
    bounds, reached = [], Decimal(0)
    for number, capacity in enumerate(capacities, 1):
        if capacity is None:
            if number < len(capacities):
                raise TierError(tier=number, starts_at=reached, reason="bound_missing")
            bounds.append(None)
            break
        require_number(capacity, "capacity")
        if capacity <= 0:
            raise TierError(tier=number, starts_at=reached, reason="capacity_not_positive")
        with exact():
            reached += capacity
        bounds.append(reached)
    return tuple(bounds)


def capacities_from_bounds(bounds):
    """What each tier holds, of upper bounds that rise from above zero; None on the last one is the rest.

    Raises TierError with the number of the tier: bound_not_positive, bound_not_ascending, bound_missing.
    >>> capacities_from_bounds((Decimal(1000), Decimal(5000), None))
    (Decimal('1000'), Decimal('4000'), None)
    """
    capacities, reached = [], Decimal(0)
    for number, bound in enumerate(bounds, 1):
        if bound is None:
            if number < len(bounds):
                raise TierError(tier=number, starts_at=reached, reason="bound_missing")
            capacities.append(None)
            break
        require_number(bound, "up_to")
        if bound <= reached:
            reason = "bound_not_ascending" if reached else "bound_not_positive"
            raise TierError(tier=number, starts_at=reached, reason=reason)
        with exact():
            capacities.append(bound - reached)
        reached = bound
    return tuple(capacities)
