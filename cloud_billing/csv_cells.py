"""Cells of CSV files that people open with a spreadsheet."""

from decimal import Decimal

from .engine.numbers import parse_decimal, to_text


def as_cell(value):
    """A cell of a table: digits of numbers; a text that a spreadsheet would take for a formula is told apart."""
    if value is None or value is False:
        return ""
    if isinstance(value, Decimal):
        return to_text(value)
    text = str(value)
    if not isinstance(value, str) or not text or text[0] not in "=+-@\t\r":
        return text
    try:
        parse_decimal(text)
    except ValueError:
        return f"'{text}"
    return text
