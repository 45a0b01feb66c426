"""Which stretches of time a connector is asked for: pure functions of moments, aware and in UTC, half-open."""

from datetime import datetime, timedelta, timezone

from dateutil.relativedelta import relativedelta

# What a source is asked for at once where its connector sets no bound of its own.
DEFAULT_STRETCH = timedelta(days=31)


def plan_months(since, until, zone, overlap=timedelta(0)):
    """Whole calendar months of a zone, as of whose last change nothing is final: [(start, end), ...], oldest first.

    since: up to where all was fetched; the month in which `since - overlap` lies is asked for again.
    until: nothing after it is asked for: the last month ends there, cut to the hour.

    A month replaces what was there of it, so it is never asked for in parts that do not begin with it.
    """
    month = (since - overlap).astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    last = until.replace(minute=0, second=0, microsecond=0)
    found = []
    while (start := _to_utc(month, zone)) < last:
        month += relativedelta(months=1)
        found.append((start, min(_to_utc(month, zone), last)))
    return found


def plan_stretches(since, until, max_window=None, overlap=timedelta(0)):
    """[(start, end), ...] from `since - overlap` to `until`, none longer than max_window, oldest first."""
    step, start, found = max_window or DEFAULT_STRETCH, since - overlap, []
    while start < until:
        found.append((start, min(start + step, until)))
        start += step
    return found


def get_midnight(day, zone):
    """The beginning of a date in a zone, aware and in UTC."""
    return _to_utc(datetime.combine(day, datetime.min.time()), zone)


def _to_utc(local, zone):
    return datetime.replace(local, tzinfo=zone).astimezone(timezone.utc)
