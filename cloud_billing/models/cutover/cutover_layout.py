"""The layout of a cutover file: its columns, how a cell becomes a value, and a value a cell again. Values only.

The same columns are read and written, so that what was exported can be imported, and is found to be there already.
"""

import csv
import io
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ... import csv_cells
from ...csv_cells import FORMULA, open_cell
from ...engine.numbers import NumberError, parse_decimal
from ...engine.readers import BrokenRecord, Limits, RejectedFile, open_table

LIMITS = Limits(max_bytes=32 * 1024**2, max_columns=100, max_cell=4096, max_record=256 * 1024)
MAX_ROWS = 20_000
_CYCLE = re.compile(r"(?:(\d{1,4}) )?(day|week|month|quarter|year)s?", re.IGNORECASE)
_ANCHOR = re.compile(r"calendar(?: (\d{1,2}))?|anniversary(?: (\d{1,2}))?|aligned (\d{4}-\d{2}-\d{2})", re.IGNORECASE)


@dataclass(frozen=True)
class Column:
    """level: of what a value is said: customer, subscription or line. kind: text, date, number, whole, timing, cycle or
    anchor. is_default: an empty cell leaves it as Odoo proposes it, so there is nothing to compare."""

    name: str
    kind: str = "text"
    level: str = "line"
    is_required: bool = False
    is_default: bool = False


COLUMNS = (
    Column("customer", level="customer", is_required=True),
    Column("customer_name", level="customer", is_required=True),
    Column("vat", level="customer"),
    Column("currency", level="customer", is_default=True),
    Column("time_zone", level="customer", is_default=True),
    Column("subscription", level="subscription", is_required=True),
    Column("plan", level="subscription", is_required=True),
    Column("cycle", "cycle", level="subscription", is_default=True),
    Column("anchor", "anchor", level="subscription", is_default=True),
    Column("line", is_default=True),
    Column("product", is_required=True),
    Column("description", is_default=True),
    Column("quantity", "number", is_default=True),
    Column("start", "date", is_required=True),
    Column("end", "date"),
    Column("timing", "timing", is_default=True),
    Column("price", "number"),
    Column("billed_through", "date"),
    Column("counter", "number"),
    Column("counter_since", "date"),
    Column("allowance_used", "number"),
    Column("instalments", "whole"),
    Column("instalments_left", "whole"),
    Column("instalment_sum", "number"),
    Column("instalment_next", "date"),
    Column("deferred", "number"),
)
BY_NAME = {column.name: column for column in COLUMNS}


class CellError(ValueError):
    """A cell is not what its column holds. kind: of the column."""

    def __init__(self, kind, value):
        super().__init__(f"{kind}: {value!r}"[:200])
        self.kind = kind
        self.value = value[:80]


def read_rows(content, file_name, wanted=COLUMNS):
    """(header, rows) of a file: rows are (number, {column: text}, whether it is no CSV or has other cells than names).

    Commas or semicolons, by the header. Raises RejectedFile.
    """
    options = {"delimiter": _find_delimiter(content)}
    records = open_table([content], file_name=file_name, limits=LIMITS, options=options)
    header = [name.lower() for name in records.header()]
    names = {column.name for column in wanted}
    missing = [column.name for column in wanted if column.is_required and column.name not in header]
    if missing:
        raise RejectedFile("column_missing", file_name, detail=missing)
    twice = sorted({name for name in header if name in names and header.count(name) > 1})
    if twice:
        raise RejectedFile("column_twice", file_name, detail=twice)
    rows = []
    for cells in records:
        is_broken = isinstance(cells, BrokenRecord) or len(cells) != len(header)
        if not is_broken and not any(cell.strip() for cell in cells):
            continue
        values = {} if is_broken else dict(zip(header, (open_cell(cell) for cell in cells), strict=True))
        rows.append((records.row_no, values, is_broken))
        if len(rows) > MAX_ROWS:
            raise RejectedFile("too_many_errors", file_name, detail=MAX_ROWS)
    if not rows:
        raise RejectedFile("no_rows", file_name)
    return header, rows


def _find_delimiter(content):
    first = content[:4096].split(b"\n", 1)[0]
    return ";" if first.count(b";") > first.count(b",") else ","


def read_cell(column, text):
    """The value of a cell: None where it is empty. Raises CellError."""
    if not text:
        return None
    try:
        return _READERS[column.kind](text)
    except (ValueError, NumberError) as error:
        raise CellError(column.kind, text) from error


def _read_date(text):
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        raise ValueError(text)
    return date.fromisoformat(text)


def _read_whole(text):
    if not re.fullmatch(r"\d{1,4}", text, re.ASCII):
        raise ValueError(text)
    return int(text)


def _read_timing(text):
    if text.lower() not in ("advance", "arrears"):
        raise ValueError(text)
    return text.lower()


def _read_cycle(text):
    found = _CYCLE.fullmatch(text)
    if not found or int(found[1] or 1) < 1:
        raise ValueError(text)
    return int(found[1] or 1), found[2].lower()


def _read_anchor(text):
    found = _ANCHOR.fullmatch(text)
    if not found:
        raise ValueError(text)
    kind = text.split(" ")[0].lower()
    day = int(found[1] or found[2] or 1)
    if not 1 <= day <= 31:
        raise ValueError(text)
    return kind, day, _read_date(found[3]) if found[3] else None


_READERS = {
    "text": str,
    "date": _read_date,
    "number": parse_decimal,
    "whole": _read_whole,
    "timing": _read_timing,
    "cycle": _read_cycle,
    "anchor": _read_anchor,
}


def write_value(value):
    """csv_cells.write_value, which knows no cycles and anchors."""
    if isinstance(value, tuple) and len(value) == 2:
        return f"{value[0]} {value[1]}" if value[0] != 1 else value[1]
    if isinstance(value, tuple):
        kind, day, common = value
        return f"{kind} {common}" if common else f"{kind} {day}"
    return csv_cells.write_value(value)


def write_table(names, rows):
    """CSV of rows (lists of values or texts) under a header, as bytes that a spreadsheet opens without surprises."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(names)
    writer.writerows([_close_cell(value) for value in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _close_cell(value):
    text = write_value(value)
    if text[:1] not in FORMULA or isinstance(value, (Decimal, int)):
        return text
    return f"'{text}"
