"""A table on its way between a spreadsheet and records: cells, values, what a row changes. Values only, no records."""

import io
import re
from dataclasses import dataclass, field
from datetime import date

import xlsxwriter

from ... import csv_cells
from ...csv_cells import open_cell, write_value
from ...engine.numbers import NumberError, parse_decimal
from ...engine.readers.base import Limits
from ...engine.readers.tables.opening import open_table, read_start
from ...engine.readers.tables.text import BrokenRecord
from ...engine.readers.tables.tree_table import MORE, spread

LIMITS = Limits(max_bytes=64 * 1024**2, max_columns=1000, max_cell=4096, max_record=256 * 1024)
MAX_ROWS = 200_000
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ]00:00(?::00(?:\.0+)?)?)?")


@dataclass(frozen=True)
class Column:
    """A column of a layout. kind: text, date or number.   is_told: it is written for people and not read again.

    label: what a person reads, said by the layout in the language of the person.
    """

    name: str
    kind: str = "text"
    is_required: bool = False
    is_told: bool = False


@dataclass
class SheetRow:
    """A row of a file: texts by column, and what becomes of it.

    outcome: new, changed, same, skipped or refused.   problems: pairs of a column (or "") and a sentence with a remedy.
    changes: (column, old text, new text).   notes: sentences that change nothing.
    record: what it is about, where that is here already.   values: of the cells, by column.   vals: to be written.
    source: the usage source whose keys its keys are, where it names no system; None for those of any.
    """

    row_no: int
    texts: dict
    outcome: str = "same"
    name: str = ""
    problems: list = field(default_factory=list)
    changes: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    record: object = None
    vals: dict = field(default_factory=dict)
    values: dict = field(default_factory=dict)
    source: object = None

    def get(self, name):
        """The text of a cell; "" where it is empty or the file has no such column."""
        return self.texts.get(name, "")

    def refuse(self, column, sentence):
        self.problems.append((column, sentence))
        self.outcome = "refused"

    def tell(self):
        """What is wrong with it, or what of it changes, a line each."""
        if self.problems:
            return "\n".join(f"{column}: {sentence}" if column else sentence for column, sentence in self.problems)
        changes = [f"{column}: {old or '–'} → {new}" for column, old, new in self.changes]
        return "\n".join([*changes, *self.notes])


class CellError(ValueError):
    """A cell is no date or no number. kind: what it should be."""

    def __init__(self, kind, text):
        super().__init__(text)
        self.kind, self.text = kind, text[:80]


def read_header(content, file_name, row_path=None):
    """The names of the columns of a file; MORE is among them where later rows may have others. Raises RejectedFile."""
    return [name for name in _open(content, file_name, row_path).header() if name]


def read_sheet(content, file_name, names, row_path=None):
    """The SheetRows of a CSV file, a workbook, or what is in JSON or XML at a row path.

    names: {name in the file, in lower case: our column}; in JSON and XML a name is a path within the row.
    Rows that are no CSV, or hold computed cells, have the one problem "broken". Raises RejectedFile.
    """
    table = _open(content, file_name, row_path)
    written = table.header()
    header = [names.get(name.strip().lower()) for name in written]
    has_more = written[-1:] == [MORE]
    rows = []
    for cells in table:
        if isinstance(cells, BrokenRecord) or len(cells) > len(header):
            rows.append(SheetRow(table.row_no, {}, outcome="refused", problems=[("", "broken")]))
        elif any(cell.strip() for cell in cells):
            texts = {name: open_cell(cell) for name, cell in zip(header, cells) if name}  # noqa: B905 - short rows
            if has_more:
                more = {names.get(name.lower()): open_cell(cell) for name, cell in spread(cells[-1]).items()}
                texts |= {name: text for name, text in more.items() if name}
            rows.append(SheetRow(table.row_no, texts))
        if len(rows) > MAX_ROWS:
            break
    return rows


def _open(content, file_name, row_path):
    delimiter = _find_delimiter(read_start([content], file_name=file_name, limits=LIMITS))
    options = {"delimiter": delimiter, "row_path": row_path}
    return open_table([content], file_name=file_name, limits=LIMITS, options=options)


def _find_delimiter(start):
    """What stands between the names of the header: a comma, a semicolon or a tab. start: the first bytes."""
    line = start.split(b"\n", 1)[0]
    return max(",;\t", key=lambda sign: line.count(sign.encode()))


def read_value(kind, text):
    """The value of a text: a str, date or Decimal; None where it is empty. Raises CellError."""
    if not text:
        return None
    try:
        if kind == "date":
            return date.fromisoformat(_DAY.fullmatch(text)[1])
        return parse_decimal(text) if kind == "number" else text
    except (ValueError, TypeError, NumberError) as error:
        raise CellError(kind, text) from error


def write_csv(names, rows):
    """CSV as bytes, with a byte order mark; a text that a spreadsheet would take for a formula is told apart."""
    return csv_cells.write_csv([names, *rows]).encode("utf-8-sig")


def write_xlsx(names, rows):
    """A workbook with one sheet of texts, as bytes: no cell is a formula, a link or a rounded number."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet()
    bold = book.add_format({"bold": True})
    for number, row in enumerate([names, *rows]):
        for place, value in enumerate(row):
            sheet.write_string(number, place, write_value(value), bold if number == 0 else None)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, max(len(names) - 1, 0), 18)
    book.close()
    return out.getvalue()
