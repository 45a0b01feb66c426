"""Two ways to write a ladder: upper bounds (1000, 5000, open), or what each tier holds (1000, 4000, the rest)."""

from decimal import Decimal

from ...numbers import exact
from ..errors import TierError
from .requires import require_number


def bounds_from_capacities(capacities):
    """The upper bounds of tiers that hold so much each; None on the last one is the rest, and stays open.

    Raises TierError with the number of the tier: capacity_not_positive, bound_missing (None before the last).
    >>> bounds_from_capacities((Decimal(1000), Decimal(4000), None))
    (Decimal('1000'), Decimal('5000'), None)
    """
    reasons = ("capacity_not_positive", "capacity_not_positive")
    return _turn(capacities, "capacity", reasons, lambda capacity, reached: (reached + capacity, reached + capacity))


def capacities_from_bounds(bounds):
    """What each tier holds, of upper bounds that rise from above zero; None on the last one is the rest.

    Raises TierError with the number of the tier: bound_not_positive, bound_not_ascending, bound_missing.
    >>> capacities_from_bounds((Decimal(1000), Decimal(5000), None))
    (Decimal('1000'), Decimal('4000'), None)
    """
    reasons = ("bound_not_positive", "bound_not_ascending")
    return _turn(bounds, "up_to", reasons, lambda bound, reached: (bound - reached, bound))


def _turn(numbers, name, reasons, step):
    """Each number of a ladder written the other way. step: (number, bound reached) -> (turned, its own bound).

    reasons: for a bound that does not rise, of the first tier and of later ones. A ladder may lack its rest.
    """
    turned, reached = [], Decimal(0)
    for tier, number in enumerate(numbers, 1):
        if number is None:
            if tier < len(numbers):
                raise TierError(tier=tier, starts_at=reached, reason="bound_missing")
            turned.append(None)
            break
        require_number(number, name)
        with exact():
            result, bound = step(number, reached)
        if bound <= reached:
            raise TierError(tier=tier, starts_at=reached, reason=reasons[bool(reached)])
        turned.append(result)
        reached = bound
    return tuple(turned)
