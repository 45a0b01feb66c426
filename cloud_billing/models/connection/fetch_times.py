"""When a connector is fetched next: pure functions of moments, aware and in UTC."""

from datetime import timedelta, timezone

from dateutil.relativedelta import relativedelta

# After so many failures in a row a person is told, whatever the reason.
MAX_FAILURES = 5
# How long it waits after each failure in a row; then a day each time, for good: it never stops by itself.
_PAUSES = (
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
)
_LAST_PAUSE = timedelta(days=1)


def get_pause(failures, retry_after=None):
    """How long to wait after so many failures in a row (1 or more).

    retry_after: seconds that the provider asked for, None where it did not; no less, and no more than a day.
    """
    pause = _PAUSES[failures - 1] if failures <= len(_PAUSES) else _LAST_PAUSE
    asked = timedelta(seconds=retry_after or 0)
    return min(max(pause, asked), _LAST_PAUSE)


def get_next_hours(now, hours):
    """The next time of what is fetched every so many hours."""
    return now + timedelta(hours=hours)


def get_next_daily(now, hour, zone):
    """The next moment after `now` at which clocks in a zone show that full hour."""
    local = now.astimezone(zone).replace(hour=hour, minute=0, second=0, microsecond=0)
    return _first_after(now, local, relativedelta(days=1))


def get_next_monthly(now, day, hour, zone):
    """The next moment after `now` at which it is that day (1 to 28) of a month, and that full hour, in a zone."""
    local = now.astimezone(zone).replace(day=day, hour=hour, minute=0, second=0, microsecond=0)
    return _first_after(now, local, relativedelta(months=1))


def _first_after(now, local, step):
    # Steps of wall time, so that an hour stays the hour across a change of clocks.
    while (moment := local.astimezone(timezone.utc)) <= now:
        local += step
    return moment
