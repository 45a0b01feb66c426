"""Events that another system sends, one JSON object each: CloudEvents 1.0, or the flat shape of docs/push.md.

Both become the rows that a CSV file of events becomes, with the same digest: what came by one way is known by the
other. Numbers are taken as they are written, so that no digit is lost in a float.
"""

import json
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ..base import Limits, RowFault, UsageRow
from ..values import Cache, add_seconds, epoch_moment, json_string, parse_moment, plain_number
from .mapped import content_hash

ACTIONS = ("add", "correct", "cancel")
MAX_PROPERTIES = 50
MAX_NAME = 100
MAX_VALUE = 1000
# The longest key: a CloudEvent's is made of two texts.
MAX_KEY = 500
# Members of the flat shape. Any other one is a mistake in writing: a quantity under a wrong name must not count as 1.
FLAT = frozenset(
    ("transaction_id", "customer", "subscription", "meter", "time", "end_time", "quantity", "unit", "properties",
     "action")
)  # fmt: skip
# What a CloudEvent's data says of the row itself; its other members are properties.
_OF_DATA = ("quantity", "unit", "end_time")
_JSON_TYPES = frozenset(("application/json", "text/json"))
_SHORTEST_MOMENT = len("2026-03-01T00:00")
_LONGEST_EPOCH = len("9999999999")
# Python reads these as numbers; JSON has none of them.
_NO_NUMBERS = frozenset(("NaN", "Infinity", "-Infinity"))
_MOST_BITS = 400
_TWICE = object()


class Number(str):
    """A number as it stands in JSON, every digit of it."""

    __slots__ = ()


class BodyError(ValueError):
    """What was sent is no JSON: `reason` one of bad_json, too_deep, not_utf8; `detail` where."""

    def __init__(self, reason, detail=""):
        super().__init__(f"{reason} {detail}")
        self.reason = reason
        self.detail = detail


class Event(NamedTuple):
    """One event. row is None for a cancellation. index: its place in the request, from 0."""

    index: int
    action: str
    key: str
    row: UsageRow | None


def read_body(body):
    """The objects that bytes of JSON say, numbers as Number. Raises BodyError.

    A name that stands twice in an object spoils that object only: EventRows refuses it.
    """
    try:
        return json.loads(
            body.decode(), parse_float=Number, parse_int=Number, parse_constant=Number, object_pairs_hook=_make_object
        )
    except UnicodeDecodeError as error:
        raise BodyError("not_utf8", str(error.start)) from None
    except RecursionError:
        raise BodyError("too_deep") from None
    except json.JSONDecodeError as error:
        raise BodyError("bad_json", f"{error.lineno}:{error.colno}") from None


def _make_object(pairs):
    made = dict(pairs)
    if len(made) < len(pairs):
        # Each name is looked at once: an object may have a million of them.
        seen = set()
        made[_TWICE] = next(name for name, _value in pairs if name in seen or seen.add(name))
    return made


def get_key(event):
    """What an event calls itself, for whoever looks for it; "" where it does not say."""
    if type(event) is not dict:
        return ""
    key = event.get("transaction_id") or event.get("id")
    return key[:MAX_KEY] if isinstance(key, str) else ""


class EventRows:
    """Makes Events of JSON objects, all of one source.

    options: time_zone, provider and provider_account of the source, as readers take them.
    """

    def __init__(self, options, limits=None):
        self.provider = options.get("provider") or ""
        self.provider_account = options.get("provider_account") or ""
        self.zone = ZoneInfo(options.get("time_zone") or "UTC")
        self.limits = limits or Limits()
        self.moments = Cache()

    def read(self, index, event):
        """The Event of one JSON object. Raises RowFault."""
        if type(event) is not dict:
            raise RowFault(None, "not_an_object")
        if _TWICE in event:
            raise RowFault(event[_TWICE], "key_twice")
        is_cloud_event = "specversion" in event
        action = _text(event, "action") or "add"
        if action not in ACTIONS:
            raise RowFault("action", "unknown_action", action)
        key = _cloud_event_key(event) if is_cloud_event else _text(event, "transaction_id", True)
        if len(key) > MAX_KEY:
            raise RowFault("id" if is_cloud_event else "transaction_id", "field_too_long", key)
        if action == "cancel":
            _check_text(None, key)
            return Event(index, action, key, None)
        value, properties = _split_cloud_event(event) if is_cloud_event else _split_flat(event)
        return Event(index, action, key, self._make_row(index, key, value, properties))

    def _make_row(self, index, key, value, properties):
        value["id"] = key
        start, value["start"], end = self._moment("time", value.pop("time"))
        if end_time := value.pop("end_time", None):
            end, value["end"], _next = self._moment("end_time", end_time)
            if end <= start:
                raise RowFault("end_time", "end_before_start", end_time)
        value["quantity"] = _number("quantity", value.get("quantity"))
        for name in ("account", "service", "unit"):
            if len(value[name]) > self.limits.max_identity:
                raise RowFault(name, "field_too_long", value[name])
        cells = _cells(properties)
        _check_text(None, "".join((*value.values(), *cells, *cells.values())))
        return UsageRow(
            index + 1, key, self.provider, self.provider_account, value["account"], "", value["service"], "", "", "",
            "usage", value["unit"], "", start, end, None, value["quantity"], None, None, None, None, "",
            f"{{{','.join([f'{json_string(name)}:{json_string(cells[name])}' for name in sorted(cells)])}}}",
            content_hash(value, cells),
        )  # fmt: skip

    def _moment(self, name, text):
        """(UTC text, the same with its fraction, a second later) of a time. Raises RowFault."""
        return self.moments.get(text) or self.moments.keep(text, self._read_moment(name, text), 100)

    def _read_moment(self, name, text):
        try:
            if type(text) is Number:
                seconds, exact = _read_epoch(text)
            elif len(text) < _SHORTEST_MOMENT:
                raise ValueError(text)
            else:
                seconds, exact = parse_moment(text, self.zone)
            return seconds, exact, add_seconds(seconds, 1)
        except (ValueError, OverflowError):
            raise RowFault(name, "bad_date", text) from None


