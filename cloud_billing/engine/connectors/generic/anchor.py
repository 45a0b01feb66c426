"""Asking on where a system gives only so many rows to one question: from the time of the last row on.

The question must sort its rows by that time. Rows of the very moment it starts at again come twice; the second time
they are left out, row by row, so that two equal rows stay two.
"""

from collections import Counter
from datetime import datetime, timezone

from ...readers.moments import parse
from ..errors import ConnectorError
from .template import TIME_FORMATS

_WAYS_TO_WRITE = ("iso", "epoch_s", "epoch_ms")


def read_time(text):
    """The aware datetime that a row says: ISO 8601, in UTC without an offset, or seconds or milliseconds since 1970.

    Raises ValueError.
    """
    for date_format in _WAYS_TO_WRITE:
        try:
            exact = parse(text.strip(), date_format).exact
        except (ValueError, OverflowError):
            continue
        whole, _point, fraction = exact.partition(".")
        micro = int(f"{fraction}000000"[:6])
        return datetime.fromisoformat(whole).replace(microsecond=micro, tzinfo=timezone.utc)
    raise ValueError(text)


class Anchor:
    """One question after the other, each starting at the time of the last row of the one before.

    limit: rows that one question gives; 0 where it gives all.   field: column of the rows' time.
    """

    def __init__(self, limit, field, time_format):
        self._limit = limit
        self._field = field
        self._step, self._tell = TIME_FORMATS[time_format]
        self._rows = 0
        self._last = None
        # Lines of the step of time that the last row is in; those of it that the next question gives again.
        self._at_last = Counter()
        self._again = Counter()

    @property
    def is_full(self):
        """Whether the question has given all that it can, and there may be more."""
        return bool(self._limit) and self._rows >= self._limit

    def is_new(self, row, line):
        """Take note of a row and its line; False where the question before gave it. Raises not_sorted."""
        if not self._limit:
            return True
        self._rows += 1
        try:
            at = self._cut(read_time(row.get(self._field) or ""))
        except ValueError:
            raise ConnectorError("bad_time_field", field=self._field, value=(row.get(self._field) or "")[:50]) from None
        if self._last is not None and at < self._last:
            raise ConnectorError("not_sorted", field=self._field)
        if at != self._last:
            self._last = at
            self._at_last.clear()
        self._at_last[line] += 1
        if self._again[line] > 0:
            self._again[line] -= 1
            return False
        return True

    def move(self, told):
        """`told` (start, end) for the next question. Raises ConnectorError anchor_stuck."""
        start = self._tell(self._last)
        if start == told["start"]:
            raise ConnectorError("anchor_stuck", limit=self._limit, field=self._field)
        self._again = self._at_last.copy()
        self._at_last.clear()
        self._rows, self._last = 0, None
        return {**told, "start": start}

    def _cut(self, moment):
        """The moment without what the system cannot be told of it."""
        midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        return moment - (moment - midnight) % self._step
