"""Terms of a contract: how long it runs, when it renews, until when notice is given. Whole local days, half-open.

Months, quarters and years keep the day of the month and clamp to the month's end. A date is always counted from the
agreement's own, never from one that was clamped, so that 31 January is 28 February a month later and 31 March two.
"""

from calendar import monthrange
from datetime import date, timedelta

from .cycle import DAYS_OF, MONTHS_OF, check_length, count_months, find_boundary, period_containing, require_date
from .errors import CycleError, PeriodError


def add_units(day, count, unit, anchor_day=None):
    """The day so many days, weeks, months, quarters or years later; a negative count is before.

    anchor_day: the day of the month that is meant where `day` was clamped (31 for a 28 February); None: its own.
    Raises CycleError (unknown_unit), PeriodError (out_of_calendar).
    >>> add_units(date(2026, 1, 31), 1, "month")
    datetime.date(2026, 2, 28)
    """
    require_date(day, "day")
    check_length(unit, 1)
    try:
        if unit in DAYS_OF:
            return day + timedelta(days=DAYS_OF[unit] * count)
        year, month = divmod(count_months(day) + MONTHS_OF[unit] * count, 12)
        return date(year, month + 1, min(anchor_day or day.day, monthrange(year, month + 1)[1]))
    except (OverflowError, ValueError, IndexError):
        raise PeriodError("out_of_calendar", day=day, count=count, unit=unit) from None


def add_cycles(cycle, date_start, count):
    """The day on which the period number `count` of a subscription begins; 0 is its start.

    By the cycle's own boundaries: with a short first period, number 1 begins at the first boundary after the start.
    """
    if count < 0:
        raise PeriodError("before_start", count=count, date_start=date_start)
    return find_boundary(cycle, date_start, count) if count else date_start


def end_of_term(date_start, count, unit, anchor_day=None):
    """The first day after a term that begins on a day: a year from 1 March 2026 ends with 1 March 2027."""
    check_length(unit, count)
    return add_units(date_start, count, unit, anchor_day)


def next_renewal(date_start, count, unit, day, anchor_day=None):
    """The first day of the next term after a day, where terms of that length follow each other from date_start.

    On a day before the start it is the start. Each term is counted from the first one's start, so nothing drifts.
    """
    check_length(unit, count)
    require_date(day, "day")
    if day < date_start:
        return date_start
    # A term that surely has begun on the day; from there it is a step or two.
    passed = (day - date_start).days // DAYS_OF[unit] if unit in DAYS_OF else _count_whole_months(date_start, day, unit)
    number = passed // count
    while add_units(date_start, number * count, unit, anchor_day) <= day:
        number += 1
    return add_units(date_start, number * count, unit, anchor_day)


def _count_whole_months(start, day, unit):
    return max(count_months(day) - count_months(start) - 1, 0) // MONTHS_OF[unit]


def earliest_end(notice_day, count, unit):
    """The first day without service when notice of so many days, weeks or months is given on a day.

    The day of the notice does not count, the last day of the notice period is served: German Civil Code (BGB) 187(1),
    188(2) and (3). Notice of one month on 30 January ends with 28 February, so 1 March is the first day without.
    """
    _check_notice(count)
    return _get_next_day(add_units(notice_day, count, unit))


def notice_date(date_end, count, unit):
    """The last day on which notice of that length may be given, to be without service from date_end on.

    The latest day whose `earliest_end` is not after date_end.
    """
    _check_notice(count)
    last = add_units(date_end, -1, "day")
    day = add_units(last, -count, unit)
    while add_units(_get_next_day(day), count, unit) <= last:
        day = _get_next_day(day)
    return day


def _check_notice(count):
    """Notice of 0 is given on the last day itself."""
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        raise CycleError("count", count=count)


def _get_next_day(day):
    return add_units(day, 1, "day")


def end_after_notice(notice_day, count, unit, minimum_end=None, cycle=None, date_start=None):
    """The first day without service after a notice: not before the minimum term, and where it must be, at a boundary.

    minimum_end: first day after the minimum term. cycle, date_start: of periods or terms at whose end alone one may
    leave; without a cycle on any day.
    """
    end = earliest_end(notice_day, count, unit)
    if minimum_end is not None:
        end = max(end, minimum_end)
    return end if cycle is None else next_boundary(cycle, date_start, end)


def next_boundary(cycle, date_start, day):
    """The first boundary of a subscription's periods on or after a day; its start is one."""
    if day <= date_start:
        return date_start
    period = period_containing(cycle, date_start, day)
    return day if period.start == day else period.end
