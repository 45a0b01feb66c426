"""Billing periods: whole local days that tile a subscription's life, without gap or overlap.

A cycle lays boundaries over the whole calendar. A subscription's first period runs from its start to the first
boundary after it, and may be short; the last one is cut by its end; in between they go from boundary to boundary.
Boundaries are computed from a fixed origin, never from the one before, so an anchor on the 31st that was clamped to
28 February comes back to 31 March.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from .errors import CycleError, PeriodError

UNITS = ("day", "week", "month", "quarter", "year")
KINDS = ("calendar", "anniversary", "aligned")
MONTHS_OF = {"month": 1, "quarter": 3, "year": 12}
DAYS_OF = {"day": 1, "week": 7}


@dataclass(frozen=True)
class Cycle:
    """How often a subscription is billed: every `count` units.

    kind: calendar follows the calendar (first of the month, quarter or year; Monday for weeks); anniversary follows
    the day on which the subscription started; aligned follows a common date, `origin`, whatever the start, so that
    all subscriptions with one origin and one length share their boundaries.
    anchor_day: the day of the month on which periods begin, 1-31, clamped to the month's end; None is the 1st for
    calendar, the day of the start for anniversary, the origin's for aligned. With the latter two it only says which day
    is meant by a start or origin at a month's end (28 February may stand for the 31st); any other day is refused when
    it is known. Days and weeks do not read it. Raises CycleError when made of anything else.
    """

    unit: str = "month"
    count: int = 1
    kind: str = "calendar"
    anchor_day: int | None = None
    origin: date | None = None

    def __post_init__(self):
        check_length(self.unit, self.count)
        if self.kind not in KINDS:
            raise CycleError("unknown_kind", kind=self.kind)
        if (self.kind == "aligned") != (self.origin is not None):
            raise CycleError("origin", kind=self.kind, origin=self.origin)
        if self.origin is not None:
            require_date(self.origin, "origin")
        if self.anchor_day is not None and not (_is_whole(self.anchor_day) and 1 <= self.anchor_day <= 31):
            raise CycleError("anchor_day", anchor_day=self.anchor_day)
        # Days and weeks do not read the anchor; months are checked once, here, where the origin is known.
        if self.origin is not None and self.unit in MONTHS_OF:
            _make_grid(self, self.origin)


@dataclass(frozen=True)
class Period:
    """One billing period, half-open local dates. index: 0 for the first of the subscription.

    full_start, full_end: the boundaries of the cycle around it; wider than the period where it was cut short.
    """

    start: date
    end: date
    index: int
    full_start: date
    full_end: date


def period_containing(cycle, date_start, day, date_end=None):
    """The period of a subscription in which a day lies.

    date_start: first day of service. date_end: first day without service, None when open.
    Raises PeriodError when the day is before the start (before_start) or not before the end (after_end).
    """
    _check_dates(date_start, date_end)
    require_date(day, "day")
    if day < date_start:
        raise PeriodError("before_start", day=day, date_start=date_start)
    if date_end is not None and day >= date_end:
        raise PeriodError("after_end", day=day, date_end=date_end)
    grid = _make_grid(cycle, date_start)
    return _make_period(grid, grid.find(day), date_start, date_end)


def periods(cycle, date_start, date_end, until):
    """The periods of a subscription that start before `until`, in order; an iterator.

    date_end: first day without service; it cuts the last period; None is open. `until` cuts none. The periods tile
    [date_start, date_end): each starts where the one before ended. Raises CycleError, PeriodError at once.
    """
    _check_dates(date_start, date_end)
    require_date(until, "until")
    grid = _make_grid(cycle, date_start)
    return _walk(grid, date_start, date_end, until if date_end is None else min(until, date_end))


def _walk(grid, date_start, date_end, limit):
    step, start = grid.find(date_start), date_start
    while start < limit:
        period = _make_period(grid, step, date_start, date_end)
        yield period
        start = period.end
        step += 1


def _make_period(grid, step, date_start, date_end):
    full_start, full_end = grid.get_boundary(step), grid.get_boundary(step + 1)
    return Period(
        start=max(full_start, date_start),
        end=full_end if date_end is None else min(full_end, date_end),
        index=step - grid.find(date_start),
        full_start=full_start,
        full_end=full_end,
    )


@dataclass(frozen=True)
class _MonthGrid:
    """Boundaries every `months` months. month: the origin's, counted from January of year 0."""

    month: int
    months: int
    anchor_day: int

    def get_boundary(self, step):
        """The boundary so many steps after the origin: the anchor day, or the month's last where it has none."""
        year, month = divmod(self.month + step * self.months, 12)
        if not 1 <= year <= 9999:
            raise PeriodError("out_of_calendar", year=year)
        return date(year, month + 1, min(self.anchor_day, monthrange(year, month + 1)[1]))

    def find(self, day):
        """The step of the last boundary on or before a day."""
        step = (count_months(day) - self.month) // self.months
        return step if self.get_boundary(step) <= day else step - 1


