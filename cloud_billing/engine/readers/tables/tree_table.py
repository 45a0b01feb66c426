"""JSON, JSON lines and XML as tables: one record per element at the row path, a column per path within it.

The header is what the first elements have. When the file goes on after them it ends in one more column, MORE: a JSON
object of the cells that later elements have under other names. `spread` takes it apart again, so that an element is the
same content whichever elements came before it.
"""

import contextlib
import json
import re
from collections import deque
from json.encoder import encode_basestring as json_string

from ..base import RejectedFile
from . import json_tree, xml_tree
from .text import BrokenRecord, Table, utf8_bytes
from .tree_path import BadElement, BrokenElement, Step, parse_path, rows_of, split_json, split_xml
from .xml_schema import open_checked

MORE = "more columns"
# The header is made of the elements that fit in both.
HEADER_ROWS = 1000
HEADER_CHARACTERS = 4 * 1024 * 1024
_JSON = re.compile(r'\s*(?:\{\s*["}]|\[\s*[\[{"\]\d\-tfn])')
_XML = re.compile(r"\s*<[?!A-Za-z_]")


def sniff_text(head):
    """The beginning of a file as text, for telling kinds apart by characters that are ASCII in every encoding."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head[: len(head) // 2 * 2].decode("utf-16", errors="replace")
    return head.removeprefix(b"\xef\xbb\xbf").decode("latin-1")


def is_json(head, _file_name=""):
    """Whether a file that begins so is JSON or JSON lines."""
    return bool(_JSON.match(sniff_text(head)))


def is_xml(head, _file_name=""):
    """Whether a file that begins so is XML, or HTML."""
    return bool(_XML.match(sniff_text(head)))


def open_json(chunks, *, file_name, limits, options):
    """The table of a JSON document or of JSON lines. Option: row_path, see tree_path."""
    route, rest = split_json(parse_path(options.get("row_path")))
    texts = json_tree.decode_text(utf8_bytes(chunks, options.get("encoding")))

    def open_rows(reach):
        return _expanded(json_tree.find(texts, {"row": route}, limits, reach), route, rest, limits, ".")

    return _open_tree(open_rows, file_name, limits, options)


def open_xml(chunks, *, file_name, limits, options):
    """The table of an XML document. Options: row_path, without which the rows are the children of the root; schema."""
    steps = parse_path(options.get("row_path"), "/") or (Step("any"), Step("any"))
    route, rest = split_xml(steps)
    if options.get("schema"):
        chunks = open_checked(chunks, options["schema"], len(route), limits)

    def open_rows(reach):
        return _expanded(xml_tree.find(chunks, {"row": route}, limits, reach), route, rest, limits, "/")

    return _open_tree(open_rows, file_name, limits, options)


def _open_tree(open_rows, file_name, limits, options):
    path, bookmark = options.get("row_path") or "", options.get("bookmark")
    return TreeTable(open_rows, file_name=file_name, limits=limits, path=path, bookmark=bookmark)


def _expanded(found, route, rest, limits, separator):
    """Yield ({column: text}, its length) of each row, or a BrokenElement."""
    has_key = bool(route) and route[-1].kind == "any"
    taken = given = 0
    for element in found:
        if isinstance(element, BrokenElement):
            yield element, len(element.text)
            continue
        taken += element.length
        try:
            for cells in rows_of(element.value, rest, separator, element.keys[-1] if has_key else None):
                size = sum(map(len, cells.values()))
                given += size
                # What lies around many rows is repeated in each of them.
                if given > limits.ratio_from and given > limits.max_ratio * taken:
                    raise RejectedFile("ratio_too_high", detail=limits.max_ratio)
                yield cells, size
        except BadElement as error:
            yield BrokenElement(error.reason, as_json(element.value)), element.length


def as_json(value):
    """What of an element can be shown as JSON."""
    try:
        return json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    except (ValueError, RecursionError):
        return ""


class TreeTable(Table):
    """The rows of a tree; row_no is the number of the row, from 1, and the header has none.

    open_rows(reach): pairs (dict of cells or BrokenElement, length) as _expanded yields them; reach as json_tree.find
    takes it.   path: as it was written.
    """

    is_sparse = True

    def __init__(self, open_rows, *, file_name, limits, path="", bookmark=None):
        super().__init__(file_name=file_name, limits=limits, bookmark=bookmark)
        self._path = path
        self._rows = self._count(open_rows(self._reach))
        # Number of the row made last: of those that wait in _first, and of those that nobody needs.
        self._made = 0
        self._go_to = 0
        self._first = deque()
        self._names = None
        self._has_more = False

    def header(self):
        """The names of the columns of the first rows, in the order in which they came."""
        if self._names is None:
            with self._located():
                self._names = self._find_names()
        return [*self._names, *((MORE,) if self._has_more else ())]

    def widen(self, header, names):
        known = {name.lower() for name in self._names}
        self._names += [name for name in names if name.lower() not in known]
        return self.header()

    def _find_names(self):
        names, left = {}, HEADER_CHARACTERS
        for row, length in self._rows:
            self._first.append(row)
            if left < 0 or len(self._first) > HEADER_ROWS:
                self._has_more = True
                break
            if not isinstance(row, BrokenElement):
                names.update(dict.fromkeys(row))
            self._check_width(names)
            left -= length
        if not names:
            raise self._refusal()
        return list(names)

    def _count(self, rows):
        for row in rows:
            self._made += 1
            yield row

    def _reach(self, place):
        """Move the bookmark to a place before which every row was handed out; the place to go to, or 0."""
        if self._go_to > place:
            place, self._go_to = self._go_to, 0
            self._made = self.start_row
            return place
        if self.row_no == self._made >= self.start_row:
            self.bookmark.set(self.row_no, place)
        return 0

    def _skip(self):
        """Go to the row behind the bookmark: at once where it says the place, else row by row, and none is read."""
        if self._made < self.start_row:
            self._first.clear()
            self._go_to = self.start
            self.row_no = self.start_row
            for row, _length in self._rows:
                if self._made > self.start_row:
                    self._first.append(row)
                    return

    def _refusal(self):
        """Why there is no column at all: nothing at the row path, or nothing but broken elements."""
        broken = next((row for row in self._first if isinstance(row, BrokenElement)), None)
        if broken:
            return RejectedFile("broken_elements", detail=broken.reason)
        return RejectedFile("no_elements", detail=self._path)

    def _check_width(self, names):
        if len(names) > self.limits.max_columns:
            raise RejectedFile("too_many_columns", detail=(len(names), self.limits.max_columns))

    def __iter__(self):
        self.header()
        with self._located():
            self._skip()
            while self._first:
                yield self._record(self._first.popleft())
            for row, _length in self._rows:
                yield self._record(row)

    @contextlib.contextmanager
    def _located(self):
        """Say in which file and behind which row reading stopped."""
        try:
            yield
        except RejectedFile as error:
            error.file = error.file or self.file_name
            error.row = error.row or self.row_no + len(self._first) + 1
            raise

    def _record(self, row):
        self.row_no += 1
        if isinstance(row, BrokenElement):
            return BrokenRecord("", row.text, row.reason)
        cells = [row.pop(name, "") for name in self._names]
        if self._has_more:
            cells.append(_more(row) if row else "")
        return cells


def _more(cells):
    return f"{{{','.join(f'{json_string(name)}:{json_string(cell)}' for name, cell in sorted(cells.items()))}}}"


def spread(cell):
    """{column: text} of a cell of the column MORE; one that _more did not write stays under that name."""
    try:
        cells = json.loads(cell) if cell else {}
    except ValueError:
        cells = None
    is_ours = isinstance(cells, dict) and all(isinstance(text, str) for text in cells.values())
    return cells if is_ours else {MORE: cell}
