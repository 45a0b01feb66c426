"""What was agreed for the days of a subscription line, as stretches. Works on values only: no records, no database."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class Agreed:
    """So many of a line from a day to another, half-open. quantity: None where usage decides."""

    start: date
    end: date
    quantity: Decimal | None


def get_stretches(start, end, quantity, changes):
    """[start, end) by the quantity that holds: list of Agreed, in order, neighbours with the same quantity as one.

    quantity: that of the start. changes: pairs (day, quantity) in the order in which they were said; of one day the
    last holds. What was said for a day before the start holds from the start on.
    """
    days = {}
    for day, changed in sorted(changes, key=lambda pair: pair[0]):
        days[max(day, start)] = changed
    days.setdefault(start, quantity)
    stretches = []
    for day, held in sorted(days.items()):
        if day >= end:
            break
        if stretches and stretches[-1].quantity == held:
            continue
        if stretches:
            stretches[-1] = Agreed(stretches[-1].start, day, stretches[-1].quantity)
        stretches.append(Agreed(day, end, held))
    return stretches


def take_out(stretches, left, right):
    """The stretches without the days [left, right)."""
    return [
        Agreed(start, end, one.quantity)
        for one in stretches
        for start, end in ((one.start, min(one.end, left)), (max(one.start, right), one.end))
        if start < end
    ]


def clip(stretches, start, end):
    """The parts of stretches that lie in [start, end)."""
    return [
        Agreed(max(one.start, start), min(one.end, end), one.quantity)
        for one in stretches
        if one.start < end and one.end > start
    ]
