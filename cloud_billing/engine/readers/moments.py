"""Dates and times as files write them, each in one stated way: which number is the day is chosen, never guessed."""

import re
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

from .values import Cache, parse_moment

# What a text must look like, and the groups in it. A format takes nothing that is written otherwise.
_TIME = (
    r"(?:(?:[T ]|, ?)(?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?)?"
    r" ?(?P<offset>Z|UTC|[+-]\d\d(?::?\d\d)?)?"
)
_YMD = r"(?P<year>\d{4})(?P<mark>[-/.])(?P<month>\d\d?)(?P=mark)(?P<day>\d\d?)"
_DMY = r"(?P<day>\d\d?)(?P<mark>[-/.])(?P<month>\d\d?)(?P=mark)(?P<year>\d{4})"
_MDY = r"(?P<month>\d\d?)(?P<mark>[-/.])(?P<day>\d\d?)(?P=mark)(?P<year>\d{4})"
_COMPACT = (
    r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)"
    r"(?:[T ]?(?P<hour>\d\d):?(?P<minute>\d\d)(?::?(?P<second>\d\d))?)?(?P<offset>Z|[+-]\d\d(?::?\d\d)?)?"
)
_PATTERNS = {
    name: re.compile(pattern, re.ASCII)
    for name, pattern in {
        "iso": _YMD + _TIME,
        "dmy": _DMY + _TIME,
        "mdy": _MDY + _TIME,
        "compact": _COMPACT,
        "epoch_s": r"(?P<epoch>\d{9,10})(?:\.(?P<fraction>\d{1,9}))?",
        "epoch_ms": r"(?P<epoch>\d{12,13})",
    }.items()
}
DATE_FORMATS = tuple(_PATTERNS)
_MONTH = re.compile(r"(\d{4})[-/.]?(\d\d)|(\d\d?)[-/.](\d{4})", re.ASCII)
_EPOCH = datetime(1970, 1, 1)


class Moment(NamedTuple):
    """What one cell says. utc: 'YYYY-MM-DD HH:MM:SS'; exact: the same with any fraction of a second.

    local: naive datetime as written.   zone: tzinfo it was written in.   is_date: no time of day was written.
    """

    utc: str
    exact: str
    local: datetime
    zone: object
    is_date: bool


class Moments:
    """Reads the dates of one file. date_format: one of DATE_FORMATS.   zone: tzinfo of texts without an offset."""

    def __init__(self, date_format, zone):
        self._date_format = date_format
        self._zone = zone
        self._known = Cache()

    def read(self, text):
        """The Moment that a text says; a local time that comes twice is the first. Raises ValueError."""
        moment = self._known.get(text)
        return moment or self._known.keep(text, parse(text, self._date_format, self._zone), 6 * len(text))


def parse(text, date_format, zone=timezone.utc):
    """The Moment that a text says in this format. Raises ValueError for any other text."""
    match = _PATTERNS[date_format].fullmatch(text)
    if not match:
        raise ValueError(text)
    found = match.groupdict()
    if found.get("epoch"):
        return _parse_epoch(found, date_format)
    if found.get("offset") and found["hour"] is None:
        raise ValueError(text)
    written = f"{found['year']}-{int(found['month']):02d}-{int(found['day']):02d}"
    is_date = found["hour"] is None
    if not is_date:
        hour = _get_hour(text, int(found["hour"]), found.get("half"))
        written += f" {hour:02d}:{found['minute']}:{found.get('second') or '00'}"
        written += f".{found['fraction']}" if found.get("fraction") else ""
    utc, exact = parse_moment(written + (found.get("offset") or ""), zone)
    local = datetime.fromisoformat(written[:19] if not is_date else f"{written} 00:00:00")
    return Moment(utc, exact, local, _get_zone(local, utc, zone, found.get("offset")), is_date)


def _get_hour(text, hour, half):
    """The hour of 24 from one of 12, where the text says AM or PM."""
    if not half:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError(text)
    return hour % 12 + (12 if half in "Pp" else 0)


def _get_zone(local, utc, zone, offset):
    if not offset:
        return zone
    return timezone(local - datetime.fromisoformat(utc))


def _parse_epoch(found, date_format):
    number = int(found["epoch"])
    seconds, thousandths = (number, "") if date_format == "epoch_s" else divmod(number, 1000)
    local = _EPOCH + timedelta(seconds=seconds)
    fraction = (found.get("fraction") or "") if date_format == "epoch_s" else f"{thousandths:03d}"
    return Moment(*parse_moment(f"{local.isoformat(' ')}.{fraction or '0'}"), local, timezone.utc, False)


def get_second(moment):
    """The same local time as the clock shows it for the second time, in the night in which it is put back.

    The same Moment for times that come once, and for those written with an offset.
    """
    again = moment.local.replace(tzinfo=moment.zone, fold=1).astimezone(timezone.utc)
    seconds = again.replace(tzinfo=None).isoformat(" ")
    return moment._replace(utc=seconds, exact=seconds + moment.exact[len(moment.utc) :])


def to_utc(local, zone):
    """The UTC text of a naive local datetime; of a time that comes twice the first."""
    utc, _exact = parse_moment(local.isoformat(" "), zone)
    return utc


def parse_month(text, date_format=None):
    """'YYYY-MM-01' of a month written with its year, as 2026-10, 202610 or 10/2026, or of a date in the format.

    Raises ValueError for anything else and for years outside 1970-2199.
    """
    match = _MONTH.fullmatch(text)
    if match:
        year, month = (match[1], match[2]) if match[1] else (match[4], match[3])
        return parse_moment(f"{year}-{int(month):02d}-01")[0][:10]
    if date_format is None:
        raise ValueError(text)
    return f"{parse(text, date_format).local:%Y-%m}-01"
