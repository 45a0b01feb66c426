"""From bytes to records: encodings, lines and CSV cells, in bounded memory whatever the file holds.

Lines end in \\n or \\r\\n; quotes are doubled inside quoted cells, which may hold line breaks.
"""

import codecs
import csv
import io
from itertools import chain
from typing import NamedTuple

from ..base import MAX_ERROR_TEXT, MAX_ERROR_VALUE, RejectedFile, RowError, RowFault
from .bookmark import Bookmark
from .unpack import BLOCK, peek

# In which a text may be written. Only these: some of Python's codecs run for ever or are no text at all.
ENCODINGS = (
    "utf-8", "utf-16-le", "utf-16-be", "cp1252", "iso-8859-1", "iso-8859-15", "cp1250", "iso-8859-2", "cp1251",
    "cp1253", "cp1254", "cp1257", "cp437", "cp850", "mac-roman", "shift_jis", "cp932", "euc_jp", "gb18030", "big5",
    "euc_kr",
)  # fmt: skip
_MARKS = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


class BrokenRecord(NamedTuple):
    """A record that no row can be made of: reason of base.RowError, what the cell or the record says, its CSV text."""

    value: str
    text: str
    reason: str = "broken_record"
    column: str | None = None


def file_chunks(file, size=BLOCK):
    """The bytes of an open binary file, `size` at a time."""
    while chunk := file.read(size):
        yield chunk


class Table:
    """The records of one file: first `header()`, then iterate for lists of cells and BrokenRecords, all of them text.

    row_no: number of the record handed out last, as the person's own program counts it, from 1.   skip_rows: how many
    records stand above the header.   bookmark: a Bookmark, behind which records are handed out once the header is.
    is_sparse: whether what no record says has no column.   A subclass says how to iterate.
    """

    is_sparse = False

    def __init__(self, *, file_name, limits, skip_rows=0, bookmark=None):
        self.row_no = 0
        self.file_name = file_name
        self.limits = limits
        self.skip_rows = skip_rows
        self.bookmark = bookmark or Bookmark()
        # As it was given: the bookmark itself moves on.
        self.start_row, self.start = self.bookmark.get()

    def header(self):
        """The names in the first record that is not blank and not skipped, without spaces around them."""
        for cells in self:
            if self.row_no <= self.skip_rows:
                continue
            if isinstance(cells, BrokenRecord):
                raise RejectedFile("broken_header", self.file_name, self.row_no)
            if any(cell.strip() for cell in cells):
                break
        else:
            raise RejectedFile("empty_file", self.file_name)
        if len(cells) > self.limits.max_columns:
            raise RejectedFile(
                "too_many_columns", self.file_name, self.row_no, detail=(len(cells), self.limits.max_columns)
            )
        return [cell.strip() for cell in cells]

    def widen(self, header, names):
        """The header, with those of these names that later records may have; asked before the first record is taken."""
        return header

    def __iter__(self):
        """Go on where the iteration stopped. Raises RejectedFile with file and row, after the rows before it."""
        raise NotImplementedError


class Records(Table):
    """The records of a text of cells between delimiters.

    chunks: iterable of bytes, cut anywhere.   encoding: of ENCODINGS, where no byte order mark says it.   Blank lines
    count in row_no and are not handed out.
    """

    def __init__(self, chunks, *, delimiter=",", encoding=None, **options):
        super().__init__(**options)
        self._block = ""
        self._text = None
        self._lines_before_block = 0
        self._line = 0
        # Of the bytes handed to csv; those before `_skipped_to` are not.
        self._offset = self._skipped_to = 0
        self._has_header = False
        # Whether offsets are those of the bytes as they came; a byte order mark puts them before.
        self._is_as_written = False
        lines = chain.from_iterable(map(self._open_block, self._text_blocks(chunks, encoding)))
        self._reader = csv.reader(lines, delimiter=delimiter, strict=True)

    def header(self):
        names = super().header()
        self._has_header = True
        if self.start > self._offset:
            self._text.seek(0, io.SEEK_END)
            self._skipped_to = self.start
            if self._is_as_written:
                self.bookmark.unread_to = self.start
            self.row_no = self.start_row
        return names

    def __iter__(self):
        while True:
            self._line = self._reader.line_num
            try:
                for cells in self._reader:
                    self.row_no += 1
                    if cells:
                        yield cells
                    self._line = self._reader.line_num
                return
            except csv.Error as error:
                self.row_no += 1
                yield self._broken_record(error, self._line)
            except RejectedFile as error:
                error.file = error.file or self.file_name
                error.row = error.row or self.row_no + 1
                raise

    def _broken_record(self, error, line_before):
        message = str(error)
        if "field limit" in message:
            raise RejectedFile("cell_too_long", self.file_name, self.row_no, detail=self.limits.max_cell)
        if "end of data" in message:
            raise RejectedFile("unclosed_quote", self.file_name, self.row_no)
        # A record that began in an earlier block keeps the lines of this one only: enough to find it.
        first = max(line_before - self._lines_before_block, 0)
        last = self._reader.line_num - self._lines_before_block
        text = "\n".join(self._block.split("\n")[first:last]).rstrip("\r")
        return BrokenRecord("carriage_return" if "new-line" in message else "quote", text)

    def _open_block(self, text):
        self._lines_before_block = self._reader.line_num
        self._block = text
        self._text = io.StringIO(text, newline="\n")
        return self._text

    def _text_blocks(self, chunks, encoding):
        """Text of whole lines. csv reads on for ever after an opening quote, so blocks without a record are counted."""
        row_no, without_record = -1, 0
        head, chunks = peek(chunks)
        self._is_as_written = _find_encoding(head, encoding)[0] == "utf-8"
        for block in _whole_lines(utf8_bytes(chunks, encoding), self.limits):
            if self._has_header and self._reader.line_num == self._line and self._offset >= self._skipped_to:
                # No record is open: a block could begin a file.
                self.bookmark.set(self.row_no, self._offset)
            skipped = max(self._skipped_to - self._offset, 0)
            self._offset += len(block)
            if skipped:
                block = block[skipped:]
                if not block:
                    continue
            text, fault = _decode(block)
            without_record = without_record + len(block) if row_no == self.row_no else 0
            if without_record > self.limits.max_record:
                raise RejectedFile("cell_too_long", detail=self.limits.max_cell)
            row_no = self.row_no
            if text:
                yield text
            if fault:
                raise fault


