"""Rows of Python values as a table in a statement: one parameter per column, however many rows there are.

psycopg2 writes every value of a list or of VALUES into the statement as a constant of its own, and PostgreSQL parses
each: for 10,000 rows of 20 columns both together take longer than the INSERT. An array in text form is one constant.
"""

from odoo.tools import SQL


def as_table(alias, columns, rows):
    """SQL for FROM: `rows` under a name. columns: {name: PostgreSQL type}, in the order of the values of a row.

    Values: None, int, bool, str, date, datetime and Decimal. Empty rows make an empty table.
    """
    values = list(zip(*rows, strict=True)) or [()] * len(columns)
    arrays = [SQL(f"%s::{kind}[]", as_array(column)) for kind, column in zip(columns.values(), values, strict=True)]
    return SQL(
        "unnest(%s) AS %s (%s)",
        SQL(", ").join(arrays),
        SQL.identifier(alias),
        SQL(", ").join(SQL.identifier(name) for name in columns),
    )


def as_array(values):
    """Values as the text of a PostgreSQL array; None is NULL."""
    texts = ["NULL" if value is None else str(value) if type(value) is int else _quote(value) for value in values]
    return "{" + ",".join(texts) + "}"


def _quote(value):
    text = str(value)
    if '"' in text or "\\" in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
