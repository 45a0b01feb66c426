"""Which elements of a tree are rows: the path a person writes, parsed into steps, and the columns of an element.

    path   = [ "[*]" ] [ step { separator step } ]          the separator is "." in JSON and "/" in XML
    step   = ( name | "*" ) { "[*]" }
    name   = characters other than the separator and [ ] * "   or a JSON string: "a.b"   (in XML @name is an attribute)

`[*]` is every element of a list, `*` every member of an object, whatever its name. A path that ends at a list means its
elements. In XML elements repeat without a mark, so `[*]` says only which of them is held in memory (`split`).
"""

import json
import re
from typing import NamedTuple

from ..base import RejectedFile

MAX_LENGTH = 500
MAX_STEPS = 20
# Deeper than anything a person maps; a tree that goes on is refused, never cut.
MAX_DEPTH = 64
# Elements, objects and lists within one element: each takes many times the memory of its few characters.
MAX_PARTS = 250_000

# What base.RowError says of elements.
ELEMENT_FAULTS = ("not_json", "key_twice", "too_deep", "nul_character", "half_character", "not_expected")

_TOKEN = r'(?P<each>\[\*\])|(?P<any>\*)|(?P<name>[^%s\[\]*"]+)|(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<end>[%s])'
_TOKENS = {separator: re.compile(_TOKEN.replace("%s", re.escape(separator))) for separator in "./"}
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Step(NamedTuple):
    """kind: 'key' (the member called `name`), 'any' (each member), 'each' (each element of a list), or
    'spread' (each element of a list, and what is no list itself)."""

    kind: str
    name: str = ""


class Found(NamedTuple):
    """An element at a wanted path. keys: the names that the `*` steps to it met.   length: of its text, about."""

    route: str
    value: object
    keys: tuple
    length: int


class BrokenElement(NamedTuple):
    """A part of a file that is no element: `reason` is one of ELEMENT_FAULTS, `text` is what it says."""

    reason: str
    text: str


class BadElement(ValueError):
    """An element that cannot become a row: `reason` is one of ELEMENT_FAULTS."""

    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason


class Repeated(dict):
    """An object in which a name came twice: which of the two is meant is not known."""


def parse_path(text, separator="."):
    """The Steps of a row path; () for an empty one. Raises RejectedFile bad_row_path."""
    text = (text or "").strip()
    token = _TOKENS[separator]
    steps, at, wants_step = [], 0, True
    if len(text) > MAX_LENGTH:
        raise RejectedFile("bad_row_path", detail=text[:MAX_LENGTH])
    if separator == "/" and text.startswith("/"):
        at = 1
    while at < len(text):
        match = token.match(text, at)
        kind = match and match.lastgroup
        if kind == "end" and not wants_step:
            wants_step = True
        elif kind == "each" and (steps or separator == ".") and (not wants_step or not steps):
            steps.append(Step("each"))
            wants_step = False
        elif kind in ("any", "name", "quoted") and wants_step:
            steps.append(_named(kind, match[0], text))
            wants_step = False
        else:
            raise RejectedFile("bad_row_path", detail=text)
        at = match.end()
    if len(steps) > MAX_STEPS or (text and wants_step):
        raise RejectedFile("bad_row_path", detail=text)
    return tuple(steps)


def _named(kind, token, text):
    if kind == "any":
        return Step("any")
    try:
        return Step("key", token.strip() if kind == "name" else json.loads(token))
    except ValueError:
        raise RejectedFile("bad_row_path", detail=text) from None


def split_json(steps):
    """(steps to the element that is held in memory, steps from it to the rows): cut behind the first repeated step."""
    for position, step in enumerate(steps, 1):
        if step.kind != "key":
            rest = steps[position:]
            return steps[:position], (*rest, Step("spread")) if rest and rest[-1].kind == "key" else rest
    return (*steps, Step("spread")), ()


