from odoo.tests import tagged

from ..engine.readers import RejectedFile, RowError, base
from ..models.usage.reader_messages import _REFUSALS, _ROW_PROBLEMS, explain_refusal, explain_row
from .common import CloudBillingCase


def _codes(title):
    """The codes in the table of `engine/readers/base` that begins with a title."""
    table = base.__doc__.split(title)[1].split("\n\n")[0]
    return {line.split()[0] for line in table.splitlines()[2:] if line.strip()}


@tagged("post_install", "-at_install")
class TestSentencesOfReaders(CloudBillingCase):
    def test_every_code_of_the_readers_has_a_sentence(self):
        self.assertLessEqual(_codes("RowError.reason"), set(_ROW_PROBLEMS))
        self.assertLessEqual(_codes("RejectedFile.reason"), set(_REFUSALS))

    def test_a_refusal_names_file_row_and_remedy(self):
        error = RejectedFile("other_month", "bill.csv", 48, detail=("2026-11-01", "2026-10-01"))
        self.assertEqual(
            explain_refusal(self.env, error),
            "bill.csv, row 48: this row belongs to 2026-11, and 2026-10 was chosen. "
            "Upload the file of that month, or leave the month empty to take what the file holds.",
        )

    def test_a_refusal_lists_the_columns(self):
        error = RejectedFile("column_twice", "bill.csv", 1, detail=("BilledCost", "billedcost"))
        self.assertIn("bill.csv, row 1: two columns of the file mean the same: BilledCost, billedcost.",
                      explain_refusal(self.env, error))  # fmt: skip

    def test_a_row_names_file_row_column_and_what_it_says(self):
        error = RowError(7, "BilledCost", "not_a_number", "1,5", "a,b")
        self.assertEqual(
            explain_row(self.env, error, "bill.csv"),
            'bill.csv, row 7, column BilledCost: "1,5" is not a number. Write plain digits with a point, '
            "for instance 1234.56.",
        )

    def test_a_value_with_a_percent_sign_is_shown_as_it_is(self):
        error = RowError(7, "BilledCost", "not_a_number", "20%(x)s", "a,b")
        self.assertIn('"20%(x)s" is not a number', explain_row(self.env, error))

    def test_a_code_of_another_reader_is_shown_with_its_value(self):
        error = RowError(7, None, "odd_meter", "M-1", "a,b")
        self.assertEqual(explain_row(self.env, error), "the row was refused (odd_meter: M-1). Correct the row.")
        self.assertEqual(explain_refusal(self.env, RejectedFile("odd_file", detail=3)), "odd_file: 3")
