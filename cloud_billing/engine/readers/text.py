"""From bytes to records: gzip, UTF-8, lines and CSV cells, in bounded memory whatever the file holds.

Lines end in \\n or \\r\\n; quotes are doubled inside quoted cells, which may hold line breaks.
"""

import csv
import io
import zlib
from itertools import chain
from typing import NamedTuple

from .base import MAX_ERROR_TEXT, MAX_ERROR_VALUE, RejectedFile, RowError, RowFault

BLOCK = 256 * 1024
_BOM = b"\xef\xbb\xbf"
_BINARY = {b"PK\x03\x04": "zip", b"PAR1": "parquet", b"\xd0\xcf\x11\xe0": "xls", b"%PDF": "pdf"}


class BrokenRecord(NamedTuple):
    """A record that is not CSV: `value` says what is wrong (base, broken_record), `text` holds its lines."""

    value: str
    text: str


def file_chunks(file, size=BLOCK):
    """The bytes of an open binary file, `size` at a time."""
    while chunk := file.read(size):
        yield chunk


class Records:
    """The records of one CSV file: first `header()`, then iterate for lists of cells and BrokenRecords.

    chunks: iterable of bytes, cut anywhere, gzip or not.   row_no: number of the record handed out last, the header is
    1; blank lines count and are not handed out.   Raises RejectedFile with file and row, after the rows before it.
    """

    def __init__(self, chunks, *, file_name, limits, delimiter=","):
        self.row_no = 0
        self.file_name = file_name
        self.limits = limits
        self._block = ""
        self._lines_before_block = 0
        self._lines = None
        lines = chain.from_iterable(map(self._open_block, self._text_blocks(chunks)))
        self._reader = csv.reader(lines, delimiter=delimiter, strict=True)

    def header(self):
        """The names in the first record that is not blank, without spaces around them."""
        for cells in self:
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

    def __iter__(self):
        while True:
            line = self._reader.line_num
            try:
                for cells in self._reader:
                    self.row_no += 1
                    if cells:
                        yield cells
                    line = self._reader.line_num
                return
            except csv.Error as error:
                self.row_no += 1
                yield self._broken_record(error, line)
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
        return io.StringIO(text, newline="\n")

    def _text_blocks(self, chunks):
        """Text of whole lines. csv reads on for ever after an opening quote, so blocks without a record are counted."""
        row_no, without_record = -1, 0
        for block in _whole_lines(text_bytes(chunks, self.limits), self.limits):
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


def text_bytes(chunks, limits):
    """The bytes of the text in pieces of at most BLOCK: decompressed, without byte order mark, within the limits."""
    head, chunks = _peek(chunks)
    if head.startswith(b"\x1f\x8b"):
        head, chunks = _peek(_inflate(chunks, limits))
    for magic, kind in _BINARY.items():
        if head.startswith(magic):
            raise RejectedFile("not_text", detail=kind)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise RejectedFile("bad_encoding", detail="UTF-16")
    start = len(_BOM) if head.startswith(_BOM) else 0
    total = 0
    for chunk in map(bytes, chunks):
        total += len(chunk)
        if total > limits.max_bytes:
            raise RejectedFile("too_large", detail=limits.max_bytes)
        for at in range(start, len(chunk), BLOCK):
            yield chunk[at : at + BLOCK]
        start = 0


def _peek(chunks):
    """(the first bytes, at least four unless the file is shorter; all chunks with the first ones joined)."""
    chunks = iter(chunks)
    head = b""
    for chunk in chunks:
        head += bytes(chunk)
        if len(head) >= 4:
            break
    return head, chain((head,), chunks)


def _inflate(chunks, limits):
    """Decompress one or more gzip members. A missing end is a fault, never a shorter file."""
    member = zlib.decompressobj(wbits=31)
    taken = given = 0
    for data in map(bytes, chunks):
        taken += len(data)
        while data:
            if member is None:
                # Tape and block tools fill up with zeros after the last member.
                data = data.lstrip(b"\0")
                if not data:
                    break
                member = zlib.decompressobj(wbits=31)
            try:
                text = member.decompress(data, BLOCK)
            except zlib.error:
                raise RejectedFile("corrupt_gzip") from None
            data = member.unused_data if member.eof else member.unconsumed_tail
            given += len(text)
            if given > limits.ratio_from and given > limits.max_ratio * (taken - len(data)):
                raise RejectedFile("ratio_too_high", detail=limits.max_ratio)
            if text:
                yield text
            if member.eof:
                member = None
    yield from _rest_of(member)


def _rest_of(member):
    """What a member still holds when the input is over; raises unless it is complete."""
    if member is None:
        return
    while text := member.decompress(b"", BLOCK):
        yield text
    if not member.eof:
        raise RejectedFile("truncated_gzip")


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


def each_row(records, header, make_row, written):
    """Yield what make_row(row_no, cells) returns for each record, or the RowError it raised as RowFault.

    header: names as written.   written: {name used in RowFault: name as written}.   make_row may append to the cells.
    Records of empty cells only, as table programs leave below a table, are passed over.   Raises RejectedFile no_rows.
    """
    width = len(header)
    is_empty = True
    for cells in records:
        row_no = records.row_no
        try:
            if isinstance(cells, BrokenRecord):
                item = row_error(row_no, None, "broken_record", cells.value, cells.text)
            elif len(cells) == width:
                item = make_row(row_no, cells)
            else:
                raise RowFault(None, "too_many_cells" if len(cells) > width else "too_few_cells", len(cells))
        except RowFault as fault:
            if fault.column:
                cells = cells[:width]  # make_row may have appended
            if not any(map(str.strip, cells)):
                continue
            item = row_error(
                row_no, written.get(fault.column, fault.column), fault.reason, fault.value, join_cells(cells)
            )
        is_empty = False
        yield item
    if is_empty:
        raise RejectedFile("no_rows", records.file_name)


def reread(reader, header, text, *, row_no, file_name, limits, options=None):
    """The usage rows and errors of a corrected `RowError.text`, as a list: one, more if the text holds more records.

    header: the file's own, from `read_header`.   options: those of the file; `text` has commas whatever the file had.
    Raises RejectedFile, no_rows when nothing is left of the record.
    """
    options = {**(options or {}), "delimiter": ","}
    file = f"{join_cells(header)}\r\n{text}\r\n".encode()
    items = reader.read([file], file_name=file_name, limits=limits, options=options)
    return [item._replace(row_no=row_no) for item in items]


def read_header(chunks, *, file_name, limits, options=None):
    """The column names of a file, for choosing or checking its reader. Raises RejectedFile."""
    options = options or {}
    return Records(chunks, file_name=file_name, limits=limits, delimiter=options.get("delimiter") or ",").header()


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