def _read_epoch(number):
    """Seconds since 1970: (UTC text, the same with its fraction). Raises ValueError."""
    whole, _point, fraction = number.partition(".")
    if len(whole) > _LONGEST_EPOCH or not whole.isdecimal():
        raise ValueError(number)
    seconds, fraction = epoch_moment(whole), fraction.rstrip("0")
    if fraction and not fraction.isdecimal():
        raise ValueError(number)
    return seconds, f"{seconds}.{fraction}" if fraction else seconds


def _split_flat(event):
    """({field: text or time}, properties) of an event of the flat shape. Raises RowFault."""
    if unknown := event.keys() - FLAT:
        raise RowFault(sorted(unknown)[0], "unknown_member")
    customer, subscription = _text(event, "customer"), _text(event, "subscription")
    if customer and subscription:
        raise RowFault("subscription", "two_customers", subscription)
    if not (customer or subscription):
        raise RowFault("customer", "missing_value")
    value = {
        "account": customer or subscription,
        "service": _text(event, "meter", True),
        "unit": _text(event, "unit"),
        "time": _time(event, "time", True),
        "end_time": _time(event, "end_time"),
        "quantity": event.get("quantity"),
    }
    return value, _object(event, "properties")


def _split_cloud_event(event):
    """({field: text or time}, properties) of a CloudEvent. Raises RowFault.

    Attributes beyond the standard's may be added by whoever passes an event on, so they are no part of it.
    """
    if event["specversion"] != "1.0":
        raise RowFault("specversion", "bad_specversion", str(event["specversion"]))
    content_type = _text(event, "datacontenttype")
    if "data_base64" in event or (content_type and content_type.partition(";")[0].strip() not in _JSON_TYPES):
        raise RowFault("datacontenttype", "not_json_data", content_type)
    data = _object(event, "data")
    value = {
        "account": _text(event, "subject", True),
        "service": _text(event, "type", True),
        "unit": _text(data, "unit"),
        "time": _time(event, "time", True),
        "end_time": _time(data, "end_time"),
        "quantity": data.get("quantity"),
    }
    return value, {name: cell for name, cell in data.items() if name not in _OF_DATA}


def _cloud_event_key(event):
    """A CloudEvent is itself by its source and its id; joined so that no two pairs are one text."""
    parts = (_text(event, "source", True), _text(event, "id", True))
    return "|".join(part.replace("\\", "\\\\").replace("|", "\\|") for part in parts)


def _text(event, name, is_needed=False):
    """A member as text, "" where it is not there. Raises RowFault."""
    value = event.get(name)
    if value is None:
        value = ""
    elif type(value) is int:
        value = str(value)
    elif not isinstance(value, str):
        raise RowFault(name, "not_a_text")
    value = value.strip()
    if is_needed and not value:
        raise RowFault(name, "missing_value")
    return value


def _time(event, name, is_needed=False):
    """A member that says a moment, a text or a Number. Raises RowFault."""
    value = event.get(name)
    if type(value) is int:
        return Number(value)
    if type(value) is float:
        raise RowFault(name, "float_number", repr(value))
    return value if type(value) is Number else _text(event, name, is_needed)


def _object(event, name):
    value = event.get(name)
    if value is None:
        return {}
    if type(value) is not dict:
        raise RowFault(name, "not_an_object")
    if _TWICE in value:
        raise RowFault(value[_TWICE], "key_twice")
    return value


def _number(name, value):
    """The plain number of a quantity; 1 where none is given. Raises RowFault."""
    if value is None:
        return "1"
    if type(value) is float:
        raise RowFault(name, "float_number", repr(value))
    if type(value) is int:
        # Its text is made only of what can be a quantity: of an endless one that would take minutes.
        if value.bit_length() > _MOST_BITS:
            raise RowFault(name, "number_too_large")
        value = str(value)
    if not isinstance(value, str):
        raise RowFault(name, "not_a_number", str(value))
    return plain_number(value.strip(), name)


def _cells(properties):
    """{name: text} of an event's properties that say something. Raises RowFault."""
    if len(properties) > MAX_PROPERTIES:
        raise RowFault("properties", "too_many_properties", str(len(properties)))
    cells = {}
    for name, value in properties.items():
        kind = type(value)
        if value is None or value == "":
            continue
        if kind is Number:
            value = _property_number(name, value)
        elif kind is bool:
            value = "true" if value else "false"
        elif kind is int:
            value = _number(name, value)
        elif kind is float:
            raise RowFault(name, "float_number", repr(value))
        elif kind is not str:
            raise RowFault(name, "nested_property")
        if len(name) > MAX_NAME or len(value) > MAX_VALUE:
            raise RowFault(name[:MAX_NAME], "field_too_long", value)
        cells[name] = value
    return cells


def _property_number(name, number):
    if number in _NO_NUMBERS:
        raise RowFault(name, "not_a_number", number)
    return str(number)


def _check_text(name, text):
    """Raise RowFault where a text has characters that the database cannot keep."""
    if "\0" in text:
        raise RowFault(name, "nul_character")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise RowFault(name, "half_character") from None
