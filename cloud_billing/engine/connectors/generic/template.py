"""Texts with places for values, as {start} or {page}: a tiny substitution that knows some names and nothing else.

A place is a name in braces without blanks. What else stands in braces stays as it is, so a query that has braces of its
own is written with blanks in them.
"""

import re
from datetime import timedelta

# What a question may say of the time that is asked for, and which of these differ within a month.
WINDOW_PLACES = {"start", "end", "year", "month", "month_number"}
MOMENT_PLACES = {"start", "end"}
_PLACE = re.compile(r"\{([a-z_0-9]+)\}")
_NOTHING = object()
_DAY = timedelta(days=1)


def _milliseconds(moment):
    return int(moment.timestamp()) * 1000 + moment.microsecond // 1000


# How a system wants to be told a moment: (the smallest step that it can say, how it is said).
TIME_FORMATS = {
    "iso": (timedelta(seconds=1), lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%SZ")),
    "iso_ms": (
        timedelta(milliseconds=1),
        lambda moment: f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z",
    ),
    "blank": (timedelta(seconds=1), lambda moment: moment.strftime("%Y-%m-%d %H:%M:%S")),
    "date": (_DAY, lambda moment: moment.strftime("%Y-%m-%d")),
    "compact": (_DAY, lambda moment: moment.strftime("%Y%m%d")),
    "epoch_s": (timedelta(seconds=1), lambda moment: int(moment.timestamp())),
    "epoch_ms": (timedelta(milliseconds=1), _milliseconds),
    "epoch_ms_text": (timedelta(milliseconds=1), lambda moment: str(_milliseconds(moment))),
}


def find_places(value):
    """The names of all places in the texts of a JSON value, the names of its members included."""
    if isinstance(value, str):
        return set(_PLACE.findall(value))
    if isinstance(value, dict):
        return set().union(*(find_places(name) | find_places(item) for name, item in value.items()))
    if isinstance(value, (list, tuple)):
        return set().union(*map(find_places, value))
    return set()


def fill(value, values):
    """A JSON value with its places filled in; a place whose name is not in `values` stays.

    values: {name: text, int, or None for what is not there yet}.   A text that is one place and nothing else becomes
    the value itself, so that {page} can be a number; where that is None the member or element is left out.
    >>> fill({"page": "{page}", "after": "{cursor}", "note": "page {page}"}, {"page": 2, "cursor": None})
    {'page': 2, 'note': 'page 2'}
    """
    filled = _fill(value, values)
    return None if filled is _NOTHING else filled


def fill_text(text, values):
    """A text with its places filled in, what is not there yet by nothing."""
    return _PLACE.sub(lambda match: _as_text(values.get(match[1], match[0])), text)


def _fill(value, values):
    if isinstance(value, str):
        alone = _PLACE.fullmatch(value)
        if not alone or alone[1] not in values:
            return fill_text(value, values)
        found = values[alone[1]]
        return _NOTHING if found is None else found
    if isinstance(value, dict):
        members = ((fill_text(name, values), _fill(item, values)) for name, item in value.items())
        return {name: item for name, item in members if item is not _NOTHING}
    if isinstance(value, (list, tuple)):
        return [item for item in (_fill(item, values) for item in value) if item is not _NOTHING]
    return value


def _as_text(value):
    return "" if value is None else str(value)


def tell_window(window, time_format, is_end_included):
    """The values of WINDOW_PLACES for a half-open window, start and end as a system wants to be told them.

    What is told is never less than the window; year, month and month_number are those of the month that begins with it.

    A format that says days alone takes the whole days that the window touches.   is_end_included: what is told as the
    end is part of what the system gives, so it is told one step less.
    """
    step, tell = TIME_FORMATS[time_format]
    end = window.end
    over = (end - end.replace(hour=0, minute=0, second=0, microsecond=0)) % step
    if over:
        end += step - over
    if is_end_included:
        end -= step
    year, month = window.month.split("-")
    return {
        "start": tell(window.start),
        "end": tell(end),
        "year": year,
        "month": month,
        "month_number": str(int(month)),
    }
