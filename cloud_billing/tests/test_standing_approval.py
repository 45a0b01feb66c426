import contextlib
from datetime import datetime, timedelta
from unittest.mock import patch

from odoo import SUPERUSER_ID, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError
from psycopg2.errors import CheckViolation

from ..models.month.standing_token import STANDING_TOKEN
from .billing_common import D
from .test_billing_runs import RunCase

NIGHT = datetime(2026, 5, 2, 2, 0)


class StandingCase(RunCase):
    """Acme and Bolt were billed 100.00 and 5.00 for March; April comes in a run that the schedule makes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.begin_once(StandingCase.begin)

    def begin(self):
        self.deliver_march()
        self.post(self.make_run())
        # Ready: 100.00 -> 104.00 and 5.00 -> 5.20, each 4 percent above March.
        self.deliver_april(acme="1040", bolt="52")

    def make_standing(self, submit=True, vote=True, **vals):
        standing = (
            self.env["cloud.standing.approval"]
            .with_user(self.user_accountant)
            .create(
                {
                    "name": "Small bills",
                    "company_id": self.company.id,
                    "currency_id": self.currency.id,
                    # The database asks its own day, the tests give another one: it holds on both.
                    "date_start": "2020-01-01",
                    "date_end": "2100-01-01",
                    "amount_bill": "200",
                    "amount_run": "300",
                    "amount_month": "1000",
                    **vals,
                }
            )
        )
        if submit:
            standing.action_submit()
        if submit and vote:
            self.vote(standing.request_id)
            self.assertEqual(standing.state, "approved")
        return standing.with_user(self.env.user)

    def make_night_run(self, cutoff="2026-05-01"):
        run = self.make_run(cutoff)
        run.sudo().is_automatic = True
        self.assertEqual(set(run.bill_ids.mapped("state")), {"ready"})
        return run

    def approve_standing(self, run, now=NIGHT):
        run = run.with_user(SUPERUSER_ID)
        approved = run._approve_standing(now, STANDING_TOKEN)
        self.env.flush_all()
        return approved

    def approved_names(self, run, now=NIGHT):
        approved = self.approve_standing(run, now)
        return sorted(approved.bill_ids.mapped("customer_id.name"))


@tagged("post_install", "-at_install")
class TestStandingApproval(StandingCase):
    def test_what_it_covers_is_approved_and_posted_without_a_vote(self):
        standing = self.make_standing()
        run = self.make_night_run()
        self.assertEqual(self.approve_standing(run), run)
        self.assertEqual((run.state, run.standing_id, run.request_id.levels), ("posting", standing, 0))
        run._get_waiting()._post_now()
        run._close_when_done()
        self.assertEqual((run.state, set(run.bill_ids.mapped("state"))), ("posted", {"posted"}))
        self.assertEqual(str(standing._fetch_used(run.invoice_date)), "109.20")

    def test_the_run_says_under_what_it_was_approved(self):
        self.make_standing()
        run = self.make_night_run()
        self.approve_standing(run)
        for text in (run.standing_text, run.request_id.effect["notes"][0], run.request_id.reason):
            self.assertIn("Small bills", text)
            self.assertIn("Mara Maker", text)
            self.assertIn("agreed to by Chris Checker", text)
        self.assertIn("Small bills", run.message_ids[0].body)

    def test_without_one_the_run_waits_for_people(self):
        run = self.make_night_run()
        self.assertFalse(self.approve_standing(run))
        self.assertEqual(run.state, "review")

    def test_it_takes_another_person_who_sees_its_effect(self):
        standing = self.make_standing(vote=False)
        request = standing.request_id
        rows = {row["label"]: row["new"] for row in request.effect["rows"]}
        self.assertEqual(rows["Up to per invoice"], f"200.00 {self.currency.name}")
        with self.assertRaisesRegex(UserError, "proposed by you"):
            self.vote(request, user=self.user_accountant)
        self.assertFalse(self.approve_standing(self.make_night_run()))

    def test_a_person_writes_it_on_its_form(self):
        form = Form(self.env["cloud.standing.approval"].with_user(self.user_accountant))
        form.name = "Fees"
        form.date_start, form.date_end = "2026-01-01", "2027-01-01"
        form.amount_bill, form.amount_run, form.amount_month = "10", "20", "30"
        self.assertEqual(form.save().state, "draft")

    def test_expired_revoked_or_not_begun_it_approves_nothing(self):
        run = self.make_night_run()
        self.make_standing(date_end="2026-05-02")
        self.make_standing(date_start="2026-05-03")
        self.make_standing().with_user(self.user_approver).action_revoke("Too much")
        self.assertFalse(self.approve_standing(run))

    def test_revoking_stops_what_is_not_posted_yet(self):
        standing = self.make_standing()
        run = self.make_night_run()
        self.approve_standing(run)
        standing.with_user(self.user_accountant).action_revoke()
        with mute_logger("odoo.addons.cloud_billing.models.billing.bill.cloud_bill_posting"):
            run._get_waiting()._post_now()
        self.assertEqual(set(run.bill_ids.mapped("state")), {"parked"})
        self.assertIn("revoked", run.bill_ids[0].error)

    def test_what_was_revoked_stays_revoked(self):
        standing = self.make_standing()
        standing.action_revoke()
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"), self.cr.savepoint():
            self.cr.execute("UPDATE cloud_standing_approval SET revoked_at = NULL WHERE id = %s", [standing.id])
        with self.assertRaisesRegex(UserError, "nothing to revoke"):
            standing.action_revoke()

    def test_a_bill_above_its_limit_stays_for_people(self):
        # Acme 104.00 is above 100, Bolt 5.20 is not: Bolt goes, Acme stays.
        self.make_standing(amount_bill="100")
        run = self.make_night_run()
        approved = self.approve_standing(run)
        self.assertEqual((approved.bill_ids.customer_id, run.bill_ids.customer_id), (self.bolt, self.acme))
        self.assertEqual((approved.split_from_id, run.state, approved.state), (run, "review", "posting"))
        self.assertEqual(approved.bill_ids.charge_ids.run_id, approved)
        approved._get_waiting()._post_now()
        approved._close_when_done()
        self.assertEqual(approved.bill_ids.state, "posted")
        self.post(run)
        self.assertEqual(run.bill_ids.state, "posted")

    def test_a_run_and_a_month_have_limits_of_their_own(self):
        # 104.00 fits in 105.00; 5.20 more does not.
        self.make_standing(amount_bill="105", amount_run="105")
        self.assertEqual(self.approved_names(self.make_night_run()), ["Acme"])

    def test_what_a_month_was_used_for_is_not_there_for_the_next_run(self):
        # May's month: 104.00 of 106.00 used by Acme; Bolt's 5.20 does not fit any more.
        standing = self.make_standing(amount_bill="105", amount_run="105", amount_month="106")
        run = self.make_night_run()
        self.assertEqual(self.approved_names(run), ["Acme"])
        self.assertEqual(standing._fetch_used(run.invoice_date), D("104.00"))
        self.assertFalse(self.approve_standing(run))

    def test_what_needs_a_look_stays_for_people_even_when_released(self):
        self.make_standing()
        self.deliver_april(acme="3000", bolt="52")
        run = self.make_run("2026-05-01")
        run.sudo().is_automatic = True
        self.release_all(run)
        self.assertEqual(self.by_customer(run)["Acme"].state, "ready")
        self.assertEqual(self.approved_names(run), ["Bolt"])

    def test_what_a_person_wrote_by_hand_stays_for_people(self):
        self.make_standing()
        run = self.make_night_run()
        bill = self.by_customer(run)["Acme"]
        self.env["cloud.bill.text"].sudo()._put(bill, {("footer", ""): "Thank you"})
        self.env["cloud.adjustment"].create(
            {
                "name": "Help", "customer_id": self.bolt.id, "product_id": self.support.id, "amount": "1.00",
                "service_start": "2026-04-01", "service_end": "2026-05-01", "reason": "Asked for", "run_id": run.id,
            }
        )  # fmt: skip
        run.bill_ids._assess()
        self.assertFalse(self.approve_standing(run))

    def test_a_largest_difference_to_the_last_bill(self):
        # Both differ by 4 percent from March.
        self.make_standing(max_difference_percent="3.9")
        run = self.make_night_run()
        self.assertFalse(self.approve_standing(run))
        self.make_standing(max_difference_percent="4")
        self.assertEqual(self.approved_names(run), ["Acme", "Bolt"])

    def test_only_customers_rate_classes_or_recurring_fees(self):
        run = self.make_night_run()
        rate_class = self.env["cloud.rate.class"].create({"name": "Gold", "company_id": self.company.id})
        self.make_standing(is_recurring_only=True)
        self.make_standing(class_ids=[(6, 0, rate_class.ids)])
        self.assertFalse(self.approve_standing(run))
        self.make_standing(customer_ids=[(6, 0, self.acme.ids)])
        self.assertEqual(self.approved_names(run), ["Acme"])
        self.set_company_state("setup")
        self.env["cloud.rate.class.member"].create(
            {"customer_id": self.bolt.id, "class_id": rate_class.id, "date_start": "2026-01-01"}
        ).action_submit()
        self.set_company_state("live")
        self.assertEqual(self.approved_names(run), ["Bolt"])

    def test_a_run_that_a_person_has_made_is_left_to_people(self):
        self.make_standing()
        run = self.make_run("2026-05-01")
        with patch.object(self.registry["ir.cron"], "_commit_progress", lambda *args, **kwargs: 1):
            self.env["cloud.bill.run"].with_user(SUPERUSER_ID)._approve_standing_all(NIGHT)
        self.assertEqual(run.state, "review")

    def test_a_limit_or_scope_that_was_changed_behind_is_not_used(self):
        standing = self.make_standing(customer_ids=[(6, 0, self.bolt.ids)])
        for vals in ({"amount_bill": "9"}, {"customer_ids": [(5,)]}, {"state": "draft"}):
            with self.assertRaisesRegex(UserError, "approved"), self.cr.savepoint():
                standing.sudo().write(vals)
        for column, value in (("amount_month", "9999"), ("date_end", "'2200-01-01'"), ("scope", "'{}'::jsonb")):
            with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"), self.cr.savepoint():
                self.cr.execute(f"UPDATE cloud_standing_approval SET {column} = {value} WHERE id = {standing.id}")
        self.cr.execute("DELETE FROM cloud_standing_approval_customer_rel WHERE standing_id = %s", [standing.id])
        self.env.invalidate_all()
        self.assertFalse(self.approve_standing(self.make_night_run()))

    def test_bills_that_changed_after_approval_are_not_posted(self):
        self.make_standing()
        run = self.make_night_run()
        self.approve_standing(run)
        self.cr.execute("UPDATE cloud_bill SET grouping_key = 'x' WHERE run_id = %s", [run.id])
        self.env.invalidate_all()
        with mute_logger("odoo.addons.cloud_billing.models.billing.bill.cloud_bill_posting"):
            run._get_waiting()._post_now()
        self.assertEqual(set(run.bill_ids.mapped("state")), {"parked"})


@tagged("post_install", "-at_install")
class TestWeek(StandingCase):
    """A week of nights by their own clock, through the scheduled actions themselves."""

    def night(self, text):
        """All scheduled actions of a night, in the order of their names; a test cannot commit."""
        commit = patch.object(
            self.registry["ir.cron"], "_commit_progress", lambda cron, *_args, **_kwargs: cron.env.flush_all() or 60
        )
        models = "odoo.addons.cloud_billing.models"
        modules = ("run.cloud_bill_run_rating", "run.cloud_bill_run_posting", "isolated_work")
        retries = [patch(f"{models}.billing.{one}.retrying", lambda work, _env: work()) for one in modules]
        retries.append(patch(f"{models}.month.cloud_bill_run_standing.retrying", lambda work, _env: work()))
        other = self.env["res.company"].sudo().search([("id", "!=", self.company.id)])
        with contextlib.ExitStack() as stack:
            for one in (commit, *retries, freeze_time(text)):
                stack.enter_context(one)
            # Companies of demo data have nights of their own.
            for company in other.filtered(lambda company: company.cloud_billing_state != "setup"):
                self.set_company_state("setup", company)
            Run = self.env["cloud.bill.run"].with_user(SUPERUSER_ID)
            for action in ("_cron_create_runs", "_cron_rate_runs", "_cron_approve_standing", "_cron_post_runs"):
                getattr(Run, action)()
        self.env.invalidate_all()
        return Run.search([("company_id", "=", self.company.id), ("is_automatic", "=", True)], order="id")

    def test_nothing_is_due_then_the_month_is_posted_once_and_a_missed_week_is_caught_up(self):
        self.make_standing(amount_bill="100")
        self.assertFalse(self.night("2026-04-30 02:00:00"))
        # The customers' May begins in Amsterdam at 22:00 UTC on 30 April: due in the night of the 1st.
        runs = self.night("2026-05-01 02:00:00")
        self.assertEqual(runs.mapped("state"), ["review", "posted"])
        self.assertEqual((runs[0].bill_ids.customer_id, runs[1].bill_ids.customer_id), (self.acme, self.bolt))
        self.assertEqual(self.night("2026-05-02 02:00:00"), runs)
        self.deliver(
            {"stream": self.acme_stream, "quantity": "990"},
            {"stream": self.bolt_stream, "quantity": "52"},
            month="2026-05-01",
        )
        # A week without nights: what was due on 1 June is billed on the 8th. Acme's 99.00 is below its limit now.
        runs = self.night("2026-06-08 02:00:00")
        self.assertEqual(runs.mapped("state"), ["review", "posted", "posted"])
        self.assertEqual(self.amounts(runs[2].bill_ids.sorted("customer_id")), ["99.00", "5.20"])

    def test_a_run_that_was_left_in_the_middle_is_taken_up(self):
        self.make_standing()
        Run = self.env["cloud.bill.run"].with_user(SUPERUSER_ID)
        made = Run._create_due_run(self.company, NIGHT)
        made.write({"claim_token": "dead", "claim_until": "2026-05-02 02:10:00", "attempts": 1})
        self.assertEqual(self.night("2026-05-02 02:05:00").state, "rating")
        self.assertEqual(self.night("2026-05-02 02:15:00").state, "posted")

    def test_what_is_in_the_way_of_a_run_is_told_on_it_and_nothing_is_split(self):
        self.make_standing(amount_bill="100")
        run = self.make_night_run()
        self.company.sudo().fiscalyear_lock_date = "2026-05-31"
        with self.assertRaisesRegex(UserError, "books are closed"), self.cr.savepoint():
            self.approve_standing(run)
        run._note_standing_problem("The books are closed")
        self.assertEqual((len(run.bill_ids), run.error), (2, "The books are closed"))


@tagged("post_install", "-at_install")
class TestWhoMayWhat(StandingCase):
    def test_accountants_propose_and_viewers_read(self):
        standing = self.make_standing(submit=False)
        self.assertTrue(standing.with_user(self.user_viewer).name)
        for user in (self.user_viewer, self.user_operator, self.user_approver):
            with self.assertRaises(AccessError):
                standing.with_user(user).name = "Other"
        active = self.make_standing()
        with self.assertRaises(UserError):
            active.with_user(self.user_viewer).action_revoke()

    def test_another_company_does_not_see_it(self):
        self.make_standing()
        main = self.env.ref("base.main_company")
        self.user_accountant.sudo().write({"company_ids": [(4, main.id)]})
        standings = self.env["cloud.standing.approval"].with_user(self.user_accountant)
        self.assertFalse(
            standings.with_context(allowed_company_ids=main.ids).search([("company_id", "=", self.company.id)])
        )

    def test_statements_do_not_grow_with_bills(self):
        self.make_standing()
        run = self.make_night_run()
        self.env.flush_all()

        def count(bills):
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            run._move_bills(bills, rest)
            return self.cr.sql_log_count - before

        rest = run._split(run.bill_ids.browse())
        one, both = count(run.bill_ids[:1]), count(run.bill_ids)
        self.assertLessEqual(both, one)


@tagged("post_install", "-at_install")
class TestNobodyElseUsesIt(StandingCase):
    """What the database refuses whoever asks: a forged request, one too many, a bill that is not covered."""

    def insert(self, run, standing, **vals):
        values = {
            "name": "x", "company_id": self.company.id, "kind": "bill_run", "res_model": "cloud.bill.run",
            "res_id": run.id, "requester_id": SUPERUSER_ID,
            "requester_person_id": self.env.ref("base.user_root").cloud_person_id.id, "state": "pending", "round": 1,
            "levels": 0, "version": 0, "content_hash": "x", "submitted_at": fields.Datetime.now(),
            "standing_id": standing.id, **vals,
        }  # fmt: skip
        self.cr.execute(
            "INSERT INTO cloud_change_request ({}) VALUES ({}) RETURNING id".format(
                ", ".join(values), ", ".join(["%s"] * len(values))
            ),
            list(values.values()),
        )
        return self.cr.fetchone()[0]

    def assert_refused(self, message, action):
        self.env.flush_all()
        with mute_logger("odoo.sql_db"), self.assertRaisesRegex(IntegrityError, message), self.cr.savepoint():
            action()

    def apply(self, request_id):
        self.cr.execute("UPDATE cloud_change_request SET state = 'applied' WHERE id = %s", [request_id])

    def test_only_the_schedule_submits_under_it(self):
        standing, run = self.make_standing(), self.make_night_run()
        with self.assertRaisesRegex(UserError, "only the schedule"):
            self.env["cloud.change.request"].with_user(SUPERUSER_ID)._submit_under(run, standing, object())
        with self.assertRaises(UserError):
            self.env["cloud.change.request"].with_user(SUPERUSER_ID)._file(run, {}, object())

    def test_nothing_else_goes_under_it_and_nothing_goes_without_it(self):
        standing, run = self.make_standing(), self.make_night_run()
        self.assert_refused("at least one other person", lambda: self.insert(run, standing, standing_id=None))
        self.assert_refused("not for this|at least one", lambda: self.insert(run, standing, kind="price_version"))
        request_id = self.insert(run, standing, standing_id=None, levels=1)
        self.assert_refused(
            "not changed",
            lambda: self.cr.execute(
                "UPDATE cloud_change_request SET standing_id = %s WHERE id = %s", [standing.id, request_id]
            ),
        )

    def test_what_does_not_hold_is_refused(self):
        run = self.make_night_run()
        yesterday = fields.Date.today() - timedelta(days=1)
        revoked, waiting = self.make_standing(), self.make_standing(vote=False)
        revoked.action_revoke()
        for standing in (self.make_standing(date_end=yesterday), revoked, waiting):
            self.assert_refused("does not hold|at least one", lambda standing=standing: self.insert(run, standing))
        # With levels of people besides, it would only say under what it stands.
        self.assert_refused("does not hold", lambda: self.insert(run, revoked, levels=1))

    def test_what_was_approved_alone_does_not_hold_once_the_company_is_live(self):
        run = self.make_night_run()
        standing = self.make_standing(submit=False)
        self.set_company_state("setup")
        standing.action_approve_directly()
        self.env.flush_all()
        self.set_company_state("live")
        self.assertEqual(standing.state, "approved")
        self.assertFalse(self.approve_standing(run))
        self.assert_refused("at least one", lambda: self.insert(run, standing))

    def test_limits_and_cover_are_asked_once_more_when_it_is_applied(self):
        run = self.make_night_run()
        for vals, message in (
            ({"amount_bill": "100"}, "does not cover"),
            ({"amount_bill": "105", "amount_run": "105"}, "for one"),
            ({"customer_ids": [(6, 0, self.acme.ids)]}, "does not cover"),
        ):
            request_id = self.insert(run, self.make_standing(**vals))
            self.assert_refused(message, lambda request_id=request_id: self.apply(request_id))
            self.cr.execute("UPDATE cloud_change_request SET state = 'withdrawn' WHERE id = %s", [request_id])

    def test_the_month_is_asked_once_more_when_it_is_applied(self):
        # 104.00 + 5.20 = 109.20 in the month; each run alone is below 110, both together are above 109.
        standing = self.make_standing(amount_bill="105", amount_run="109", amount_month="109")
        run = self.make_night_run()
        rest = run._split(self.by_customer(run)["Bolt"])
        self.approve_standing(run)
        self.cr.execute("UPDATE cloud_bill SET content_hash = 'x' WHERE run_id = %s", [rest.id])
        request_id = self.insert(rest, standing)
        self.cr.execute("UPDATE cloud_bill_run SET request_id = %s WHERE id = %s", [request_id, rest.id])
        self.assert_refused("The month is above", lambda: self.apply(request_id))

    def test_the_standing_approval_of_another_company_is_refused(self):
        run = self.make_night_run()
        other = self.env["res.company"].create({"name": "Other"})
        standing = self.env["cloud.standing.approval"].sudo().create(
            {
                "name": "Other", "company_id": other.id, "currency_id": self.currency.id, "date_start": "2020-01-01",
                "date_end": "2100-01-01", "amount_bill": "200", "amount_run": "300", "amount_month": "900",
            }
        )  # fmt: skip
        standing.action_approve_directly()
        self.assertFalse(self.approve_standing(run))
        request_id = self.insert(run, standing)
        self.assert_refused("another company", lambda: self.apply(request_id))

    def test_a_bill_is_not_posted_under_one_that_was_revoked_in_the_tables(self):
        standing, run = self.make_standing(), self.make_night_run()
        self.approve_standing(run)
        self.cr.execute("UPDATE cloud_standing_approval SET revoked_at = now() WHERE id = %s", [standing.id])
        self.assert_refused(
            "does not hold any more",
            lambda: self.cr.execute("UPDATE cloud_bill SET state = 'zero' WHERE run_id = %s", [run.id]),
        )
