"""Licence seats: a CSV snapshot of what a vendor says is licensed, one row per licence. Knows nothing of contracts.

A snapshot is of one day. Its columns are named by whoever made the file, so the options say which is which; a column
that nobody named is passed over.
"""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from ..numbers import NumberError, parse_decimal
from .base import Limits, RejectedFile, RowFault
from .tables.opening import open_table
from .tables.text import each_row, join_cells, row_error

MANDATORY = ("licence", "quantity")
DATES = ("term_start", "term_end", "renewal", "coterm")
COLUMNS = ("licence", "sku", "quantity", "as_of", *DATES, "status")
# The places of day, month and year in a date as a file may write it; what stands behind them is a time of day.
DATE_FORMATS = {
    "ymd": ("-", 2, 1, 0),
    "dmy_dot": (".", 0, 1, 2),
    "dmy_slash": ("/", 0, 1, 2),
    "mdy_slash": ("/", 1, 0, 2),
}
MAX_ROWS = 50_000
_NULLS = frozenset(("", "NULL"))
_NUMBER_REASONS = {"not_a_number": "not_a_number", "too_long": "number_too_long", "too_large": "number_too_large"}


class SeatRow(NamedTuple):
    """One licence. key: its id, with the SKU where the file has one.   quantity: 0 for a status that is not licensed.

    as_of, term_start, term_end, renewal, coterm: dates or None, as the vendor gives them.   text: the record as CSV.
    """

    row_no: int
    key: str
    sku: str
    quantity: Decimal
    as_of: date | None
    term_start: date | None
    term_end: date | None
    renewal: date | None
    coterm: date | None
    status: str
    text: str


def read_seats(chunks, *, file_name, limits=None, options=None):
    """(as-of day or None, SeatRows and RowErrors in file order) of a snapshot.

    options: columns {column of COLUMNS: name in the file}, delimiter, date_format of DATE_FORMATS, inactive (the
    statuses, in any case, under which nothing is licensed). A licence that stands in the file twice is an error in all
    of its rows, for none of them is surely the right one. Raises RejectedFile.
    """
    limits, options = limits or Limits(), options or {}
    records = open_table(chunks, file_name=file_name, limits=limits, options=options)
    header = records.header()
    file = _SeatFile(header, records, limits, options)
    items = []
    for item in each_row(records, header, file.row, file.written):
        if len(items) == MAX_ROWS:
            raise RejectedFile("too_many_rows", file_name, records.row_no, detail=MAX_ROWS)
        items.append(item)
    items = _refuse_twice(items, file.written["licence"])
    return _get_day(items, file.written.get("as_of"))


def make_key(licence, sku):
    """The one text by which a licence is known again."""
    return f"{licence} / {sku}" if sku else licence


def _refuse_twice(items, column):
    counts = {}
    for item in items:
        if isinstance(item, SeatRow):
            counts[item.key] = counts.get(item.key, 0) + 1
    return [
        _as_error(item, RowFault(column, "licence_twice", item.key))
        if isinstance(item, SeatRow) and counts[item.key] > 1
        else item
        for item in items
    ]


def _get_day(items, column):
    """The day that the first good row says; rows of another day are errors."""
    day = next((item.as_of for item in items if isinstance(item, SeatRow) and item.as_of), None)
    return day, [
        _as_error(item, RowFault(column, "other_day", item.as_of.isoformat()))
        if isinstance(item, SeatRow) and item.as_of and item.as_of != day
        else item
        for item in items
    ]


def _as_error(item, fault):
    return row_error(item.row_no, fault.column, fault.reason, fault.value, item.text)


class _SeatFile:
    """One file being read: which column is what."""

    def __init__(self, header, records, limits, options):
        self.limits = limits
        self.date_format = DATE_FORMATS[options.get("date_format") or "ymd"]
        self.inactive = {status.strip().casefold() for status in options.get("inactive") or () if status.strip()}
        self.places, self.written = self._find_columns(header, records, options.get("columns") or {})

    @staticmethod
    def _find_columns(header, records, columns):
        """({column: position}, {column: name as written}). Raises RejectedFile: missing, twice."""
        found = {}
        for place, name in enumerate(header):
            found.setdefault(name.casefold(), []).append(place)
        wanted = {column: name.strip() for column, name in columns.items() if name and name.strip()}
        missing = [wanted.get(column, column) for column in MANDATORY if column not in wanted]
        missing += [name for name in wanted.values() if name.casefold() not in found]
        if missing:
            raise RejectedFile("column_missing", records.file_name, records.row_no, detail=missing)
        twice = [name for name in wanted.values() if len(found[name.casefold()]) > 1]
        if twice:
            raise RejectedFile("column_twice", records.file_name, records.row_no, detail=twice)
        places = {column: found[name.casefold()][0] for column, name in wanted.items()}
        return places, {column: header[place] for column, place in places.items()}

    def row(self, row_no, cells):
        """The SeatRow of a record of the right width. Raises RowFault."""
        value = {column: self._get_cell(cells, column) for column in COLUMNS}
        for column in (*MANDATORY, *(("as_of",) if "as_of" in self.places else ())):
            if not value[column]:
                raise RowFault(column, "missing_value")
        for column in ("licence", "sku", "status"):
            if len(value[column]) > self.limits.max_identity:
                raise RowFault(column, "field_too_long", value[column])
        quantity = _read_quantity(value["quantity"])
        if value["status"].casefold() in self.inactive:
            quantity = Decimal(0)
        days = {column: self._read_day(column, value[column]) for column in ("as_of", *DATES)}
        if days["term_start"] and days["term_end"] and days["term_end"] < days["term_start"]:
            raise RowFault("term_end", "end_before_start", value["term_end"])
        return SeatRow(
            row_no=row_no,
            key=make_key(value["licence"], value["sku"]),
            sku=value["sku"],
            quantity=quantity,
            **days,
            status=value["status"],
            text=join_cells(cells),
        )

    def _get_cell(self, cells, column):
        place = self.places.get(column)
        text = "" if place is None else cells[place].strip()
        return "" if text in _NULLS else text

    def _read_day(self, column, text):
        """A date as the file writes them, with or without a time of day, which is passed over."""
        if not text:
            return None
        mark, *places = self.date_format
        parts = text.replace("T", " ").split(" ")[0].split(mark)
        try:
            if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
                raise ValueError(text)
            day, month, year = (int(parts[place]) for place in places)
            if not 1970 <= year <= 2199:
                raise ValueError(text)
            return date(year, month, day)
        except ValueError:
            raise RowFault(column, "bad_date", text) from None


def _read_quantity(text):
    try:
        quantity = parse_decimal(text)
    except NumberError as error:
        raise RowFault("quantity", _NUMBER_REASONS[error.reason], text) from None
    if quantity < 0:
        raise RowFault("quantity", "negative_quantity", text)
    return quantity
