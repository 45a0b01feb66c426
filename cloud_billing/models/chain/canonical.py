"""An event as one text that is the same before it is stored and after it is read back. Pure functions.

What the database may write in another way than it was given (a JSON value: the order of its keys, the shape of its
numbers) is put in one form; all else is taken as it is.
"""

import hashlib
import json
from decimal import Decimal

from ..record.audit_schema import JSON_COLUMNS, WRITTEN_COLUMNS

_JSON_PLACES = frozenset(WRITTEN_COLUMNS.index(name) for name in JSON_COLUMNS)


def get_content(values):
    """The texts of one event in the order of WRITTEN_COLUMNS, None where there is nothing.

    values: as they go into the database or come out of it; JSON as text in both cases.
    """
    return [
        None if value is None else normalise(value) if place in _JSON_PLACES else str(value)
        for place, value in enumerate(values)
    ]


def get_digest(event_id, occurred_at, mark, content):
    """32 bytes: SHA-256 of a stored event with its number, its moment (text) and the program's mark (bytes or None)."""
    mark_text = None if mark is None else bytes(mark).hex()
    return hashlib.sha256(to_bytes(["event 1", event_id, occurred_at, mark_text, *content])).digest()


def to_bytes(values):
    """A list of texts, numbers and None as bytes: different lists have different bytes."""
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()


def normalise(text):
    """JSON with sorted keys and plain numbers."""
    return json.dumps(
        json.loads(text, parse_float=_read_number),
        default=_write_number,
        sort_keys=True,
        ensure_ascii=False,
        separators=(",", ":"),
    )


def _read_number(text):
    """jsonb keeps the digits after the point, and writes no exponent and no minus before zero."""
    number = Decimal(text)
    if number.as_tuple().exponent >= 0:
        return int(number)
    return abs(number) if number.is_zero() else number


def _write_number(number):
    # No JSON in the database has this key, so a number is told from everything else.
    return {"\0": f"{number:f}"}
