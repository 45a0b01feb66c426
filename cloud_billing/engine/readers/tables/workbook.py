"""A sheet of an Excel workbook (.xlsx) as a table, row by row, every number with the digits that the file holds.

openpyxl (MIT) knows what a workbook is; it is not asked for numbers, because it makes floats of them. What it reads of
a hostile file is bounded before it sees it: the size of each part, of each row and of the shared texts, no DTD.

A formula is never computed and what it once gave is never taken: whether that is still true nobody knows.
"""

import re
import warnings
from datetime import datetime

from ..base import RejectedFile
from .text import BrokenRecord, Table, join_cells

_MAX_ROWS, _MAX_COLUMNS = 1_048_576, 16_384
# Of styles, list of sheets and the like, which are read as a whole; and of the texts that the sheets share.
_MAX_PART = 16 * 1024**2
_MAX_TEXTS_PART, _MAX_TEXTS = 128 * 1024**2, 2_000_000
_MAX_NAMES_SHOWN = 20
_HEAD = 4096
_ROOT = re.compile(rb"<[A-Za-z_]")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_OTHER_KINDS = {"xl/vbaProject.bin": "xlsm", "xl/workbook.bin": "xlsb"}


class Workbook(Table):
    """One sheet: the one that is named, or the only one that is not hidden. Empty rows count and are not handed out.

    archive: an unpack.Archive.   row_no: as the sheet numbers its rows.
    """

    def __init__(self, archive, *, sheet=None, **options):
        super().__init__(**options)
        for name, kind in _OTHER_KINDS.items():
            if name in archive.members:
                raise RejectedFile("not_text", detail=kind)
        self._names = []
        self._parts = _Parts(archive, self.limits)
        path, self._look = _guarded(self._open_book, sheet)
        self._rows = self._read(path)

    def header(self):
        names = super().header()
        while names and not names[-1]:
            names.pop()
        self._names = names
        return names

    def __iter__(self):
        return self._rows

    def _open_book(self, wanted):
        """(path of the sheet within the archive, how its cells look). Raises RejectedFile."""
        from openpyxl.reader.excel import ExcelReader

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = ExcelReader(self._parts.archive.file, read_only=True, keep_links=False)
            book.archive = self._parts
            book.read_manifest()
            book.read_workbook()
            sheets = [
                (sheet, link.target) for sheet, link in book.parser.find_sheets() if link.Type.endswith("/worksheet")
            ]
        found = [path for sheet, path in sheets if (sheet.name == wanted if wanted else sheet.state == "visible")]
        if not sheets:
            raise RejectedFile("empty_file")
        if len(found) != 1:
            names = tuple(sheet.name for sheet, _path in sheets[:_MAX_NAMES_SHOWN])
            raise RejectedFile("several_sheets", detail=names)
        return found[0], _Look(book.wb.epoch, self._read_texts(book.package), self._read_styles(book.package))

    def _read_styles(self, package):
        """The number formats of the cells' styles, in order. Nothing else of styles matters, however odd it is."""
        from openpyxl.styles.numbers import BUILTIN_FORMATS
        from openpyxl.xml.constants import SHEET_MAIN_NS, STYLES_TYPE
        from openpyxl.xml.functions import fromstring

        part = package.find(STYLES_TYPE)
        if part is None:
            return []
        root = fromstring(self._parts.read(part.PartName.lstrip("/")))
        names = {"m": SHEET_MAIN_NS}
        codes = {
            int(node.get("numFmtId")): node.get("formatCode") for node in root.iterfind("m:numFmts/m:numFmt", names)
        }
        numbers = [int(node.get("numFmtId", 0)) for node in root.iterfind("m:cellXfs/m:xf", names)]
        return [codes.get(number) or BUILTIN_FORMATS.get(number, "General") for number in numbers]

    def _read_texts(self, package):
        """The texts that cells name by number."""
        from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS
        from openpyxl.xml.functions import iterparse

        part = package.find(SHARED_STRINGS)
        texts = []
        if part is None:
            return texts
        tag = f"{{{SHEET_MAIN_NS}}}si"
        with self._parts.open(part.PartName.lstrip("/"), limit=_MAX_TEXTS_PART) as source:
            events = iterparse(source, events=("start", "end"))
            _start, root = next(events)
            for event, node in events:
                if event == "end" and node.tag == tag:
                    texts.append(_unescape(_join_text(node, f"{{{SHEET_MAIN_NS}}}")))
                    root.clear()
                    source.start_record()
                    if len(texts) > _MAX_TEXTS:
                        raise RejectedFile("too_large", detail=_MAX_TEXTS_PART)
        return texts

    def _read(self, path):
        from openpyxl.worksheet._reader import DATA_TAG, ROW_TAG, WorkSheetParser
        from openpyxl.xml.functions import iterparse

        look = self._look
        parser = WorkSheetParser(
            None, look.texts, epoch=look.epoch, date_formats=look.moments, timedelta_formats=look.durations
        )

        def parse():
            with self._parts.open(path, limit=self.limits.max_bytes) as source:
                for _event, node in iterparse(source):
                    if node.tag == ROW_TAG:
                        source.start_record()
                        if self._names and self._is_taken(parser, node):
                            node.clear()
                            continue
                        row_no, cells = parser.parse_row(node)
                        yield row_no, [(cell, look.read(cell, child)) for cell, child in zip(cells, node, strict=True)]
                        node.clear()
                    elif node.tag == DATA_TAG:
                        return

        rows = parse()
        while True:
            if self._names and self.row_no >= self.start_row:
                self.bookmark.set(self.row_no, 0)
            try:
                found = _guarded(next, rows, None)
                if found is None:
                    return
                record = self._take(*found)
            except RejectedFile as error:
                error.file = error.file or self.file_name
                error.row = error.row or self.row_no + 1
                raise
            if record:
                yield record

    def _is_taken(self, parser, node):
        """Whether a row stands before the bookmark: it is numbered and not read, which takes most of the time."""
        number = node.get("r")
        row_no = int(number) if number else parser.row_counter + 1
        if row_no > self.start_row:
            return False
        if row_no <= self.row_no:
            raise RejectedFile("corrupt_workbook")
        self.row_no = parser.row_counter = row_no
        return True

    def _take(self, row_no, found):
        """The record of a row: its cells from the first column on; None for an empty one. Raises RejectedFile."""
        if not self.row_no < row_no <= _MAX_ROWS or any(
            not 0 < cell["column"] <= _MAX_COLUMNS for cell, _text in found
        ):
            raise RejectedFile("corrupt_workbook")
        self.row_no = row_no
        filled = {cell["column"]: text for cell, text in found if text}
        if not filled:
            return None
        cells = [filled.get(column, "") for column in range(1, max(len(self._names), *filled) + 1)]
        if any("\0" in text for text in filled.values()):
            raise RejectedFile("nul_byte")
        for cell, text in found:
            if cell["data_type"] in ("f", "e") and text:
                column = self._names[cell["column"] - 1] if cell["column"] <= len(self._names) else None
                return BrokenRecord(text, join_cells(cells), "formula_cell", column)
        return cells


