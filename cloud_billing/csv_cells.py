"""Cells of files that people open with a spreadsheet: a value as a text, a text as a cell, and a cell read again."""

import csv
import io
from datetime import date
from decimal import Decimal

from .engine.numbers import parse_decimal, to_text

# A spreadsheet takes what begins so for a formula; a text that does gets an apostrophe in front, as it would there.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_cell(value):
    """A cell of a table: digits of numbers; a text that a spreadsheet would take for a formula is told apart."""
    if value is None or value is False:
        return ""
    if isinstance(value, Decimal):
        return to_text(value)
    text = str(value)
    if not isinstance(value, str) or not text or text[0] not in FORMULA:
        return text
    try:
        parse_decimal(text)
    except ValueError:
        return f"'{text}"
    return text


def write_csv(rows):
    """Rows of values as the text of a CSV file, each through `as_cell`; a spreadsheet reads accents as utf-8-sig."""
    text = io.StringIO()
    csv.writer(text).writerows([as_cell(value) for value in row] for row in rows)
    return text.getvalue()


def open_cell(cell):
    """The text of a cell without blanks and without the apostrophe that keeps a text from being a formula."""
    cell = cell.strip()
    return cell[1:] if cell[:1] == "'" and cell[1:2] in FORMULA and len(cell) > 1 else cell


def write_value(value):
    """A value as a text, always the same for the same value; "" for nothing."""
    if value is None or value is False:
        return ""
    if isinstance(value, Decimal):
        text = to_text(value)
        return text.rstrip("0").rstrip(".") if "." in text else text
    return value.isoformat() if isinstance(value, date) else str(value)
