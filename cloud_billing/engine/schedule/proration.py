"""The share of a period that is used, in whole days, as two whole numbers: dividing them is the rating's business."""

from .errors import PeriodError


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
