"""Files that cannot be taken: each gets a sentence with file, row, column and remedy, and leaves nothing behind."""

import gzip

from odoo.tests import tagged

from .usage_common import APRIL, PLAIN_ROW, UsageCase, focus_csv, hour


@tagged("post_install", "-at_install")
class TestRefusedFiles(UsageCase):
    def assert_refused(self, content, *words, name="usage.csv", **vals):
        usage_import = self.deliver(self.bills, content, name, **vals)
        self.assertEqual(usage_import.state, "refused")
        for word in (name, *words):
            self.assertIn(word, usage_import.error)
        self.assertEqual(self.counts(usage_import), (0, 0, 0, 0, 0))
        self.assertFalse(usage_import.delivery_ids)
        self.assertFalse(usage_import.reject_ids)
        self.assertFalse(self.env["cloud.usage.stream"].search([("source_id", "=", self.bills.id)]))
        self.env.cr.execute("SELECT COUNT(*) FROM cloud_billing_usage.usage_row WHERE source_id = %s", [self.bills.id])
        self.assertEqual(self.env.cr.fetchone(), (0,))
        return usage_import

    def test_not_a_bill(self):
        self.assert_refused(b"a,b\n1,2\n", "another kind of file", name="list.csv")

    def test_a_mandatory_column_missing(self):
        columns = [column for column in PLAIN_ROW if column != "BilledCost"]
        self.assert_refused(focus_csv(hour(1), columns=columns), "BilledCost")

    def test_a_mandatory_column_twice(self):
        self.assert_refused(focus_csv(hour(1), columns=[*PLAIN_ROW, "billedcost"]), "billedcost")

    def test_an_empty_file(self):
        self.assert_refused(b"", "empty")
        self.assert_refused(b"\n\n", "empty")

    def test_column_names_and_nothing_below(self):
        self.assert_refused(focus_csv(), "no rows")

    def test_a_truncated_gzip(self):
        content = gzip.compress(focus_csv(*(hour(day) for day in range(1, 29))))
        self.assert_refused(content[:-20], "stops before its end", name="usage.csv.gz")

    def test_another_month_than_chosen(self):
        self.assert_refused(
            focus_csv(hour(1), {**hour(2), **APRIL}), "row 3", "2026-04", "2026-03", expected_month="2026-03-01"
        )

    def test_a_byte_that_is_no_text(self):
        self.assert_refused(focus_csv(hour(1), hour(2)).replace(b"Main account", b"Main \xff account"), "UTF-8")

    def test_no_row_that_can_be_read(self):
        self.assert_refused(focus_csv(hour(1, cost="x"), hour(2, cost="y")), "row 2", "not one of its 2 rows")

    def test_a_second_file_that_is_broken_takes_the_first_with_it(self):
        usage_import = self.env["cloud.usage.import"]._create_with_files(
            self.bills, [("good.csv", focus_csv(hour(1))), ("bad.csv", b"a,b\n1,2\n")]
        )
        usage_import.action_import()
        self.assertEqual(usage_import.state, "refused")
        self.assertIn("bad.csv", usage_import.error)
        self.assertFalse(self.live_rows(self.bills))

    def test_a_refusal_leaves_what_was_there(self):
        self.deliver(self.bills, focus_csv(hour(1), hour(2)))
        self.deliver(self.bills, focus_csv(hour(1), hour(3)).replace(b"Main account", b"Main \xff account"))
        self.assertEqual(len(self.live_rows(self.bills)), 2)
        self.assertEqual(self.env["cloud.usage.stream"].search_count([("source_id", "=", self.bills.id)]), 1)

    def test_once_repaired_it_is_tried_again(self):
        usage_import = self.assert_refused(focus_csv(hour(1)), "2026-04", expected_month="2026-04-01")
        usage_import.expected_month = False
        usage_import.with_user(self.user_operator).action_retry()
        self.assertEqual((usage_import.state, usage_import.error), ("imported", False))

    def test_the_refusal_is_in_the_persons_language_and_in_the_chatter(self):
        usage_import = self.assert_refused(b"", "empty")
        self.assertIn("Refused", usage_import.message_ids[0].body)


@tagged("post_install", "-at_install")
class TestBrokenCells(UsageCase):
    def test_each_says_its_column_and_what_to_do(self):
        # (what the row says, column, a word of the sentence)
        cases = [
            ({"BilledCost": "NaN"}, "BilledCost", "not a number"),
            ({"BilledCost": "1,234.50"}, "BilledCost", "not a number"),
            ({"BilledCost": "1e400"}, "BilledCost", "large"),
            ({"BilledCost": ""}, "BilledCost", "empty"),
            ({"ChargePeriodStart": "31.12.2026"}, "ChargePeriodStart", "not a date"),
            ({"ChargePeriodEnd": "2026-02-30T00:00:00Z"}, "ChargePeriodEnd", "not a date"),
            ({"ChargePeriodEnd": "2026-02-01T00:00:00Z"}, "ChargePeriodEnd", "not after its start"),
            ({"ChargeCategory": "Gift"}, "ChargeCategory", "kind of charge"),
            ({"BillingCurrency": "Dollars"}, "BillingCurrency", "currency"),
        ]
        usage_import = self.deliver(self.bills, focus_csv(hour(1), *({**hour(2), **case[0]} for case in cases)))
        self.assertEqual(self.counts(usage_import), (len(cases) + 1, 1, 0, 0, len(cases)))
        for reject, (_row, column, words) in zip(usage_import.reject_ids, cases, strict=True):
            with self.subTest(column=column, words=words):
                self.assertEqual(reject.column, column)
                self.assertIn(words, reject.reason)