@dataclass(frozen=True)
class _DayGrid:
    """Boundaries every `days` days from an origin."""

    origin: date
    days: int

    def get_boundary(self, step):
        try:
            return self.origin + timedelta(days=step * self.days)
        except OverflowError:
            raise PeriodError("out_of_calendar", origin=self.origin, step=step) from None

    def find(self, day):
        return (day - self.origin).days // self.days


def _make_grid(cycle, date_start):
    """The boundaries of a cycle for a subscription that starts on a day.

    Calendar months are counted from January of the year of the start: 2, 3, 4 and 6 months fall on the calendar's own
    halves and quarters, and 5 or 18 have a defined place too. Days have no calendar: they count from the start.
    """
    is_calendar = cycle.kind == "calendar"
    origin = cycle.origin or date_start
    if cycle.unit in DAYS_OF:
        monday = date_start.toordinal() - date_start.weekday()
        # The first week of the calendar begins on Monday 0001-01-01, so this never falls before it.
        if is_calendar and cycle.unit == "week":
            origin = date.fromordinal(monday)
        return _DayGrid(origin, DAYS_OF[cycle.unit] * cycle.count)
    grid = _MonthGrid(
        month=date_start.year * 12 if is_calendar else count_months(origin),
        months=MONTHS_OF[cycle.unit] * cycle.count,
        anchor_day=cycle.anchor_day or (1 if is_calendar else origin.day),
    )
    # An anniversary on another day than the start's would be a calendar cycle under a wrong name.
    if not is_calendar and grid.get_boundary(0) != origin:
        raise CycleError("anchor_not_start_day", anchor_day=cycle.anchor_day, date_start=origin)
    return grid


def find_boundary(cycle, date_start, count):
    """The boundary number `count` of a subscription: 0 is the last one on or before its start."""
    grid = _make_grid(cycle, date_start)
    return grid.get_boundary(grid.find(date_start) + count)


def count_months(day):
    return day.year * 12 + day.month - 1


def check_length(unit, count):
    """A length of time is a whole number of units, 1 or more. Raises CycleError (unknown_unit, count)."""
    if unit not in UNITS:
        raise CycleError("unknown_unit", unit=unit)
    if not _is_whole(count) or count < 1:
        raise CycleError("count", count=count)


def _is_whole(value):
    return isinstance(value, int) and not isinstance(value, bool)


def _check_dates(date_start, date_end):
    require_date(date_start, "date_start")
    if date_end is None:
        return
    require_date(date_end, "date_end")
    if date_end <= date_start:
        raise PeriodError("end_not_after_start", date_start=date_start, date_end=date_end)


def require_date(value, name):
    """A datetime is refused: its day depends on a time zone that nobody gave."""
    if isinstance(value, datetime) or not isinstance(value, date):
        raise TypeError(f"{name} is a date, not {type(value).__name__}: {value!r}")
