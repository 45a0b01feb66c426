from datetime import date, datetime
from decimal import Decimal

from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL

from ..models.billing.rated.copy_text import copy_line, copy_lines, copy_plain
from ..sql_rows import as_array, as_table

COLUMNS = {"number": "integer", "name": "text", "day": "date", "moment": "timestamp", "amount": "numeric"}


@tagged("post_install", "-at_install")
class TestRowsOfAStatement(TransactionCase):
    def test_values_come_back_as_they_were_given(self):
        rows = [
            (1, 'a "quoted" {word}, \\ and a comma', date(2026, 3, 1), datetime(2026, 3, 1, 12, 30), Decimal("0.10")),
            (None, None, None, None, None),
            (-2, "NULL", date(9999, 12, 31), datetime(2026, 3, 1, 0, 0, 0, 5), Decimal("1E+3")),
            (3, "", date(1, 1, 1), datetime(1970, 1, 1), Decimal("123456789012345.123456789012")),
        ]
        found = self.env.execute_query(
            SQL("SELECT number, name, day, moment, amount::text FROM %s", as_table("v", COLUMNS, rows))
        )
        expected = [(*row[:4], None if row[4] is None else format(row[4], "f")) for row in rows]
        self.assertEqual(found, expected)

    def test_no_rows_are_an_empty_table(self):
        self.assertEqual(self.env.execute_query(SQL("SELECT * FROM %s", as_table("v", COLUMNS, []))), [])

    def test_an_array_of_flags(self):
        [(flags,)] = self.env.execute_query(SQL("SELECT %s::boolean[]", as_array([True, False, None])))
        self.assertEqual(flags, [True, False, None])


@tagged("post_install", "-at_install")
class TestLinesOfACopy(TransactionCase):
    """More lines than one statement takes: they are made while those before are inserted."""

    def setUp(self):
        super().setUp()
        self.env.cr.execute("CREATE TEMPORARY TABLE copied (number integer, day date, name text) ON COMMIT DROP")

    def copy_all(self, lines):
        copy_lines(self.env.cr, "COPY copied (number, day, name) FROM STDIN", lines)

    def fetch(self):
        self.env.cr.execute("SELECT number, day, name FROM copied ORDER BY number")
        return self.env.cr.fetchall()

    def test_every_line_arrives_once(self):
        rows = [(number, date(2026, 3, 1), f"tab\t{number}\\\n") for number in range(3500)]
        self.copy_all(f"{copy_plain(row[:2])}\t{copy_line(row[2:])}\n" for row in rows)
        self.assertEqual(self.fetch(), rows)

    def test_few_lines_and_none(self):
        self.copy_all(iter(()))
        self.copy_all(f"{line}\n" for line in ("1\t2026-03-01\ta", "2\t\\N\t\\N"))
        self.assertEqual(self.fetch(), [(1, date(2026, 3, 1), "a"), (2, None, None)])

    def test_an_error_in_making_a_line_is_raised_as_itself(self):
        def make():
            for number in range(3500):
                if number == 2500:
                    raise ZeroDivisionError("no price")
                yield f"{number}\t\\N\t\\N\n"

        with self.assertRaisesRegex(ZeroDivisionError, "no price"), self.env.cr.savepoint():
            self.copy_all(make())
        self.assertEqual(self.fetch(), [])

    def test_an_error_in_taking_a_line_is_raised_as_itself(self):
        lines = (f"{'x' if number == 500 else number}\t\\N\t\\N\n" for number in range(3500))
        with self.assertRaisesRegex(Exception, "invalid input syntax for type integer"), self.env.cr.savepoint():
            self.copy_all(lines)
        self.assertEqual(self.fetch(), [])
