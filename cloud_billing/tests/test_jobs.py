from functools import partial
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.usage.usage_chunks import read_chunks
from .test_billing_runs import RunCase
from .undo_common import UndoMixin
from .usage_common import UsageCase, focus_csv, hour

_POSTING = "odoo.addons.cloud_billing.models.billing.run.cloud_bill_run_posting"
_BILLS = "odoo.addons.cloud_billing.models.billing.bill.cloud_bill_posting"
_ISOLATED = "odoo.addons.cloud_billing.models.billing.isolated_work"
_IMPORTER = "odoo.addons.cloud_billing.models.usage.usage_importer"


def call(work, _env):
    return work()


@tagged("post_install", "-at_install")
class TestJobsOfRuns(UndoMixin, RunCase):
    def setUp(self):
        super().setUp()
        self.deliver_march()

    def jobs(self, user=None, **filters):
        self.env.flush_all()
        self.env.invalidate_all()
        domain = [("company_id", "=", self.company.id), *((name, "=", value) for name, value in filters.items())]
        return self.env["cloud.job"].with_user(user or self.user_accountant).search(domain)

    def test_a_run_that_is_rated_is_a_job_until_it_is_in_review(self):
        run = self.start_run()
        job = self.jobs()
        self.assertEqual((job.name, job.kind, job.status, job.progress), (run.name, "rating", "waiting", 0.0))
        run._rate_all()
        self.assertFalse(self.jobs())

    def test_what_holds_a_claim_works_and_what_gave_up_needs_a_person(self):
        run = self.start_run().sudo()
        run._write_claim()
        self.assertEqual((self.jobs().status, self.jobs().attempts), ("working", 1))
        run.write({"attempts": 3, "error": "Out of memory", "claim_until": False})
        job = self.jobs()
        self.assertEqual((job.status, job.error), ("failed", "Out of memory"))
        job.action_retry()
        self.assertEqual((run.attempts, run.error, self.jobs().status), (0, False, "waiting"))

    def test_stopping_a_rating_gives_it_up(self):
        run = self.start_run()
        self.jobs().action_stop()
        self.assertEqual((run.state, run.bill_ids.ids), ("draft", []))

    def test_stopping_a_posting_parks_what_is_not_posted(self):
        run = self.make_run()
        self.approve(run)
        run._set_state("posting")
        self.assertEqual(self.jobs().kind, "posting")
        self.by_customer(run)["Bolt"]._post()
        self.jobs().action_stop()
        bills = self.by_customer(run)
        self.assertEqual((bills["Bolt"].state, bills["Acme"].state, run.state), ("posted", "parked", "posted"))
        job = self.jobs()
        self.assertEqual((job.kind, job.customer_id, job.status), ("bill", self.acme, "failed"))
        self.assertIn("Stopped by", job.error)
        job.action_retry()
        self.assertEqual((bills["Acme"].state, run.state), ("ready", "posting"))
        run.with_user(self.user_accountant).action_post()
        self.assertEqual((bills["Acme"].state, run.state), ("posted", "posted"))

    def test_a_parked_bill_is_given_up_by_a_note(self):
        run = self.make_run()
        self.approve(run)
        self.by_customer(run)["Acme"]._park("Broken")
        self.assertEqual(self.jobs(kind="bill").action_stop()["res_model"], "cloud.bill.note")

    def test_whoever_may_not_bill_neither_retries_nor_stops_a_run(self):
        self.start_run()
        for action in ("action_retry", "action_stop"):
            with self.assertRaises(AccessError):
                getattr(self.jobs(user=self.user_operator), action)()
        with self.assertRaises(AccessError):
            self.jobs(user=self.user_viewer).mapped("name")

    def test_jobs_of_another_company_are_not_seen(self):
        self.start_run()
        self.user_accountant.sudo().write({"company_ids": [(4, self.env.ref("base.main_company").id)]})
        jobs = self.env["cloud.job"].with_user(self.user_accountant)
        jobs = jobs.with_context(allowed_company_ids=self.env.ref("base.main_company").ids)
        self.assertFalse(jobs.search([("company_id", "=", self.company.id)]))

    def test_the_list_opens_what_it_shows(self):
        run = self.start_run()
        action = self.jobs().action_open()
        self.assertEqual((action["res_model"], action["res_id"]), (run._name, run.id))

    def test_an_undo_that_was_approved_is_a_job_until_all_is_reversed(self):
        run = self.make_run()
        self.post(run)
        undo = self.prepare_undo(run)
        self.agree_to(undo)
        job = self.jobs()
        self.assertEqual((job.kind, job.status, job.progress), ("undo", "waiting", 0.0))
        with self.assertRaisesRegex(UserError, "to the last one"):
            job.action_stop()
        job.action_retry()
        self.assertEqual((set(undo.line_ids.mapped("state")), self.jobs().ids), ({"reversed"}, []))

    def test_a_posting_whose_time_is_over_leaves_the_rest_to_the_next_call(self):
        run = self.make_run()
        self.approve(run)
        run._set_state("posting")
        self.patch(self.registry["ir.cron"], "_commit_progress", lambda cron, *_a, **_k: cron.env.flush_all() or 0)
        with patch(f"{_POSTING}.retrying", call), patch(f"{_ISOLATED}.retrying", call), patch(f"{_BILLS}.BATCH", 1):
            # After the last bill nothing remains, so Odoo makes no call more that could end the run.
            for expected, state in ((["posted", "ready"], "posting"), (["posted", "posted"], "posted")):
                self.env["cloud.bill.run"]._cron_post_runs()
                self.assertEqual((sorted(run.bill_ids.mapped("state")), run.state), (expected, state))

    def test_a_second_poster_leaves_journals_alone_whose_entries_are_chained(self):
        run = self.make_run()
        self.approve(run)
        run._set_state("posting")
        run.bill_ids[0]._get_journal().restrict_mode_hash_table = True
        self.patch(self.registry["ir.cron"], "_commit_progress", lambda cron, *_a, **_k: 1000)
        with patch(f"{_POSTING}.retrying", call), patch(f"{_ISOLATED}.retrying", call):
            self.env["cloud.bill.run"]._cron_post_runs(is_helper=True)
            self.assertEqual(set(run.bill_ids.mapped("state")), {"ready"})
            self.env["cloud.bill.run"]._cron_post_runs()
        self.assertEqual(set(run.bill_ids.mapped("state")), {"posted"})


