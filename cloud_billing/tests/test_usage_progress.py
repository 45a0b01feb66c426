from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ..models.usage.usage_chunks import read_chunks
from .usage_common import APRIL, UsageCase, focus_csv, hour

_IMPORTER = "odoo.addons.cloud_billing.models.usage.usage_importer"


def call(work, _env):
    return work()


class BackgroundCase(UsageCase):
    """Imports that the scheduled action reads, a row to a chunk."""

    def setUp(self):
        super().setUp()
        self.importer = self.env["cloud.usage.importer"]
        self.patch(self.registry["ir.cron"], "_commit_progress", lambda cron, *_a, **_k: cron.env.flush_all() or 1000)

    def queue(self, *days, source=None, rows=None, **vals):
        rows = rows or [hour(day) for day in days or (1, 2, 3)]
        usage_import = self.env["cloud.usage.import"]._create_with_files(
            source or self.bills, [("usage.csv", focus_csv(*rows))], **vals
        )
        usage_import.sudo()._enqueue()
        self.env.flush_all()
        return usage_import.with_user(self.user_operator)

    def work(self, behind=None, then=None):
        """Let the scheduled action run; then(import) is called when it has read so many rows."""
        stage = self.registry["cloud.usage.importer"]._stage_chunk

        def staged(importer, usage_import, *arguments):
            stage(importer, usage_import, *arguments)
            usage_import.invalidate_recordset()
            if then and usage_import.rows_read == behind:
                then(usage_import)

        with (
            patch(f"{_IMPORTER}.retrying", call),
            patch(f"{_IMPORTER}.read_chunks", lambda *arguments: read_chunks(*arguments, size=1)),
            patch.object(self.registry["cloud.usage.importer"], "_stage_chunk", staged),
            # What a test has read is not rolled back with what the scheduled action gives up.
            patch.object(self.env.cr, "rollback", lambda: None),
        ):
            self.importer._cron_import_usage()
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestPause(BackgroundCase):
    def pause(self, usage_import):
        usage_import.with_user(self.user_operator).action_pause()

    def test_a_paused_import_keeps_what_was_read_and_goes_on_behind_it(self):
        usage_import = self.queue()
        self.work(behind=2, then=self.pause)
        self.assertEqual((usage_import.state, usage_import.rows_read), ("staging", 2))
        self.assertTrue(usage_import.is_paused)
        self.assertFalse(usage_import.claim_token or self.live_rows(self.bills))
        self.work()
        self.assertEqual(usage_import.rows_read, 2)
        usage_import.action_resume()
        seen = []
        self.work(behind=3, then=lambda one: seen.append(one.begun_bytes))
        self.assertEqual((usage_import.state, self.counts(usage_import)), ("imported", (3, 3, 0, 0, 0)))
        self.assertGreater(seen[0], 0)
        self.assertEqual(len(self.live_rows(self.bills)), 3)

    def test_a_later_delivery_does_not_overtake_a_paused_one(self):
        first, second = self.queue(1), self.queue(1, 2)
        first.action_pause()
        self.work()
        self.assertEqual((first.state, second.state), ("queued", "queued"))
        self.assertEqual(second.get_progress()["waits_for"], first.name)
        # Nor one that is small enough to be imported at once.
        third = self.deliver(self.bills, focus_csv(hour(1), hour(2), hour(3)))
        self.assertEqual(third.state, "queued")
        first.action_resume()
        self.work()
        self.assertEqual([one.state for one in (first, second, third)], ["imported"] * 3)
        numbers = [one.import_number for one in (first, second, third)]
        self.assertEqual(numbers, sorted(numbers))

    def test_an_older_delivery_that_is_tried_again_does_not_stop_the_one_being_read(self):
        older, newer = self.queue(1), self.queue(1, 2)
        older.action_cancel()
        self.work(behind=1, then=self.pause)
        self.assertEqual(newer.state, "staging")
        older.action_retry()
        self.assertEqual(older.state, "queued")
        newer.action_resume()
        self.work()
        self.assertEqual((newer.state, newer.import_number > 0), ("imported", True))

    def test_other_sources_go_on(self):
        other = self.env["cloud.usage.source"].create({"name": "O", "company_id": self.company.id, "reader": "focus"})
        paused, free = self.queue(1), self.queue(1, source=other)
        paused.action_pause()
        self.work()
        self.assertEqual((paused.state, free.state), ("queued", "imported"))

    def test_corrections_wait_for_a_paused_import_too(self):
        usage_import = self.queue()
        self.work(behind=1, then=self.pause)
        with self.assertRaisesRegex(UserError, "or its reading is paused"):
            self.importer._check_free(self.env["cloud.usage.import"].create({"source_id": self.bills.id}))
        self.assertTrue(usage_import.is_paused)

    def test_what_does_not_run_is_neither_paused_nor_resumed(self):
        usage_import = self.queue()
        with self.assertRaisesRegex(UserError, "Only a paused import goes on"):
            usage_import.action_resume()
        self.work()
        for action in (usage_import.action_pause, usage_import.action_resume):
            with self.assertRaisesRegex(UserError, "is now: Imported"):
                action()

    def test_only_who_imports_pauses(self):
        usage_import = self.queue()
        for name in ("action_pause", "action_resume", "action_cancel"):
            with self.assertRaises(AccessError):
                getattr(usage_import.with_user(self.user_viewer), name)()
        with self.assertRaises(AccessError):
            usage_import.halt_ids.create({"import_id": usage_import.id, "kind": "pause"})
        self.assertEqual(usage_import.with_user(self.user_viewer).get_progress()["state"], "queued")

    def test_one_halt_at_a_time(self):
        usage_import = self.queue()
        usage_import.action_pause()
        usage_import.action_pause()
        self.assertEqual(len(usage_import.halt_ids), 1)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.cr.savepoint():
            usage_import.sudo().halt_ids.create({"import_id": usage_import.id, "kind": "cancel"})

    def test_a_paused_import_is_a_job_that_can_go_on(self):
        usage_import = self.queue()
        usage_import.action_pause()
        self.env.flush_all()
        job = self.env["cloud.job"].with_user(self.user_operator).search([("res_id", "=", usage_import.id)])
        self.assertEqual(job.status, "paused")
        job.action_retry()
        self.assertFalse(usage_import.is_paused)


