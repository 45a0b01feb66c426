"""Local days as stretches of UTC."""

from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from .errors import PeriodError, ZoneError


def utc_bounds(start_date, end_date, tz_name):
    """(utc_start, utc_end): naive UTC datetimes of the local days [start_date, end_date).

    A day begins at the first instant that the zone's clocks show a time on it or after it. So where midnight is
    skipped the day begins at the jump, where midnight comes twice it begins at the first, and where a whole day is
    skipped (Samoa, 30 December 2011) it begins and ends at the jump: neighbouring days always share one bound.
    Raises ZoneError (unknown_zone, no_time_zone_data), PeriodError (end_not_after_start, out_of_calendar).
    """
    if end_date <= start_date:
        raise PeriodError("end_not_after_start", start=start_date, end=end_date)
    zone = _get_zone(tz_name)
    return _get_first_instant(start_date, zone), _get_first_instant(end_date, zone)


def _get_zone(tz_name):
    # UTC needs no data, so a bare machine can still bill in it.
    if tz_name == "UTC":
        return timezone.utc
    try:
        return ZoneInfo(tz_name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        reason = "unknown_zone" if available_timezones() else "no_time_zone_data"
        raise ZoneError(reason, tz_name=tz_name) from None


def _get_first_instant(day: date, zone):
    """The first instant, naive UTC, at which local clocks show `day` or later."""
    midnight = datetime.combine(day, time.min, zone)
    try:
        # fold 0 reads a midnight that comes twice as the first one.
        instant = _to_utc(midnight)
        if _to_local(instant, zone) == midnight.replace(tzinfo=None):
            return instant
        return _find_jump(_to_utc(midnight.replace(fold=1)), instant, midnight.replace(tzinfo=None), zone)
    except OverflowError:
        raise PeriodError("out_of_calendar", day=day) from None


def _find_jump(before, after, local, zone):
    """The second at which clocks jump over a local time: after it they show more than `local`, before it less.

    A skipped time read with the offset before the jump lies after it, and the other way round: so the jump is between
    the two readings, and the clocks only rise there.
    """
    low, high = 0, int((after - before).total_seconds())
    while low < high:
        middle = (low + high) // 2
        if _to_local(before + timedelta(seconds=middle), zone) >= local:
            high = middle
        else:
            low = middle + 1
    return before + timedelta(seconds=low)


def _to_utc(moment):
    return moment.astimezone(timezone.utc).replace(tzinfo=None)


def _to_local(instant, zone):
    return instant.replace(tzinfo=timezone.utc).astimezone(zone).replace(tzinfo=None)
