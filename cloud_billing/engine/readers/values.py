"""From one cell to one exact value: moments, numbers, tags, content hashes. Shared by the readers."""

import hashlib
import json
import re
from datetime import datetime, timedelta, timezone
from json.encoder import encode_basestring as json_string

from ..numbers import NumberError, parse_decimal, to_text
from .base import RowFault

NULLS = frozenset(("", "NULL"))

_MOMENT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?"
    r" ?(Z|UTC|[+-]\d\d(?::?\d\d)?)?",
    re.ASCII,
)
# ISO 8601 without marks between the digits.
_COMPACT = re.compile(
    r"(\d{4})(\d\d)(\d\d)(?:[T ]?(\d\d):?(\d\d)(?::?(\d\d)(?:[.,](\d{1,9}))?)?)? ?(Z|UTC|[+-]\d\d(?::?\d\d)?)?",
    re.ASCII,
)
_FIRST_YEAR, _LAST_YEAR = 1970, 2199
_END_OF_TIME = int(datetime(_LAST_YEAR + 1, 1, 1, tzinfo=timezone.utc).timestamp())
_MAX_JSON_DEPTH = 100
_NUMBER_REASONS = {"not_a_number": "not_a_number", "too_long": "number_too_long", "too_large": "number_too_large"}


class Cache(dict):
    """A dict that forgets everything when it holds too many entries or characters, so that memory stays flat."""

    MAX_ENTRIES = 20_000
    MAX_CHARACTERS = 8_000_000

    def __init__(self):
        super().__init__()
        self.characters = 0

    def keep(self, key, value, characters):
        """Remember value under key and return it. characters: what key and value hold together, roughly."""
        self.characters += characters
        if len(self) >= self.MAX_ENTRIES or self.characters > self.MAX_CHARACTERS:
            self.clear()
            self.characters = characters
        if characters <= self.MAX_CHARACTERS:
            self[key] = value
        return value


def parse_moment(text, zone=timezone.utc):
    """The moment an ISO 8601 text says, as ('YYYY-MM-DD HH:MM:SS', the same with any fraction of a second), in UTC.

    A date alone is its midnight; 20261001 and 20261001T120000Z are dates too.
    zone: tzinfo of texts without an offset; a local time that happens twice is the first.
    Raises ValueError for anything else, for days that do not exist and for years outside 1970-2199.
    """
    match = _MOMENT.fullmatch(text) or _COMPACT.fullmatch(text)
    if not match:
        raise ValueError(text)
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    if offset and hour is None:
        raise ValueError(text)
    if offset not in (None, "Z", "UTC"):
        zone = _offset_zone(offset)
    elif offset:
        zone = timezone.utc
    local = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=zone)
    moment = local.astimezone(timezone.utc)
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise ValueError(text)
    seconds = moment.replace(tzinfo=None).isoformat(" ")
    fraction = (fraction or "").rstrip("0")
    return seconds, f"{seconds}.{fraction}" if fraction else seconds


def written_month(text):
    """'YYYY-MM-01' of a text that `parse_moment` takes: the month as it is written, in whatever zone."""
    return f"{text[:4]}-{text[5:7] if text[4] == '-' else text[4:6]}-01"


def _offset_zone(offset):
    digits = offset[1:].replace(":", "").ljust(4, "0")
    distance = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-distance if offset[0] == "-" else distance)


def epoch_moment(seconds):
    """The UTC text of a Decimal of seconds since 1970, its fraction left out. Raises ValueError outside 1970-2199."""
    whole = int(seconds)
    if not 0 <= whole < _END_OF_TIME:
        raise ValueError(seconds)
    return datetime.fromtimestamp(whole, timezone.utc).replace(tzinfo=None).isoformat(" ")


def add_seconds(moment, seconds):
    """The UTC text `seconds` after the UTC text `moment`."""
    return (datetime.fromisoformat(moment) + timedelta(seconds=seconds)).isoformat(" ")


def plain_number(text, column):
    """The number as digits without an exponent, every digit kept ('5e-06' is '0.000005'); a zero has no sign.

    Raises RowFault with numbers.parse_decimal's reason.
    """
    try:
        number = parse_decimal(text)
    except NumberError as error:
        raise RowFault(column, _NUMBER_REASONS[error.reason], text) from None
    return to_text(number)


def bare_number(text):
    """The digits of a number without zeros that say nothing: a program that saves 1.50 as 1.5 has not changed it."""
    return text.rstrip("0").rstrip(".") if "." in text else text


def tags_json(text):
    """A Tags cell as compact JSON with sorted keys and numbers as text, safe for PostgreSQL's jsonb.

    What is neither a JSON object nor a list, or would not be accepted as jsonb, comes back as one JSON string: tags are
    information beside the amount and never cost a row.
    """
    if text.count("{") + text.count("[") > _MAX_JSON_DEPTH:
        return json_string(text)
    try:
        value = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
        compact = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        compact.encode()
    except (ValueError, RecursionError):
        return json_string(text)
    if not isinstance(value, (dict, list)) or "\\u0000" in compact:
        return json_string(text)
    return compact


def digest(content):
    """16 bytes of BLAKE2b over bytes."""
    return hashlib.blake2b(content, digest_size=16).digest()
