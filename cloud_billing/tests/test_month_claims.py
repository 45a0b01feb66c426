"""Claims of posting, and that what the database refuses because two raced is tried again, in each step of a month."""

import contextlib
from datetime import datetime
from unittest.mock import patch

from odoo import SUPERUSER_ID
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_billing_runs import RunCase
from .undo_common import UndoMixin

_MODELS = "odoo.addons.cloud_billing.models"
_NIGHT = datetime(2026, 4, 1, 2)
# As PostgreSQL says it of two transactions that cannot both have been.
_RACED = "DO $$ BEGIN RAISE EXCEPTION 'could not serialize access' USING ERRCODE = 'serialization_failure'; END $$"


@tagged("post_install", "-at_install")
class TestClaimsOfBills(RunCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.begin_once(TestClaimsOfBills.begin)

    def begin(self):
        self.deliver_march()
        self.run_of_march = self.make_run()
        self.approve(self.run_of_march)
        self.run_of_march._set_state("posting")
        self.bills = self.run_of_march.bill_ids
        self.env.flush_all()

    def claim(self):
        return self.env["cloud.bill"]._claim(self.run_of_march)

    def set_bills(self, **vals):
        self.bills.sudo().write(vals)
        self.env.flush_all()

    def test_what_one_worker_holds_no_other_one_gets(self):
        self.assertEqual(self.claim(), self.bills)
        self.assertFalse(self.claim())

    def test_a_batch_is_no_larger_than_a_batch(self):
        with patch(f"{_MODELS}.billing.bill.cloud_bill_posting.BATCH", 1):
            self.assertEqual([len(self.claim()) for _ in range(3)], [1, 1, 0])

    def test_whoever_lost_the_claim_posts_nothing(self):
        self.claim()
        self.assertEqual(self.bills._post_batch("of somebody else"), 0)
        self.assertEqual((set(self.bills.mapped("state")), len(self.bills.move_id)), ({"ready"}, 0))

    def test_what_was_posted_meanwhile_is_not_posted_again(self):
        token = self.claim()[0].claim_token
        self.assertEqual(self.bills._post_batch(token), 2)
        self.env.flush_all()
        self.assertEqual((self.bills._post_batch(token), len(self.bills.move_id)), (0, 2))

    def test_a_lease_that_ended_is_taken_over_and_the_first_one_posts_nothing(self):
        first = self.claim()[0].claim_token
        self.set_bills(claim_until="2020-01-01")
        second = self.claim()[0].claim_token
        self.assertEqual((self.bills._post_batch(first), self.bills._post_batch(second)), (0, 2))

    def test_a_bill_whose_worker_died_three_times_is_parked(self):
        self.set_bills(attempts=3)
        self.assertFalse(self.claim())
        self.assertEqual(set(self.bills.mapped("state")), {"parked"})
        self.assertIn("3 times", self.bills[0].reason_text)

    def test_what_nobody_approved_is_not_claimed(self):
        self.set_bills(content_hash=False)
        self.assertFalse(self.claim())

    def test_a_bill_that_is_not_what_was_approved_is_not_posted(self):
        self.env.cr.execute("ALTER TABLE cloud_rated_line DISABLE TRIGGER cloud_rated_line_frozen")
        self.env.cr.execute("UPDATE cloud_rated_line SET amount = 1 WHERE bill_id = %s", [self.bills[0].id])
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "is not what was approved"):
            self.bills._post_batch(self.claim()[0].claim_token)
        self.assertFalse(self.bills.move_id)

    def test_what_a_lock_date_moved_to_another_day_is_not_posted(self):
        token = self.claim()[0].claim_token
        self.company.sudo().fiscalyear_lock_date = "2026-04-30"
        with self.assertRaisesRegex(UserError, "Choose another accounting date"):
            self.bills._post_batch(token)