@tagged("post_install", "-at_install")
class TestCancel(BackgroundCase):
    def test_an_import_being_read_is_cancelled_behind_the_present_chunk(self):
        usage_import = self.queue()
        self.work(behind=2, then=lambda one: one.with_user(self.user_operator).action_cancel())
        self.assertEqual((usage_import.state, usage_import.rows_read), ("refused", 0))
        self.assertEqual(usage_import.error, f"Cancelled by {self.user_operator.name}.")
        self.assertFalse(usage_import.halt_ids or usage_import.delivery_ids)

    def test_what_waits_or_is_paused_is_cancelled_at_once(self):
        usage_import = self.queue()
        usage_import.action_pause()
        usage_import.action_cancel()
        self.assertEqual((usage_import.state, usage_import.halt_ids.ids), ("refused", []))
        usage_import.action_retry()
        self.assertEqual(usage_import.state, "imported")

    def test_whoever_died_before_looking_does_not_keep_a_cancelled_import(self):
        usage_import = self.queue()
        usage_import.sudo().write({"state": "staging", "claim_token": "x", "claim_until": "2099-01-01"})
        usage_import.action_cancel()
        self.assertEqual(usage_import.state, "staging")
        usage_import.sudo().claim_until = "2020-01-01"
        self.work()
        self.assertEqual(usage_import.state, "refused")


@tagged("post_install", "-at_install")
class TestProgress(BackgroundCase):
    def test_it_tells_rows_bytes_and_the_time_left(self):
        usage_import = self.queue(*range(1, 11))
        size = usage_import.file_ids.size
        self.assertEqual(
            usage_import.get_progress(),
            {"state": "queued", "is_paused": False, "is_worked_on": False, "waits_for": False, "rows": 0,
             "is_to_confirm": False, "bytes": size, "bytes_read": 0.0, "percent": 0.0, "seconds_left": None},
        )  # fmt: skip
        now = fields.Datetime.now()
        # A quarter was there when this worker began, 100 s ago; it read another half. A quarter is left: 50 s.
        usage_import.sudo().write(
            {
                "state": "staging",
                "claim_until": fields.Datetime.add(now, minutes=3),
                "begun_at": fields.Datetime.subtract(now, seconds=100),
                "begun_bytes": size / 4,
                "high_water_bytes": size * 3 / 4,
                "rows_read": 7,
                "rows_accepted": 7,
            }
        )
        progress = usage_import.get_progress()
        self.assertEqual((progress["rows"], progress["percent"], progress["is_worked_on"]), (7, 75.0, True))
        self.assertAlmostEqual(progress["seconds_left"], 50, delta=2)

    def test_another_company_learns_nothing(self):
        usage_import = self.queue()
        other = self.env["res.company"].create({"name": "Other"})
        self.user_viewer.write({"company_ids": other.ids, "company_id": other.id})
        with self.assertRaises(AccessError):
            usage_import.with_user(self.user_viewer).with_context(allowed_company_ids=other.ids).get_progress()


