"""The door for JSON: strict reading of requests, and the loop of a command that answers them.

Owns: what a request may contain (no number with a point: money is text; no key twice, no key unknown) and where it is
wrong. Does not own: what a request means (`rating`, `schedule`).
"""

import json
from datetime import date, datetime

from .numbers import NumberError, parse_decimal


class RequestError(ValueError):
    """A request cannot be read. `at`: the path in the document, such as facts.quantity; `reason`: a code.

    Reasons: not_json, not_an_object, not_a_list, unknown_key, missing_key, key_twice, number_as_text (a number with a
    point or an exponent: write it as text), not_a_number, too_long, too_large, not_text, not_whole, not_a_date,
    not_yes_or_no, unknown_request.
    """

    def __init__(self, reason, at):
        super().__init__(f"{reason} at {at or 'the top'}")
        self.reason = reason
        self.facts = {"at": at}


def load(text):
    """The document as dicts, lists, text, whole numbers, true, false and null. Raises RequestError."""
    try:
        return json.loads(text, parse_float=_refuse_float, parse_constant=_refuse_float, object_pairs_hook=_read_pairs)
    except RequestError:
        raise
    except (ValueError, RecursionError) as error:
        raise RequestError("not_json", str(error)) from None


def _refuse_float(literal):
    raise RequestError("number_as_text", literal)


def _read_pairs(pairs):
    keys = dict(pairs)
    if len(keys) != len(pairs):
        seen = set()
        raise RequestError("key_twice", next(key for key, _value in pairs if key in seen or seen.add(key)))
    return keys


def read_object(data, at, required=None, optional=None):
    """The values of an object by name, each read by its reader (value, at) -> value.

    required, optional: dicts of name -> reader; an optional name that is absent is absent from the result.
    """
    if not isinstance(data, dict):
        raise RequestError("not_an_object", at)
    readers = {**(required or {}), **(optional or {})}
    for name in data:
        if name not in readers:
            raise RequestError("unknown_key", join(at, name))
    for name in required or {}:
        if name not in data:
            raise RequestError("missing_key", join(at, name))
    return {name: readers[name](value, join(at, name)) for name, value in data.items()}


def join(at, name):
    return f"{at}.{name}" if at else str(name)


def maybe(reader):
    """A reader that lets null through."""
    return lambda value, at: None if value is None else reader(value, at)


def listed(reader):
    """A reader of a list, as a tuple."""

    def read_list(value, at):
        if not isinstance(value, list):
            raise RequestError("not_a_list", at)
        return tuple(reader(item, f"{at}[{index}]") for index, item in enumerate(value))

    return read_list


def mapped(reader):
    """A reader of an object with names of the caller's own, as a tuple of pairs in the order in which they stand."""

    def read_pairs(value, at):
        if not isinstance(value, dict):
            raise RequestError("not_an_object", at)
        return tuple((name, reader(item, join(at, name))) for name, item in value.items())

    return read_pairs


def read_decimal(value, at):
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise RequestError("not_a_number", at)
    try:
        return parse_decimal(value)
    except NumberError as error:
        raise RequestError(error.reason, at) from None


def read_text(value, at):
    if not isinstance(value, str):
        raise RequestError("not_text", at)
    return value


def read_whole(value, at):
    if isinstance(value, bool) or not isinstance(value, int):
        raise RequestError("not_whole", at)
    return value


def read_flag(value, at):
    if not isinstance(value, bool):
        raise RequestError("not_yes_or_no", at)
    return value


def read_date(value, at):
    """2026-03-01, and nothing looser."""
    found = _read_iso(value, at, date)
    # fromisoformat reads more forms from Python 3.11 on; one form keeps every version equal.
    if found.isoformat() != value:
        raise RequestError("not_a_date", at)
    return found


def read_moment(value, at):
    """A date, or a local or UTC time without an offset: 2026-03-01T10:30:00."""
    if isinstance(value, str) and "T" not in value:
        return read_date(value, at)
    found = _read_iso(value, at, datetime)
    if found.tzinfo is not None or found.isoformat() != value:
        raise RequestError("not_a_date", at)
    return found


def _read_iso(value, at, kind):
    try:
        return kind.fromisoformat(value)
    except (TypeError, ValueError):
        raise RequestError("not_a_date", at) from None


def answer(text, handle, refusals, describe):
    """(answer as text, whether all went well) for a request or a list of requests.

    handle: request -> JSON-able answer. refusals: the exceptions, besides RequestError, that are an answer too:
    {"error": {"kind", "reason", "facts"}} with facts made JSON-able by `describe`. Others are faults and go through.
    """
    refusals = (RequestError, *refusals)

    def answer_one(request):
        try:
            return handle(request)
        except refusals as error:
            facts = {name: describe(value) for name, value in error.facts.items()}
            return {"error": {"kind": type(error).__name__, "reason": error.reason, "facts": facts}}

    try:
        document = load(text)
    except RequestError as error:
        answers = [{"error": {"kind": "RequestError", "reason": error.reason, "facts": error.facts}}]
        document = None
    else:
        answers = [answer_one(request) for request in (document if isinstance(document, list) else [document])]
    whole = answers if isinstance(document, list) else answers[0]
    return json.dumps(whole, indent=2, ensure_ascii=False), not any("error" in one for one in answers)