@tagged("post_install", "-at_install")
class TestTriedAgain(UndoMixin, RunCase):
    """A method of a step is refused at its first call, as a race is; the step ends as if nothing had been."""

    def setUp(self):
        super().setUp()
        self.deliver_march()
        self.set_company_state("live")
        self.patch(self.registry["ir.cron"], "_commit_progress", lambda cron, *_a, **_k: cron.env.flush_all() or 60)
        # What is tried again waits for up to a second before.
        self.startPatcher(patch("odoo.service.model.time.sleep"))
        # Companies of demo data have months of their own.
        for company in self.env["res.company"].sudo().search([("id", "!=", self.company.id)]):
            self.set_company_state("setup", company)

    def refuse_first(self, model, method, calls=1):
        """Patch a method so that its first calls are refused by the database; the list of all calls."""
        owner, done = self.registry[model], []
        original = getattr(owner, method)

        def refuse(record, *args, **kwargs):
            done.append(record)
            if len(done) <= calls:
                record.env.cr.execute(_RACED)
            return original(record, *args, **kwargs)

        self.patch(owner, method, refuse)
        return done

    @contextlib.contextmanager
    def worker(self):
        """The environment of a worker, which commits and rolls back within the test; nothing of ours may complain."""
        self.env.flush_all()
        with (
            self.enter_registry_test_mode(),
            self.registry.cursor() as cr,
            mute_logger("odoo.sql_db", "odoo.service.model"),
        ):
            yield self.env(cr=cr, user=SUPERUSER_ID)
        self.env.invalidate_all()

    def work(self, model, method, *args):
        with self.worker() as env, self.assertNoLogs("odoo.addons.cloud_billing", "INFO"):
            getattr(env[model], method)(*args)

    def start_posting(self):
        run = self.make_run()
        self.approve(run)
        run._set_state("posting")
        return run

    def start_undo(self):
        run = self.make_run()
        self.post(run)
        undo = self.prepare_undo(run)
        self.agree_to(undo)
        return undo

    def test_making_the_run_of_a_night(self):
        calls = self.refuse_first("cloud.bill.run", "_create_due_run")
        self.work("cloud.bill.run", "_cron_create_runs")
        self.assertEqual(len(calls), 2)
        self.assertEqual(self.env["cloud.bill.run"].search_count([("company_id", "=", self.company.id)]), 1)

    def test_making_the_run_of_late_usage(self):
        calls = self.refuse_first("cloud.bill.run", "_make_late_run")
        self.work("cloud.bill.run", "_cron_bill_late")
        self.assertEqual(len(calls), 2)

    def start_rating(self):
        run = self.env["cloud.bill.run"].create({"company_id": self.company.id, "cutoff_date": "2026-04-01"})
        run._start_rating()
        return run

    def rate_after(self, model, method):
        run = self.start_rating()
        self.refuse_first(model, method)
        self.work("cloud.bill.run", "_cron_rate_runs")
        self.assertEqual((run.state, run.attempts, run.error), ("review", 0, False))

    def test_claiming_a_share_of_a_run(self):
        self.rate_after("cloud.bill.run.share", "_write_claim")

    def test_claiming_a_run(self):
        self.rate_after("cloud.bill.run", "_write_claim")

    def test_rating(self):
        self.rate_after("cloud.bill.run", "_work_claimed")

    def test_telling_why_a_run_was_not_rated(self):
        run = self.start_rating()
        self.patch(self.registry["cloud.bill.run"], "_rate_chunk", self.fail_with("Out of paper"))
        self.refuse_first("cloud.bill.run", "_leave_claim")
        with self.worker() as env, mute_logger("odoo.addons.cloud_billing"):
            env["cloud.bill.run"]._cron_rate_runs()
        self.assertIn("Out of paper", run.error)

    def post_after(self, model, method):
        run = self.start_posting()
        calls = self.refuse_first(model, method)
        self.work("cloud.bill.run", "_cron_post_runs")
        self.assert_posted(run)
        return calls

    def assert_posted(self, run):
        self.assertEqual((run.state, len(run.bill_ids.move_id)), ("posted", 2))
        # Each was claimed once: it was not left to the next claim.
        self.assertEqual(run.bill_ids.mapped("attempts"), [1, 1])

    def test_beginning_to_post_a_run(self):
        self.post_after("cloud.bill.run", "_start_posting")

    def test_claiming_bills(self):
        self.post_after("cloud.bill", "_claim")

    def test_posting(self):
        # Both bills together, twice: they were not left to one by one.
        self.assertEqual([len(bills) for bills in self.post_after("cloud.bill", "_post_batch")], [2, 2])

    def test_ending_a_run(self):
        self.post_after("cloud.bill.run", "_close_when_done")

    def refuse_together_and_first_alone(self, model, method):
        """Patch the work on a batch: several at once cannot be done, each one alone is refused at its first call."""
        original, refused = getattr(self.registry[model], method), set()

        def work(records, token):
            if len(records) > 1:
                raise RuntimeError("Not together.")
            if records.id not in refused:
                refused.add(records.id)
                records.env.cr.execute(_RACED)
            return original(records, token)

        self.patch(self.registry[model], method, work)

    def test_posting_one_by_one(self):
        run = self.start_posting()
        self.refuse_together_and_first_alone("cloud.bill", "_post_batch")
        with self.worker() as env:
            env["cloud.bill.run"]._cron_post_runs()
        self.assert_posted(run)

    def test_parking_a_bill(self):
        run = self.start_posting()
        self.patch(self.registry["cloud.bill"], "_post_batch", self.fail_with("No such account."))
        self.refuse_first("cloud.bill", "_give_up")
        with self.worker() as env, mute_logger("odoo.addons.cloud_billing"):
            env["cloud.bill.run"]._cron_post_runs()
        self.assertEqual(set(run.bill_ids.mapped("state")), {"parked"})

    def reverse_after(self, method):
        undo = self.start_undo()
        calls = self.refuse_first("cloud.undo.line", method)
        self.work("cloud.undo", "_cron_reverse_undone")
        self.assert_reversed(undo)
        return calls

    def assert_reversed(self, undo):
        self.assertEqual(set(undo.line_ids.mapped("state")), {"reversed"})
        self.assertEqual(undo.line_ids.mapped("attempts"), [1, 1])

    def test_claiming_invoices_to_reverse(self):
        self.reverse_after("_claim")

    def test_reversing(self):
        self.assertEqual([len(lines) for lines in self.reverse_after("_reverse_batch")], [2, 2])

    def test_reversing_one_by_one(self):
        undo = self.start_undo()
        self.refuse_together_and_first_alone("cloud.undo.line", "_reverse_batch")
        with self.worker() as env:
            env["cloud.undo"]._cron_reverse_undone()
        self.assert_reversed(undo)

    def test_leaving_an_invoice_to_the_correction_list(self):
        undo = self.start_undo()
        self.patch(self.registry["cloud.undo.line"], "_reverse_batch", self.fail_with("The journal is gone."))
        self.refuse_first("cloud.undo.line", "_give_up")
        with self.worker() as env, mute_logger("odoo.addons.cloud_billing"):
            env["cloud.undo"]._cron_reverse_undone()
        self.assertEqual(set(undo.line_ids.mapped("state")), {"open"})

    def make_night_run(self):
        run = self.make_run()
        run.sudo().is_automatic = True
        return run

    def test_approving_under_a_standing_approval(self):
        self.make_night_run()
        calls = self.refuse_first("cloud.bill.run", "_approve_standing")
        self.work("cloud.bill.run", "_approve_standing_all", _NIGHT)
        self.assertEqual(len(calls), 2)

    def test_telling_why_a_run_was_left_to_people(self):
        run = self.make_night_run()
        self.patch(self.registry["cloud.bill.run"], "_approve_standing", self.fail_with("Out of paper"))
        self.refuse_first("cloud.bill.run", "_note_standing_problem")
        with self.worker() as env, mute_logger("odoo.addons.cloud_billing"):
            env["cloud.bill.run"]._approve_standing_all(_NIGHT)
        self.assertIn("Out of paper", run.error)

    @staticmethod
    def fail_with(message):
        def fail(*_args, **_kwargs):
            raise UserError(message)

        return fail