class _Look:
    """How cells are read: the texts they share, and which styles make a number a date."""

    def __init__(self, epoch, texts, formats):
        from openpyxl.styles.numbers import is_date_format, is_datetime, is_timedelta_format
        from openpyxl.worksheet._reader import VALUE_TAG

        self.epoch = epoch
        self.texts = texts
        self.moments = {number for number, code in enumerate(formats) if is_date_format(code)}
        self.durations = {number for number, code in enumerate(formats) if is_timedelta_format(code)}
        # A date alone is a whole day to some readers, a moment at midnight is not: the style says which is meant.
        self.days = {number for number in self.moments if is_datetime(formats[number]) == "date"}
        self._value_tag = VALUE_TAG

    def read(self, cell, node):
        """The text of a cell: '' when empty, a number as the file writes it."""
        value, kind = cell["value"], cell["data_type"]
        if value is None:
            return ""
        if kind == "n":
            return node.findtext(self._value_tag).strip()
        if kind == "b":
            return "true" if value else "false"
        if isinstance(value, datetime):
            text = value.isoformat(" ")
            return text[:10] if cell["style_id"] in self.days and text.endswith(" 00:00:00") else text
        if kind == "f":
            return value if isinstance(value, str) else getattr(value, "text", None) or "="
        return _unescape(value) if kind == "s" and node.get("t") != "s" else str(value)


class _Parts:
    """The archive as openpyxl reads it, every part looked at before it is parsed."""

    def __init__(self, archive, limits):
        self.archive = archive
        self.limits = limits
        self.filename = None

    def namelist(self):
        return list(self.archive.members)

    def read(self, name):
        with self.open(name) as part:
            return part.read()

    def open(self, name, mode="r", limit=_MAX_PART):
        """A part that is neither longer than `limit` nor has a DTD, as _Part. Raises KeyError, RejectedFile."""
        member = self.archive.members[name]
        if member.flag_bits & 1:
            raise RejectedFile("encrypted", detail="xlsx")
        if member.file_size > limit:
            raise RejectedFile("too_large", detail=limit)
        head = b"".join(self._head(name))
        root = _ROOT.search(head)
        # No program writes a DTD into a workbook; with one, a few bytes become many, or a file of the server.
        if not root or b"\0" in head or b"<!" in head[: root.start()].replace(b"<!--", b""):
            raise RejectedFile("corrupt_workbook")
        return _Part(self.archive.read(name), self.limits)

    def _head(self, name):
        pieces = self.archive.read(name)
        yield next(pieces, b"")[:_HEAD]
        pieces.close()


class _Part:
    """The unpacked bytes of a part as a file to read from, refused where one record of it grows too long."""

    def __init__(self, pieces, limits):
        self.pieces = pieces
        self.limits = limits
        self.rest = b""
        self.since_record = 0

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.pieces.close()

    def start_record(self):
        self.since_record = 0

    def read(self, size=-1):
        if size < 0:
            rest, self.rest = self.rest, b""
            return b"".join((rest, *self.pieces))
        if not self.rest:
            self.rest = next(self.pieces, b"")
        piece, self.rest = self.rest[:size], self.rest[size:]
        self.since_record += len(piece)
        if self.since_record > self.limits.max_record:
            raise RejectedFile("line_too_long", detail=self.limits.max_record)
        return piece


def _guarded(function, *arguments):
    """What function gives. Raises RejectedFile, also for whatever openpyxl stumbles over in a broken workbook."""
    try:
        return function(*arguments)
    except RejectedFile:
        raise
    except MemoryError:
        raise RejectedFile("too_large", detail=_MAX_TEXTS_PART) from None
    except Exception:
        raise RejectedFile("corrupt_workbook") from None


def _join_text(node, space):
    """The text of a shared text, of one style or of several; how Japanese is pronounced does not belong to it."""
    runs = [child.find(f"{space}t") if child.tag == f"{space}r" else child for child in node]
    return "".join(run.text or "" for run in runs if run is not None and run.tag == f"{space}t")


def _unescape(text):
    """Letters that XML cannot hold are written by their number."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text
