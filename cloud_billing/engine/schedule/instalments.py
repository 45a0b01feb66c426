"""Instalments: one agreed sum in parts, each with its day, together exact to the smallest unit of the currency.

Amounts are whole numbers of that unit (cents, yen, fils), so that nothing here can be rounded by accident; `to_units`
and `from_units` are the doors.

Where a sum does not divide, the parts up to the k-th are together k/n of it rounded down, and each part is the
difference to the one before. So no two parts differ by more than one unit, what is left over falls on later parts and
always on the last one, and at no time more was asked for than was agreed for that time.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice, pairwise

from ..numbers import divide_whole, exact, to_text
from .cycle import Cycle, periods
from .errors import InstalmentError

# Thirty years of weeks; more is a mistake, and each part becomes a record.
MAX_COUNT = 1600


@dataclass(frozen=True)
class Instalment:
    """One part of a sum. number: 1, 2, ...; 0 is a down payment. amount: whole units > 0, due on `date`."""

    number: int
    date: date
    amount: int


def split_evenly(total, count):
    """`count` amounts that add up to `total`, as equal as whole units can be, larger ones later; a list.

    Raises InstalmentError (total, count, too_many_parts: some would be nothing).
    >>> split_evenly(10000, 3)
    [3333, 3333, 3334]
    """
    _check_total(total)
    if not _is_whole(count) or not 1 <= count <= MAX_COUNT:
        raise InstalmentError("count", count=count, most=MAX_COUNT)
    if count > total:
        raise InstalmentError("too_many_parts", count=count, total=total)
    reached = [total * step // count for step in range(count + 1)]
    return [after - before for before, after in pairwise(reached)]


def get_dates(first_date, count, unit="month", every=1, anchor_day=None):
    """`count` days from a first one, every so many days, weeks, months, quarters or years; a list.

    A month without the day of the first one has its last day instead, and the months after it the day itself again: 31
    January, 28 February, 31 March. anchor_day: the day that a first date at a month's end stands for, as with a Cycle.
    Raises CycleError, PeriodError.
    """
    cycle = Cycle(unit=unit, count=every, kind="anniversary", anchor_day=anchor_day)
    return [period.start for period in islice(periods(cycle, first_date, None, date.max), count)]


def make_instalments(total, count, first_date, unit="month", every=1, down_payment=0, down_date=None, anchor_day=None):
    """A down payment, where there is one, and `count` equal parts of the rest: a tuple of Instalment.

    down_date: None is the first date. Raises InstalmentError (those of split_evenly; down_payment: below 0 or not less
    than the total; down_date_late: after the first part), CycleError, PeriodError.
    """
    _check_total(total)
    if not _is_whole(down_payment) or not 0 <= down_payment < total:
        raise InstalmentError("down_payment", down_payment=down_payment, total=total)
    amounts = split_evenly(total - down_payment, count)
    days = get_dates(first_date, count, unit, every, anchor_day)
    parts = [Instalment(*part) for part in zip(range(1, count + 1), days, amounts, strict=True)]
    if down_payment:
        parts.insert(0, Instalment(0, down_date or first_date, down_payment))
    return check_instalments(total, parts)


def make_dated(total, dated):
    """Parts of a sum with days and amounts of their own: a tuple of Instalment, numbered from 1.

    dated: (date, amount or None) in order; one amount may be None: that part takes the rest. Raises InstalmentError
    (total, count, several_rests, nothing_left, and those of check_instalments).
    """
    _check_total(total)
    given = [amount for _day, amount in dated if amount is not None]
    if not dated or len(dated) > MAX_COUNT:
        raise InstalmentError("count", count=len(dated), most=MAX_COUNT)
    if len(dated) - len(given) > 1:
        raise InstalmentError("several_rests", count=len(dated) - len(given))
    rest = total - sum(given)
    if len(given) < len(dated) and rest <= 0:
        raise InstalmentError("nothing_left", total=total, given=sum(given))
    return check_instalments(
        total,
        [Instalment(number, day, rest if amount is None else amount) for number, (day, amount) in enumerate(dated, 1)],
    )


def check_instalments(total, parts):
    """The parts as a tuple, once they are what was agreed.

    Raises InstalmentError: amount (a part of nothing, or less), dates (a part before the one in front of it), sum
    (together they are not the total).
    """
    for part in parts:
        if not _is_whole(part.amount) or part.amount <= 0:
            raise InstalmentError("amount", number=part.number, amount=part.amount)
    for before, after in pairwise(parts):
        if after.date < before.date:
            raise InstalmentError("dates", number=after.number, date=after.date, before=before.date)
    if sum(part.amount for part in parts) != total:
        raise InstalmentError("sum", total=total, given=sum(part.amount for part in parts))
    return tuple(parts)


def to_units(amount, step):
    """An amount as a whole number of a currency's smallest step. Raises InstalmentError (not_whole_units).

    >>> to_units(Decimal("12.34"), Decimal("0.01"))
    1234
    """
    units, rest = divide_whole(amount, step)
    if rest:
        raise InstalmentError("not_whole_units", amount=to_text(amount), step=to_text(step))
    return int(units)


def from_units(units, step):
    """The amount of so many steps, as a Decimal."""
    with exact():
        return Decimal(units) * step


def _check_total(total):
    if not _is_whole(total) or total <= 0:
        raise InstalmentError("total", total=total)


def _is_whole(value):
    return isinstance(value, int) and not isinstance(value, bool)
