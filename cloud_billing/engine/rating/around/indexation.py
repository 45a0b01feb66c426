"""By how much prices follow an index: the percentage from two of its values, within what was agreed."""

from decimal import Decimal

from ...numbers import divide, exact, round_to

_HUNDRED = Decimal(100)


def index_percent(index_from, index_to, digits):
    """(to / from - 1) x 100, rounded half up to so many decimals: by how many percent an index has moved.

    >>> index_percent(Decimal("115.2"), Decimal("118.4"), 2)
    Decimal('2.78')
    """
    with exact():
        return round_to(divide(index_to * _HUNDRED, index_from) - _HUNDRED, Decimal(1).scaleb(-digits))


def limit_percent(percent, floor=None, cap=None):
    """The percentage within floor and cap; None is no limit. Where they cross the cap holds: it was promised.

    >>> limit_percent(Decimal("6.1"), Decimal(0), Decimal(4))
    Decimal('4')
    """
    if floor is not None:
        percent = max(percent, floor)
    return percent if cap is None else min(percent, cap)
