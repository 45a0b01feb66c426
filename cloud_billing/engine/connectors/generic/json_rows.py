"""The rows of a system's answers as JSON lines, whatever stood around them: what an own format then maps.

Rows are at a row path (readers.tree_path), and columns are named as a reader of JSON names them, so that a format that
was made from a file reads the answers too. Numbers stay the text that was sent.
"""

import hashlib
import json
import tempfile

from ...readers.base import RejectedFile
from ...readers.tables.tree_path import BadElement, Repeated, parse_path, rows_of, split_json
from ..errors import ConnectorError

# Rows are kept in memory up to so many bytes, then in a file that nobody else can open.
IN_MEMORY = 8 * 1024**2
_BLOCK = 256 * 1024
_ENCODE = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode
# Faults of one row, which its reader tells about that row; any other makes the whole answer unusable.
_FAULTS_OF_A_ROW = ("nul_character", "half_character")


class RowPath:
    """Where the rows of an answer are. Raises RejectedFile bad_row_path for a text that is no path."""

    def __init__(self, text):
        self.text = text or ""
        self.route, self.rest = split_json(parse_path(text))

    def rows(self, answer):
        """Yield {column: text} of each row of a decoded answer. Raises ConnectorError no_rows_there, bad_answer."""
        try:
            for element, key in self._elements(answer, self.route, None):
                yield from self._rows_of(element, key)
        except (KeyError, RecursionError):
            raise ConnectorError("no_rows_there", path=self.text or "[*]") from None

    def _elements(self, value, steps, key):
        """The elements at the steps. KeyError where there is no such place, which is not the same as no rows."""
        if not steps:
            yield value, key
            return
        step, rest = steps[0], steps[1:]
        if value is None:
            return
        if isinstance(value, list) and step.kind in ("each", "spread"):
            for item in value:
                yield from self._elements(item, rest, key)
        elif step.kind == "spread" and isinstance(value, dict):
            yield from self._elements(value, rest, key)
        elif isinstance(value, dict) and step.kind == "any":
            for name, item in value.items():
                yield from self._elements(item, rest, name)
        elif isinstance(value, dict) and step.kind == "key":
            yield from self._elements(value[step.name], rest, key)
        else:
            raise KeyError(step.name)

    def _rows_of(self, element, key):
        try:
            yield from rows_of(element, self.rest, ".", key)
        except BadElement as error:
            if error.reason not in _FAULTS_OF_A_ROW:
                raise ConnectorError("bad_answer", detail=error.reason) from None
            yield element if isinstance(element, dict) else {"value": element}


def decode(text):
    """The value of a JSON text, numbers as the text that was written. Raises ConnectorError bad_answer."""
    try:
        return json.loads(text, object_pairs_hook=_make_object, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        raise ConnectorError("bad_answer", detail="no JSON") from None


def _make_object(pairs):
    value = dict(pairs)
    return value if len(value) == len(pairs) else Repeated(value)


def look_up(value, path):
    """The text of a single value at a path of names, None where it is missing or null.

    A name that is there as it was written counts though it has points: @odata.nextLink.
    """
    if isinstance(value, dict) and path in value:
        return _as_text(value[path])
    for step in parse_path(path):
        if not isinstance(value, dict) or step.kind != "key":
            return None
        value = value.get(step.name)
    return _as_text(value)


def _as_text(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else None


def find_bad_path(text, names_only=False):
    """Whether a text is no path, or no path of names alone where a single value is meant."""
    try:
        steps = parse_path(text)
    except RejectedFile:
        return True
    return names_only and any(step.kind != "key" for step in steps)


def write_line(row):
    """The line of a row, {column: text}."""
    return _ENCODE(row).encode() + b"\n"


class Lines:
    """Rows that were collected, as JSON lines: all of them are there before the first is handed on.

    A walk through pages that breaks off leaves nothing, so half an answer is never taken for a whole one.
    """

    def __init__(self, max_bytes):
        self.count = 0
        self._max_bytes = max_bytes
        self._size = 0
        self._digest = hashlib.sha256()
        # Closed, and with it gone, when nobody holds the lines any more.
        self._file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115

    def add(self, line):
        """Add a line of write_line. Raises ConnectorError too_large."""
        self._size += len(line)
        if self._size > self._max_bytes:
            raise ConnectorError("too_large", limit=self._max_bytes)
        self._digest.update(line)
        self._file.write(line)
        self.count += 1

    @property
    def version(self):
        """Differs where the rows differ."""
        return f"sha256:{self._digest.hexdigest()}"

    def chunks(self):
        """Yield the lines as blocks of bytes."""
        self._file.seek(0)
        while block := self._file.read(_BLOCK):
            yield block