def split_xml(steps):
    """As split_json: the element held in memory is the first with a mark, or the last of the path."""
    marked = [position for position, step in enumerate(steps) if step.kind == "each"]
    cut = marked[0] if marked else len(steps)
    rest = []
    for step in steps[cut:]:
        if step.kind != "each":
            rest += [step, Step("spread")]
    return steps[:cut], tuple(rest)


def rows_of(element, steps, separator=".", key=None):
    """Yield {column: text} of each row that an element holds at `steps`.

    Columns are named by their path from the element; members of what lies around a row are columns of it too.
    key: what the element is called where the last step to it was '*'.   Raises BadElement.
    """
    around = {} if key is None else {"*": key}
    yield from _expand(element, steps, "", around, separator)


def _expand(value, steps, prefix, around, separator):
    if not steps:
        columns = dict(around)
        _flatten(value, prefix, columns, separator)
        check_characters(columns)
        yield columns
        return
    step, rest = steps[0], steps[1:]
    if step.kind in ("each", "spread"):
        if isinstance(value, list):
            for item in value:
                yield from _expand(item, rest, prefix, around, separator)
        elif step.kind == "spread":
            yield from _expand(value, rest, prefix, around, separator)
    elif isinstance(value, dict):
        if step.kind == "any":
            name = _join(prefix, "*", separator)
            for key, item in value.items():
                yield from _expand(item, rest, name, {**around, name: key}, separator)
        elif step.name in value:
            around = dict(around)
            _flatten_members(value, prefix, around, separator, 0, without=step.name)
            yield from _expand(value[step.name], rest, _join(prefix, step.name, separator), around, separator)


def _flatten(value, prefix, columns, separator):
    """Write the cells of a row into `columns`, named by path. Raises BadElement."""
    if isinstance(value, dict):
        _flatten_members(value, prefix, columns, separator, 0)
    elif isinstance(value, list) and not prefix:
        _flatten_members({f"column {place}": item for place, item in enumerate(value, 1)}, "", columns, separator, 0)
    else:
        # What has no name but the column of its key is called value.
        name = prefix if prefix and prefix not in columns else _join(prefix, "value", separator)
        _put(columns, name, cell_text(value))


def _flatten_members(value, prefix, columns, separator, depth, without=None):
    """Write the members of an object into `columns`; lists become JSON, in which numbers are texts.

    value: as JSON says it, numbers as text. A member called '' is the text of its object (XML).
    """
    if depth > MAX_DEPTH:
        raise BadElement("too_deep")
    if type(value) is Repeated:
        raise BadElement("key_twice")
    start = f"{prefix}{separator}" if prefix else ""
    for key, item in value.items():
        if key == without and without is not None:
            continue
        name = f"{start}{key}" if key else prefix or "value"
        if type(item) is str:
            _put(columns, name, item)
        elif isinstance(item, dict):
            _flatten_members(item, name, columns, separator, depth + 1)
        else:
            _put(columns, name, cell_text(item))


def _put(columns, name, text):
    if name in columns:
        raise BadElement("key_twice")
    columns[name] = text


def cell_text(value):
    """The text of a scalar, or a list or an object as JSON; '' for null."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if value is True or value is False:
        return "true" if value else "false"
    try:
        _check_list(value, 0)
        return _ENCODE(value)
    except RecursionError:
        raise BadElement("too_deep") from None


def _check_list(value, depth):
    if depth > MAX_DEPTH:
        raise BadElement("too_deep")
    if type(value) is Repeated:
        raise BadElement("key_twice")
    for item in value.values() if isinstance(value, dict) else value:
        if isinstance(item, (dict, list)):
            _check_list(item, depth + 1)


def check_characters(columns):
    """What a database text cannot hold: a NUL, and half of a character that needs two."""
    text = "".join((*columns, *columns.values()))
    if "\0" in text or "\\u0000" in text:
        raise BadElement("nul_character")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise BadElement("half_character") from None


def _join(prefix, name, separator):
    if not prefix or not name:
        return prefix or name
    return f"{prefix}{separator}{name}"