@tagged("post_install", "-at_install")
class TestConfirm(BackgroundCase):
    """Deliveries that nobody has seen as a whole; two days of March are there, at 10 each."""

    def setUp(self):
        super().setUp()
        self.first = self.queue(1, 2)
        self.work()

    def unseen(self, *rows):
        usage_import = self.queue(rows=rows, must_confirm=True)
        self.work()
        return usage_import

    def cost(self):
        return sum(row.cost_billed for row in self.live_rows(self.bills))

    def test_it_stops_before_a_row_changes_and_shows_the_whole_difference(self):
        usage_import = self.unseen(hour(1), hour(2, cost="25"), hour(3))
        self.assertTrue(usage_import.is_to_confirm)
        self.assertEqual((usage_import.state, usage_import.import_number, self.cost()), ("staging", 0, 20))
        # 10 + 10 until now; 10 + 25 + 10 then.
        self.assertEqual(
            usage_import.change_text,
            "March 2026 of acct-1: 1 rows added, 1 changed, 0 gone; billed cost 20 becomes 45 USD. "
            "Nothing of these months is billed.",
        )
        self.assertEqual(self.env["cloud.job"].search([("res_id", "=", usage_import.id)]).status, "failed")
        # It keeps its turn, and nobody takes it up.
        later = self.queue(1)
        self.work()
        self.assertEqual((usage_import.state, later.state), ("staging", "queued"))

    def test_a_person_confirms_and_nothing_is_read_again(self):
        usage_import = self.unseen(hour(1), hour(2, cost="25"))
        usage_import.action_confirm()
        self.work(then=lambda one: self.fail("read again"))
        self.assertEqual((usage_import.state, self.counts(usage_import)), ("imported", (2, 2, 0, 0, 0)))
        self.assertEqual((self.cost(), usage_import.differences[0]["changed_rows"]), (35, 1))

    def test_what_goes_away_is_agreed_to_by_name(self):
        usage_import = self.unseen(hour(1))
        self.assertIn("0 changed, 1 gone", usage_import.change_text)
        usage_import.action_confirm()
        self.work()
        self.assertEqual((usage_import.state, self.cost()), ("imported", 10))
        event = (
            self.env["cloud.audit.event"]
            .sudo()
            .search([("action", "=", "usage_removal_agreed")], limit=1, order="id desc")
        )
        self.assertEqual(event.res_id, usage_import.id)

    def test_a_cancelled_one_changes_nothing_and_can_be_tried_again(self):
        usage_import = self.unseen(hour(1))
        usage_import.action_cancel()
        self.assertEqual((usage_import.state, self.cost()), ("refused", 20))
        usage_import.action_retry()
        self.assertEqual((usage_import.state, usage_import.rows_read, usage_import.is_read), ("queued", 0, False))
        self.work()
        self.assertTrue(usage_import.is_to_confirm)

    def test_new_rows_and_new_months_ask_nobody(self):
        usage_import = self.unseen(hour(1), hour(2), hour(3), hour(1, **APRIL))
        self.assertEqual((usage_import.state, self.cost()), ("imported", 40))

    def test_the_same_again_asks_nobody(self):
        self.assertEqual(self.unseen(hour(2), hour(1)).state, "known")

    def test_a_delivery_that_was_seen_as_a_whole_is_not_asked_about(self):
        usage_import = self.queue(rows=[hour(1), hour(2, cost="25")])
        self.work()
        self.assertEqual(usage_import.state, "imported")

    def test_a_small_file_that_was_not_looked_at_as_a_whole_goes_the_same_way(self):
        usage_import = self.env["cloud.usage.import"]._create_with_files(
            self.bills, [("usage.csv", focus_csv(hour(1)))], must_confirm=True
        )
        usage_import.action_import()
        self.work()
        self.assertTrue(usage_import.is_to_confirm)

    def test_only_who_imports_confirms_and_only_what_waits_for_it(self):
        usage_import = self.unseen(hour(1))
        with self.assertRaises(AccessError):
            usage_import.with_user(self.user_viewer).action_confirm()
        with self.assertRaises(AccessError):
            usage_import.write({"must_confirm": False})
        with self.assertRaisesRegex(UserError, "Only a paused import goes on"):
            usage_import.action_resume()
        other = self.env["cloud.usage.source"].create({"name": "O", "company_id": self.company.id, "reader": "focus"})
        with self.assertRaisesRegex(UserError, "waits for nobody's confirmation"):
            waiting = self.queue(1, source=other)
            waiting.sudo().state = "staging"
            waiting.action_confirm()
