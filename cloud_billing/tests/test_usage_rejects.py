"""Rows that cannot be read: kept with their place and text, corrected and retried, or waived; never lost."""

from datetime import timedelta
from decimal import Decimal

from freezegun import freeze_time
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .usage_common import UsageCase, events_csv, focus_csv, hour


@tagged("post_install", "-at_install")
class TestRejectedRows(UsageCase):
    def deliver_with_a_bad_row(self):
        return self.deliver(self.bills, focus_csv(hour(1), hour(2, cost="ten"), hour(3)))

    def corrected(self, reject):
        return reject.original_text.replace("ten", "10.5")

    def test_a_bad_row_is_kept_and_the_others_come_in(self):
        usage_import = self.deliver_with_a_bad_row()
        self.assertEqual(self.counts(usage_import), (3, 2, 0, 0, 1))
        reject = usage_import.reject_ids
        self.assertEqual(
            (reject.file_name, reject.row_no, reject.column, reject.reason_code, reject.value, reject.state),
            ("usage.csv", 3, "BilledCost", "not_a_number", "ten", "open"),
        )
        self.assertIn("BilledCost", reject.reason)
        self.assertIn("ten", reject.original_text)

    def test_corrected_it_is_added_to_its_month_with_its_file_and_row(self):
        usage_import = self.deliver_with_a_bad_row()
        reject = usage_import.reject_ids.with_user(self.user_operator)
        reject.corrected_text = self.corrected(reject)
        correction = reject.action_retry()
        self.assertEqual(self.counts(correction), (1, 1, 0, 0, 0))
        self.assertEqual(correction.correction_of_id, usage_import)
        self.assertEqual((reject.state, reject.resolution), ("corrected", correction.name))
        row = self.live_rows(self.bills).filtered(lambda one: one.import_id == correction)
        self.assertEqual(
            (row.row_no, row.cost_billed, row.billing_month),
            (3, Decimal("10.5"), usage_import.delivery_ids.billing_month),
        )
        self.assertEqual(correction.file_ids.name, "usage.csv")
        self.assertEqual(len(self.live_rows(self.bills)), 3)
        self.assertFalse(usage_import.delivery_ids.superseded_number)

    def test_the_next_delivery_of_the_month_replaces_the_correction_too(self):
        usage_import = self.deliver_with_a_bad_row()
        reject = usage_import.reject_ids
        reject.corrected_text = self.corrected(reject)
        correction = reject.action_retry()
        # The provider has repaired its bill: the same three rows, and one more.
        third = self.deliver(self.bills, focus_csv(hour(1), hour(2, cost="10.5"), hour(3), hour(4)))
        self.assertEqual(third.state, "imported")
        self.assertEqual(third.differences[0]["added_rows"], 1)
        self.assertEqual(correction.delivery_ids.superseded_number, third.import_number)
        self.assertEqual(len(self.live_rows(self.bills)), 4)

    def test_a_delivery_without_the_corrected_row_asks_before_it_goes(self):
        usage_import = self.deliver_with_a_bad_row()
        reject = usage_import.reject_ids
        reject.corrected_text = self.corrected(reject)
        reject.action_retry()
        again = self.deliver(self.bills, focus_csv(hour(1), hour(2, cost="ten"), hour(3), hour(4)))
        self.assertEqual(again.state, "refused")
        self.assertIn("1 rows and 10.5 USD", again.removal_text)

    def test_the_same_file_again_changes_nothing_also_beside_a_correction(self):
        usage_import = self.deliver_with_a_bad_row()
        reject = usage_import.reject_ids
        reject.corrected_text = self.corrected(reject)
        reject.action_retry()
        for content in (
            focus_csv(hour(1), hour(2, cost="ten"), hour(3)),
            focus_csv(hour(3), hour(2, cost="ten"), hour(1)),
        ):
            again = self.deliver(self.bills, content)
            self.assertEqual((again.state, self.counts(again)), ("known", (3, 0, 3, 0, 0)))
        self.assertEqual(len(self.live_rows(self.bills)), 3)
        self.assertEqual(self.env["cloud.usage.reject"].search_count([("source_id", "=", self.bills.id)]), 1)

    def test_what_is_still_wrong_is_said_and_nothing_comes_in(self):
        usage_import = self.deliver(self.bills, focus_csv(hour(1), hour(2, cost="ten"), hour(3, cost="eleven")))
        first, second = usage_import.reject_ids
        first.corrected_text = self.corrected(first)
        second.corrected_text = second.original_text
        with self.assertRaisesRegex(UserError, "row 4.*eleven"):
            usage_import.reject_ids.action_retry()
        self.assertEqual(set(usage_import.reject_ids.mapped("state")), {"open"})
        self.assertEqual(len(self.live_rows(self.bills)), 1)

    def test_one_row_stays_one_row(self):
        usage_import = self.deliver_with_a_bad_row()
        reject = usage_import.reject_ids
        reject.corrected_text = self.corrected(reject) + "\n" + self.corrected(reject)
        with self.assertRaisesRegex(UserError, "one row, not 2"):
            reject.action_retry()

    def test_a_row_is_corrected_once(self):
        reject = self.deliver_with_a_bad_row().reject_ids
        reject.corrected_text = self.corrected(reject)
        reject.action_retry()
        with self.assertRaisesRegex(UserError, "open"):
            reject.action_retry()

    def test_waived_before_it_is_waived_in_the_next_delivery(self):
        self.deliver_with_a_bad_row().reject_ids.action_waive("Of no use")
        again = self.deliver(self.bills, focus_csv(hour(1), hour(2, cost="ten"), hour(3), hour(4)))
        self.assertEqual((again.reject_ids.state, again.rows_rejected), ("waived", 1))
        self.assertIn("Of no use", again.reject_ids.resolution)

    def test_rows_of_a_replaced_delivery_need_nothing_more(self):
        first = self.deliver_with_a_bad_row()
        self.deliver(self.bills, focus_csv(hour(1), hour(2), hour(3)))
        self.assertEqual(first.reject_ids.state, "replaced")

    def test_undoing_a_correction_opens_its_rows_again(self):
        usage_import = self.deliver_with_a_bad_row()
        reject = usage_import.reject_ids
        reject.corrected_text = self.corrected(reject)
        correction = reject.action_retry()
        correction.action_undo()
        self.assertEqual((reject.state, correction.state, usage_import.state), ("open", "undone", "imported"))
        self.assertEqual(len(self.live_rows(self.bills)), 2)

    def test_undoing_the_delivery_undoes_its_corrections(self):
        usage_import = self.deliver_with_a_bad_row()
        reject = usage_import.reject_ids
        reject.corrected_text = self.corrected(reject)
        correction = reject.action_retry()
        usage_import.action_undo()
        self.assertEqual((correction.state, usage_import.state), ("undone", "undone"))
        self.assertFalse(self.live_rows(self.bills))
        with self.assertRaises(UserError):
            reject.action_retry()

    def test_a_bad_event_again_is_known(self):
        content = events_csv(("e1", 1, "acme", "5"), ("e2", 2, "acme", "many"))
        first = self.deliver(self.events, content)
        self.assertEqual(self.counts(first), (2, 1, 0, 0, 1))
        again = self.deliver(self.events, content)
        self.assertEqual((again.state, self.counts(again)), ("known", (2, 0, 2, 0, 0)))

    def test_a_new_bad_event_beside_known_ones_waits_and_can_be_corrected(self):
        self.deliver(self.events, events_csv(("e1", 1, "acme", "5")))
        second = self.deliver(self.events, events_csv(("e1", 1, "acme", "5"), ("e2", 2, "acme", "many")))
        self.assertEqual((second.state, self.counts(second)), ("imported", (2, 0, 1, 0, 1)))
        second.reject_ids.corrected_text = second.reject_ids.original_text.replace("many", "8")
        second.reject_ids.action_retry()
        self.assertEqual(sum(row.quantity for row in self.live_rows(self.events)), 13)

    def test_a_new_bad_row_in_a_month_that_is_known_waits_and_can_be_corrected(self):
        self.deliver(self.bills, focus_csv(hour(1)))
        second = self.deliver(self.bills, focus_csv(hour(1), hour(2, cost="ten")))
        self.assertEqual((second.state, self.counts(second)), ("imported", (2, 1, 0, 0, 1)))
        second.reject_ids.corrected_text = self.corrected(second.reject_ids)
        second.reject_ids.action_retry()
        self.assertEqual(len(self.live_rows(self.bills)), 2)

    def test_a_corrected_event_keeps_its_id(self):
        first = self.deliver(self.events, events_csv(("e1", 1, "acme", "5"), ("e2", 2, "acme", "many")))
        reject = first.reject_ids
        reject.corrected_text = reject.original_text.replace("many", "8")
        reject.action_retry()
        again = self.deliver(self.events, events_csv(("e2", 2, "acme", "8")))
        self.assertEqual(again.state, "known")

    def test_only_the_corrected_text_is_written_by_hand(self):
        reject = self.deliver_with_a_bad_row().reject_ids.with_user(self.user_administrator)
        for vals in ({"state": "waived", "resolution": "x"}, {"original_text": "x"}, {"new_version": {}}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                reject.write(vals)
        with self.assertRaises(AccessError):
            reject.with_user(self.user_viewer).action_waive("x")

    def test_it_says_how_long_it_waits_and_of_another_version_the_money(self):
        head = "id,start,account,service,quantity,unit,cost,currency\n"
        row = "e1,2026-03-01T12:00:00Z,x,Calls,1,Call,{},EUR\n"
        self.deliver(self.events, f"{head}{row.format('0.10')}".encode())
        later = self.deliver(self.events, f"{head}{row.format('0.35')}{row.format('ten').replace('e1', 'e2')}".encode())
        rejected, quarantined = later.reject_ids.sorted("kind", reverse=True)
        with freeze_time(rejected.create_date + timedelta(days=3, hours=1)):
            self.assertEqual((rejected.age, quarantined.age), (3, 3))
        # 0.35 - 0.10
        self.assertEqual((str(quarantined.cost_change), quarantined.currency), ("0.25", "EUR"))
        self.assertEqual((rejected.cost_change, rejected.currency), (None, False))