def _decode(block):
    """(text, None), or (the good lines before the fault, RejectedFile): rows before a bad byte are still numbered."""
    fault = None
    try:
        text = block.decode()
    except UnicodeDecodeError as error:
        fault = RejectedFile("bad_encoding", detail="UTF-8")
        text = block[: block.rfind(b"\n", 0, error.start) + 1].decode()
    at = text.find("\0")
    if at >= 0:
        fault = RejectedFile("nul_byte")
        text = text[: text.rfind("\n", 0, at) + 1]
    return text, fault


def _whole_lines(pieces, limits):
    """Bytes regrouped to end at a line feed; the last group may lack it."""
    open_line, size = [], 0
    for piece in pieces:
        end = piece.rfind(b"\n") + 1
        if end:
            yield b"".join((*open_line, piece[:end]))
            open_line, size = [], 0
        open_line.append(piece[end:])
        size += len(piece) - end
        if size > limits.max_record:
            raise RejectedFile("line_too_long", detail=limits.max_record)
    if size:
        yield b"".join(open_line)


def utf8_bytes(chunks, encoding=None):
    """The text as UTF-8 in pieces of at most about BLOCK, without byte order mark.

    encoding: of ENCODINGS, for a file without a mark; a mark goes before it.   Raises RejectedFile.
    """
    head, chunks = peek(chunks)
    encoding, start = _find_encoding(head, encoding)
    if encoding not in ENCODINGS:
        raise RejectedFile("unknown_encoding", detail=encoding)
    pieces = _cut(chunks, start)
    return pieces if encoding == "utf-8" else _transcode(pieces, encoding)


def _find_encoding(head, encoding):
    """(of ENCODINGS or what was said, bytes of the mark) of a file that begins so."""
    for mark, name in _MARKS.items():
        if head.startswith(mark):
            return name, len(mark)
    return encoding or "utf-8", 0


def _cut(chunks, start):
    for chunk in map(bytes, chunks):
        for at in range(start, len(chunk), BLOCK):
            yield chunk[at : at + BLOCK]
        start = 0


def _transcode(pieces, encoding):
    decoder = codecs.getincrementaldecoder(encoding)()
    label = "UTF-16" if encoding.startswith("utf-16") else encoding
    for piece in chain(pieces, (b"",)):
        try:
            text = decoder.decode(piece, not piece)
        except UnicodeDecodeError as error:
            # The rows before the fault are still numbered.
            yield error.object[: error.start].decode(encoding).encode()
            raise RejectedFile("bad_encoding", detail=label) from None
        yield text.encode()


def distinct_names(header):
    """The names as keys: 'column 5' for one without a name, 'Id (2)' for the second Id."""
    used = set()
    for position, name in enumerate(header, 1):
        key = name = name or f"column {position}"
        number = 1
        while key in used:
            number += 1
            key = f"{name} ({number})"
        used.add(key)
        yield key


def each_row(records, header, make_row, written, shortest=None):
    """Yield what make_row(row_no, cells) returns for each record, or the RowError it raised as RowFault.

    header: names as written.   written: {name used in RowFault: name as written}.   make_row may append to the cells.
    shortest: records may all end early, with so many cells at least. The first one shows how many there are; one that
    differs from it is still a fault, for it was cut off.
    Records of empty cells only, as table programs leave below a table, are passed over.   Raises RejectedFile no_rows.
    """
    width = expected = len(header)
    is_empty = not records.start_row
    for cells in records:
        row_no = records.row_no
        try:
            if isinstance(cells, BrokenRecord):
                item = row_error(row_no, cells.column, cells.reason, cells.value, cells.text)
            else:
                if shortest is not None:
                    expected, shortest = (len(cells) if shortest <= len(cells) < width else width), None
                if len(cells) != expected:
                    raise RowFault(None, "too_many_cells" if len(cells) > expected else "too_few_cells", len(cells))
                if expected < width:
                    cells = cells + [""] * (width - expected)
                item = make_row(row_no, cells)
        except RowFault as fault:
            if fault.column:
                cells = cells[:expected]  # make_row may have appended
            if not any(map(str.strip, cells)):
                continue
            item = row_error(
                row_no, written.get(fault.column, fault.column), fault.reason, fault.value, join_cells(cells)
            )
        is_empty = False
        yield item
    if is_empty:
        raise RejectedFile("no_rows", records.file_name)


def join_cells(cells):
    """The cells as one CSV record with commas, without a line end."""
    out = io.StringIO()
    # csv quotes the line breaks inside cells only if they occur in its own line end.
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue()[:-2]


def row_error(row_no, column, reason, value, text):
    """A RowError with value and text cut to their bounds."""
    encoded = text.encode()
    is_cut = len(encoded) > MAX_ERROR_TEXT
    if is_cut:
        text = encoded[:MAX_ERROR_TEXT].decode(errors="ignore")
    return RowError(row_no, column, reason, str(value)[:MAX_ERROR_VALUE], text, is_cut)
