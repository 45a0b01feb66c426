"""Corrections of pushed events by their key, and cancellations: new facts, and what was billed is put right."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from .push_common import PushCase, event


def cancel(key):
    return {"transaction_id": key, "action": "cancel"}


@tagged("post_install", "-at_install")
class TestCorrections(PushCase):
    def test_a_correction_replaces_what_the_key_said(self):
        self.push(event("e1", quantity="1"), event("e2"))
        self.publish()
        number = self.store._last_number(self.company)
        self.assertEqual(self.statuses(self.push(event("e1", quantity="5", action="correct"))), ["accepted"])
        usage_import = self.publish()
        self.assertEqual((self.counts(usage_import), usage_import.correction_count), ((1, 1, 0, 0, 0), 1))
        self.assertEqual(self.quantities(), {"e1": "5", "e2": "1"})
        # Usage as of the number before stays what it was: 1 + 1; since then 5 + 1.
        line = self.acme_line
        self.assign(self.stream(self.events), line)
        self.assertEqual(
            [total.quantity for total in self.totals(line, month=None, utc_start="2026-03-01", utc_end="2026-04-01")],
            [6],
        )
        self.assertGreater(self.store._last_number(self.company), number)

    def test_within_one_import_only_the_last_version_counts(self):
        self.push(event("e1", quantity="1"), event("e1", quantity="2", action="correct"))
        self.push(event("e1", quantity="3", action="correct", customer="bolt"))
        self.publish()
        self.assertEqual(self.quantities(), {"e1": "3"})
        self.assertEqual(self.stream(self.events, sub_account="acme").row_count, 0)
        self.assertEqual(self.stream(self.events, sub_account="bolt").row_count, 1)

    def test_a_late_retry_never_undoes_a_later_correction(self):
        first, second, third = (event("e1", quantity=number, action="correct") for number in ("1", "2", "3"))
        plain = event("e1", quantity="1")
        self.push(plain, second)
        self.push(third)
        self.assertEqual(self.statuses(self.push(second, plain, first)), ["duplicate"] * 3)
        self.publish()
        self.assertEqual(self.statuses(self.push(second, plain, first)), ["duplicate"] * 3)
        self.assertEqual(self.quantities(), {"e1": "3"})

    def test_a_correction_of_what_is_not_there_is_an_event(self):
        self.assertEqual(self.statuses(self.push(event("e1", action="correct"))), ["accepted"])
        self.publish()
        self.assertEqual(self.quantities(), {"e1": "1"})

    def test_a_correction_ends_a_hold(self):
        self.push(event("e1"))
        self.publish()
        self.store._hold_rows(self.company, self.live_rows(self.events).ids, "look")
        self.push(event("e1", quantity="4", action="correct"))
        self.publish()
        self.assertEqual(self.quantities(), {"e1": "4"})

    def test_a_check_holds_the_version_that_counts_only(self):
        self.env["cloud.usage.check"].create(
            {"name": "Not below 0", "source_id": self.events.id, "kind": "range", "measure": "quantity", "lowest": "0"}
        )
        self.push(event("e1", quantity="-1"), event("e1", quantity="2", action="correct"))
        self.push(event("e2", quantity="-1"), cancel("e2"), event("e3", quantity="-1"))
        self.publish()
        self.assertEqual(self.quantities(), {"e1": "2"})
        held = self.env["cloud.usage.exception"].search([("source_id", "=", self.events.id), ("state", "=", "held")])
        self.assertEqual(held.mapped("record_id.external_id"), ["e3"])

    def test_what_was_waived_and_undone_and_is_corrected_as_it_comes_again(self):
        self.push(event("e1"))
        usage_import = self.publish()
        self.store._waive_rows(self.company, self.live_rows(self.events).ids, "a test call")
        usage_import.action_undo()
        # The same row would be waived again; it is replaced in the same moment.
        self.push(event("e1"), event("e1", quantity="2", action="correct"))
        self.publish()
        self.assertEqual(self.quantities(), {"e1": "2"})

    def test_an_import_with_corrections_is_not_undone(self):
        self.push(event("e1", quantity="1"), event("e1", quantity="2", action="correct"))
        with self.assertRaisesRegex(UserError, "Push what is right"):
            self.publish().action_undo()


@tagged("post_install", "-at_install")
class TestCancellations(PushCase):
    def test_a_cancelled_event_counts_until_the_number_of_its_cancellation(self):
        self.push(event("e1"), event("e2"))
        self.publish()
        self.assertEqual(self.statuses(self.push(cancel("e1"))), ["accepted"])
        self.assertEqual(self.quantities(), {"e1": "1", "e2": "1"})
        usage_import = self.publish()
        self.assertEqual((usage_import.state, usage_import.cancelled_count), ("imported", 1))
        self.assertEqual(self.counts(usage_import), (0, 0, 0, 0, 0))
        self.assertEqual(self.quantities(), {"e2": "1"})
        exception = self.env["cloud.usage.exception"].search([("state", "=", "waived")])
        self.assertIn("Cancelled by its sender", exception.reason)

    def test_in_one_batch_with_its_event(self):
        self.assertEqual(
            self.statuses(self.push(event("e1"), cancel("e1"), cancel("e1"))), ["accepted", "accepted", "duplicate"]
        )
        self.publish()
        self.assertEqual(self.quantities(), {})

    def test_again_it_is_a_duplicate_and_its_event_does_not_come_back(self):
        self.push(event("e1"), cancel("e1"))
        for _time in range(2):
            self.assertEqual(self.statuses(self.push(cancel("e1"), event("e1"))), ["duplicate", "duplicate"])
            self.publish()
        self.assertEqual(self.quantities(), {})

    def test_what_was_never_there_cannot_be_cancelled(self):
        self.assertEqual(self.statuses(self.push(cancel("e1"))), ["nothing_to_cancel"])

    def test_what_is_cancelled_is_not_corrected(self):
        self.push(event("e1"), cancel("e1"))
        self.assertEqual(self.statuses(self.push(event("e1", quantity="2", action="correct"))), ["cancelled"])

    def test_of_a_corrected_event_the_correction_goes(self):
        self.push(event("e1"))
        self.publish()
        self.push(event("e1", quantity="5", action="correct"), cancel("e1"))
        self.publish()
        self.assertEqual(self.quantities(), {})

    def test_a_hold_ends_with_it(self):
        self.push(event("e1"))
        self.publish()
        self.store._hold_rows(self.company, self.live_rows(self.events).ids, "look")
        self.push(cancel("e1"))
        self.publish()
        self.assertEqual(self.env["cloud.usage.exception"].search([("state", "=", "held")]).ids, [])
        self.assertEqual(self.quantities(), {})

    def test_what_was_billed_is_told_as_changed(self):
        self.push(event("e1", quantity="2"), event("e2", quantity="3"), event("e3", quantity="4"))
        self.publish()
        self.assign(self.stream(self.events), self.acme_line)
        charge = self.bill(self.acme_line, "2026-03-01", "2026-04-01")
        number = self.store._last_number(self.company)
        self.assertFalse(self.store._changed_charges(self.company, number, charge))
        self.push(cancel("e1"), event("e2", quantity="1", action="correct"))
        self.publish()
        number = self.store._last_number(self.company)
        self.assertEqual(self.store._changed_charges(self.company, number, charge), charge)
        # 4 + 1; it was billed 2 + 3 + 4.
        totals = self.totals(self.acme_line, month=None, utc_start="2026-03-01", utc_end="2026-04-01")
        self.assertEqual([total.quantity for total in totals], [5])

    def test_states_add_up(self):
        self.push(event("e1"), event("e2"), event("e3", customer="bolt"))
        self.publish()
        self.push(cancel("e1"), event("e2", quantity="9", action="correct"))
        self.publish()
        self.assertEqual(self.store._prove_states(self.company), {})
