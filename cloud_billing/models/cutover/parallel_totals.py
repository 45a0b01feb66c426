"""What another system billed for a month, from a file, and how it compares. Works on values only."""

from dataclasses import dataclass, field
from decimal import Decimal

from ...engine.numbers import exact
from .cutover_layout import Column

_ZERO = Decimal(0)
COLUMNS = (
    Column("customer", is_required=True),
    Column("currency"),
    Column("total", "number", is_required=True),
    Column("invoice"),
)
EXPORTED = ("customer", "name", "currency", "ours", "theirs", "difference", "state", "explained", "note")


@dataclass
class Theirs:
    """Of one customer and currency: the sum of the file's rows, and the numbers of the invoices."""

    total: Decimal = _ZERO
    invoices: list = field(default_factory=list)


def compare(ours, theirs, tolerance):
    """(difference, state) of two amounts; None is not billed at all, which 0 is not.

    state: equal, within (the tolerance, its bound included), differs, only_ours, only_theirs. What one of them did not
    bill is within the tolerance as any other difference is.
    """
    with exact():
        difference = (ours or _ZERO) - (theirs or _ZERO)
    if not difference:
        return difference, "equal"
    if abs(difference) <= tolerance:
        return difference, "within"
    if theirs is None:
        return difference, "only_ours"
    return difference, "only_theirs" if ours is None else "differs"