@tagged("post_install", "-at_install")
class TestJobsOfImports(UsageCase):
    def queue(self):
        rows = [hour(day) for day in (1, 2, 3)]
        usage_import = self.env["cloud.usage.import"]._create_with_files(self.bills, [("usage.csv", focus_csv(*rows))])
        usage_import.sudo()._enqueue()
        self.env.flush_all()
        return usage_import

    def job(self, usage_import):
        self.env.flush_all()
        self.env.invalidate_all()
        return (
            self.env["cloud.job"]
            .with_user(self.user_operator)
            .search([("res_model", "=", "cloud.usage.import"), ("res_id", "=", usage_import.id)])
        )

    def test_an_import_that_waits_is_stopped_and_tried_again(self):
        usage_import = self.queue()
        job = self.job(usage_import)
        self.assertEqual((job.kind, job.status), ("import", "waiting"))
        job.action_stop()
        self.assertEqual((usage_import.state, self.job(usage_import).status), ("refused", "failed"))
        with self.assertRaisesRegex(UserError, "only while"):
            self.job(usage_import).action_stop()
        self.job(usage_import).action_retry()
        self.assertEqual(usage_import.state, "imported")
        self.assertFalse(self.job(usage_import))

    @mute_logger(_IMPORTER)
    def test_an_import_whose_time_is_over_goes_on_behind_its_last_chunk(self):
        usage_import = self.queue()
        # Each call of the scheduled action has time for one chunk of one row.
        self.patch(self.registry["ir.cron"], "_commit_progress", lambda cron, *_a, **_k: cron.env.flush_all() or 0)
        importer = self.env["cloud.usage.importer"]
        seen = []
        with (
            patch(f"{_IMPORTER}.retrying", call),
            patch(f"{_IMPORTER}.read_chunks", partial(read_chunks, size=1)),
        ):
            for _call in range(5):
                importer._cron_import_usage()
                self.env.invalidate_all()
                seen.append((usage_import.rows_read, usage_import.state))
                if usage_import.state == "imported":
                    break
        self.assertEqual([read for read, _state in seen[:3]], [1, 2, 3])
        self.assertEqual((seen[-1], usage_import.rows_accepted), ((3, "imported"), 3))


@tagged("post_install", "-at_install")
class TestHome(RunCase):
    def test_the_month_tells_of_a_scheduled_action_that_is_off(self):
        self.env["cloud.schedule.watch"]._get_crons().write({"nextcall": "2100-01-01 00:00:00", "failure_count": 0})
        home = self.env["cloud.home"].with_user(self.user_viewer)
        self.assertEqual(home.get_month()["warnings"], [])
        self.env.ref("cloud_billing.cron_post_runs").sudo().active = False
        self.assertIn("post approved bill runs", home.get_month()["warnings"][0])
