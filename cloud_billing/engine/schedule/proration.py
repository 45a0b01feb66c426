"""The share of a period that is used, as two whole numbers: dividing them is the rating's business.

Every method weighs days, and the weight of a stretch is a difference of two marks on one ruler. So however a period
is cut, the shares of its pieces add up to the whole exactly.
"""

from .errors import PeriodError
from .zones import utc_bounds

METHODS = ("day", "second", "thirty", "none")
_MONTH = 30


def share(method, used_start, used_end, full_start, full_end, time_zone="UTC", first=None):
    """(numerator, denominator) of the used days in the full period; all intervals half-open local days.

    day: days as the calendar has them. second: seconds of the local days in time_zone, so that a day on which clocks
    change counts 23, 25 or 23.5 hours. thirty: months of 30 days, 30E/360 (ISDA 2006 Definitions 4.16(g)). none: no
    part of a period: the piece that holds the day `first` bears all of it, others nothing; None is the first day of
    the full period. A full period that has no weight by its method (the 30th of a month by months of 30 days, a day
    that a zone skipped) is shared by days.
    Raises PeriodError (unknown_method, end_not_after_start, outside_period), ZoneError.
    >>> share("thirty", date(2026, 2, 16), date(2026, 3, 1), date(2026, 2, 1), date(2026, 3, 1))
    (15, 30)
    """
    if method not in METHODS:
        raise PeriodError("unknown_method", method=method)
    used, whole = prorate_days(used_start, used_end, full_start, full_end)
    if method == "none":
        first = full_start if first is None else first
        if not full_start <= first < full_end:
            raise PeriodError("outside_period", first=first, full_start=full_start, full_end=full_end)
        return int(used_start <= first < used_end), 1
    if method == "thirty":
        weighed = _count_thirty(used_start, used_end), _count_thirty(full_start, full_end)
    elif method == "second":
        weighed = _count_seconds(used_start, used_end, time_zone), _count_seconds(full_start, full_end, time_zone)
    else:
        return used, whole
    return weighed if weighed[1] else (used, whole)


def prorate_days(used_start, used_end, full_start, full_end):
    """(numerator, denominator): days used, days of the full period; both intervals half-open.

    The first day counts, the day of the end does not. Raises PeriodError when the full period is empty
    (end_not_after_start) or the used days are not inside it (outside_period); no day used is (0, n).
    >>> prorate_days(date(2026, 3, 16), date(2026, 4, 1), date(2026, 3, 1), date(2026, 4, 1))
    (16, 31)
    """
    if full_end <= full_start:
        raise PeriodError("end_not_after_start", full_start=full_start, full_end=full_end)
    if not full_start <= used_start <= used_end <= full_end:
        raise PeriodError(
            "outside_period", used_start=used_start, used_end=used_end, full_start=full_start, full_end=full_end
        )
    return (used_end - used_start).days, (full_end - full_start).days


def _count_thirty(start, end):
    """Days by 30E/360: both the 30th and the 31st stand at 30; the end of February stands where it is."""
    return _get_mark(end) - _get_mark(start)


def _get_mark(day):
    return (day.year * 12 + day.month) * _MONTH + min(day.day, _MONTH)


def _count_seconds(start, end, time_zone):
    if start == end:
        return 0
    first, last = utc_bounds(start, end, time_zone)
    # Offsets of a zone are whole seconds, so nothing is cut off.
    return (last - first).days * 86400 + (last - first).seconds
