"""Own meters deliver events: every id counts once, whatever file it comes in; another content waits for a person."""

from decimal import Decimal

from odoo.exceptions import UserError
from odoo.tests import tagged

from .usage_common import UsageCase, events_csv


@tagged("post_install", "-at_install")
class TestEvents(UsageCase):
    def test_an_id_counts_once_whatever_file_it_comes_in(self):
        first = self.deliver(self.events, events_csv(("e1", 1, "acme", "5"), ("e2", 2, "acme", "7")))
        second = self.deliver(
            self.events, events_csv(("e2", 2, "acme", "7"), ("e3", 3, "acme", "1"), ("e1", 1, "acme", "5"))
        )
        self.assertEqual(self.counts(first), (2, 2, 0, 0, 0))
        self.assertEqual(self.counts(second), (3, 1, 2, 0, 0))
        self.assertEqual(sum(row.quantity for row in self.live_rows(self.events)), 13)

    def test_an_id_twice_in_one_file_counts_once(self):
        usage_import = self.deliver(self.events, events_csv(("e1", 1, "acme", "5"), ("e1", 1, "acme", "5")))
        self.assertEqual(self.counts(usage_import), (2, 1, 1, 0, 0))

    def test_a_file_with_nothing_new_changes_nothing_and_says_so(self):
        content = events_csv(("e1", 1, "acme", "5"))
        self.deliver(self.events, content)
        number = self.store._last_number(self.company)
        again = self.deliver(self.events, content)
        self.assertEqual((again.state, again.import_number), ("known", 0))
        self.assertEqual(self.counts(again), (1, 0, 1, 0, 0))
        self.assertEqual(self.store._last_number(self.company), number)

    def test_the_same_id_at_another_source_is_another_row(self):
        other = self.env["cloud.usage.source"].create({"name": "Other", "company_id": self.company.id, "reader": "csv"})
        self.deliver(self.events, events_csv(("e1", 1, "acme", "5")))
        self.assertEqual(self.counts(self.deliver(other, events_csv(("e1", 1, "acme", "5")))), (1, 1, 0, 0, 0))

    def test_undone_events_can_come_again(self):
        content = events_csv(("e1", 1, "acme", "5"))
        self.deliver(self.events, content).action_undo()
        again = self.deliver(self.events, content)
        self.assertEqual(again.state, "imported")
        self.assertEqual(self.counts(again), (1, 1, 0, 0, 0))
        self.assertEqual(len(self.live_rows(self.events)), 1)

    def test_undo_says_when_later_files_relied_on_it(self):
        first = self.deliver(self.events, events_csv(("e1", 1, "acme", "5")))
        self.deliver(self.events, events_csv(("e1", 1, "acme", "5"), ("e2", 2, "acme", "7")))
        first.action_undo()
        self.assertIn("import those files again", first.message_ids[0].body)


@tagged("post_install", "-at_install")
class TestOtherContent(UsageCase):
    def deliver_both_versions(self):
        self.deliver(self.events, events_csv(("e1", 1, "acme", "5"), ("e2", 2, "acme", "7")))
        second = self.deliver(self.events, events_csv(("e1", 1, "acme", "500"), ("e3", 3, "acme", "1")))
        return second, second.reject_ids

    def test_it_is_quarantined_with_both_versions(self):
        second, reject = self.deliver_both_versions()
        self.assertEqual(self.counts(second), (2, 1, 0, 1, 0))
        self.assertEqual((reject.kind, reject.state, reject.value, reject.row_no), ("quarantined", "open", "e1", 2))
        self.assertEqual((reject.known_version["quantity"], reject.new_version["quantity"]), ("5", "500"))
        self.assertIn("e1", reject.reason)
        self.assertEqual(sum(row.quantity for row in self.live_rows(self.events)), 13)

    def test_the_same_other_content_again_is_known_and_waits_once(self):
        self.deliver_both_versions()
        third = self.deliver(self.events, events_csv(("e1", 1, "acme", "500"), ("e4", 4, "acme", "1")))
        self.assertEqual(self.counts(third), (2, 1, 1, 0, 0))
        self.assertEqual(self.env["cloud.usage.reject"].search_count([("source_id", "=", self.events.id)]), 1)

    def test_other_content_within_one_file_waits_too(self):
        usage_import = self.deliver(
            self.events, events_csv(("e1", 1, "acme", "5"), ("e1", 1, "acme", "6"), ("e1", 1, "acme", "6"))
        )
        self.assertEqual(self.counts(usage_import), (3, 1, 1, 1, 0))
        self.assertEqual(self.live_rows(self.events).quantity, Decimal(5))

    def test_accepted_the_new_version_counts_instead_of_the_former(self):
        second, reject = self.deliver_both_versions()
        number = self.store._last_number(self.company)
        correction = reject.with_user(self.user_operator).action_accept()
        self.assertEqual(correction.correction_of_id, second)
        self.assertEqual(correction.import_number, number + 1)
        self.assertEqual(reject.state, "corrected")
        # 500 + 7 + 1 instead of 5 + 7 + 1
        self.assertEqual(sum(row.quantity for row in self.live_rows(self.events)), 508)
        stream = self.env["cloud.usage.stream"].search([("source_id", "=", self.events.id)])
        self.assertEqual((stream.row_count, stream.unmatched_rows), (3, 3))
        self.assertFalse(self.store._prove_states(self.company))

    def test_an_accepted_version_is_what_counts_as_known_then(self):
        _second, reject = self.deliver_both_versions()
        reject.action_accept()
        again = self.deliver(self.events, events_csv(("e1", 1, "acme", "500")))
        self.assertEqual(self.counts(again), (1, 0, 1, 0, 0))
        former = self.deliver(self.events, events_csv(("e1", 1, "acme", "5")))
        self.assertEqual(self.counts(former), (1, 0, 0, 1, 0))

    def test_a_version_of_another_stream_can_be_accepted_after_a_file_was_refused(self):
        self.deliver(self.events, events_csv(("e1", 1, "acme", "5")))
        second = self.deliver(self.events, events_csv(("e1", 1, "bolt", "6")))
        self.assertEqual(self.deliver(self.events, b"a,b\n1,2\n").state, "refused")
        second.reject_ids.action_accept()
        self.assertEqual(self.live_rows(self.events).stream_id.sub_account, "bolt")
        self.assertFalse(self.store._prove_states(self.company))

    def test_waived_the_former_version_stays_and_the_reason_is_kept(self):
        _second, reject = self.deliver_both_versions()
        with self.assertRaisesRegex(UserError, "Say why"):
            reject.with_user(self.user_operator).action_waive(" ")
        reject.with_user(self.user_operator).action_waive("A test of the meter")
        self.assertEqual(reject.state, "waived")
        self.assertIn("A test of the meter", reject.resolution)
        self.assertIn(self.user_operator.name, reject.resolution)
        self.assertEqual(sum(row.quantity for row in self.live_rows(self.events)), 13)
        again = self.deliver(self.events, events_csv(("e1", 1, "acme", "500")))
        self.assertEqual(again.state, "known")

    def test_two_versions_of_one_id_are_not_accepted_together(self):
        _second, reject = self.deliver_both_versions()
        third = self.deliver(self.events, events_csv(("e1", 1, "acme", "600")))
        with self.assertRaisesRegex(UserError, "more than once"):
            (reject | third.reject_ids).action_accept()

    def test_an_accepted_version_is_not_undone_but_replaced(self):
        _second, reject = self.deliver_both_versions()
        correction = reject.action_accept()
        with self.assertRaisesRegex(UserError, "accept them instead"):
            correction.action_undo()
