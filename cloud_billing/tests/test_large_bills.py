from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation

from .test_billing_runs import RunCase


@tagged("post_install", "-at_install")
class TestLargeBills(RunCase):
    """Acme's bill is 100.00, Bolt's 5.00; above 50 an invoice needs an approval of its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.cloud_large_amount = "50"

    def setUp(self):
        super().setUp()
        self.deliver_march()

    def run_approved(self):
        run = self.make_run()
        self.approve(run)
        self.bill, self.small = self.by_customer(run)["Acme"], self.by_customer(run)["Bolt"]
        return run

    def test_a_bill_above_the_amount_says_so_and_needs_a_look(self):
        bill = self.by_customer(self.make_run())["Acme"]
        self.assertEqual(bill.state, "look")
        self.assertIn(f"Above 50.00 {self.currency.name}", bill.reason_text)
        self.assertNotIn("large", [reason["code"] for reason in self.by_customer(bill.run_id)["Bolt"].reasons])

    def test_just_the_amount_needs_none(self):
        self.company.cloud_large_amount = "100"
        self.assertNotIn("large", [one["code"] for one in self.by_customer(self.make_run())["Acme"].reasons])

    def test_the_run_is_posted_without_it_and_it_follows_once_it_is_approved(self):
        run = self.run_approved()
        request = self.bill.approval_ids.request_id
        self.assertEqual((request.kind, request.state, self.bill.approval_state), ("large_bill", "pending", "pending"))
        self.assertEqual(request.requester_person_id, self.person_maker)
        run.with_user(self.user_accountant).action_post()
        self.assertEqual((self.bill.state, self.small.state, run.state), ("parked", "posted", "posted"))
        self.assertIn("approval of its own", self.bill.reason_text)
        self.vote(request)
        self.assertEqual((self.bill.state, run.state), ("ready", "posting"))
        run.with_user(self.user_accountant).action_post()
        self.assertEqual((self.bill.state, run.state), ("posted", "posted"))

    def test_approved_before_posting_it_goes_with_the_others(self):
        run = self.run_approved()
        self.vote(self.bill.approval_ids.request_id)
        run.with_user(self.user_accountant).action_post()
        self.assertEqual((self.bill.state, self.small.state), ("posted", "posted"))

    def test_who_submitted_the_run_does_not_approve_it(self):
        self.run_approved()
        with self.assertRaisesRegex(UserError, "proposed by you"):
            self.vote(self.bill.approval_ids.request_id, user=self.user_accountant)

    def test_another_person_than_the_runs_where_the_company_asks_for_that(self):
        self.company.cloud_large_other = True
        self.user_administrator.sudo().group_ids += self.env.ref("cloud_billing.group_approver")
        self.run_approved()
        request = self.bill.approval_ids.request_id
        with self.assertRaisesRegex(UserError, "approved the run"):
            self.vote(request)
        self.vote(request, user=self.user_administrator)
        self.assertEqual(self.bill.approval_state, "approved")

    def test_the_checker_sees_the_bill(self):
        self.run_approved()
        rows = {row["label"]: row["new"] for row in self.bill.approval_ids.request_id.effect["rows"]}
        self.assertEqual((rows["Customer"], rows["Total"]), ("Acme", f"100.00 {self.currency.name}"))

    def test_retrying_what_is_parked_does_not_go_round_it(self):
        run = self.run_approved()
        run.with_user(self.user_accountant).action_post()
        run.with_user(self.user_accountant).action_retry_parked()
        self.assertEqual(self.bill.state, "parked")
        self.bill.sudo().state = "ready"
        with self.assertRaisesRegex(UserError, "does not have yet"):
            self.bill._post()

    def test_the_tables_refuse_it_too(self):
        self.run_approved()
        self.env.flush_all()
        move = self.env["account.move"].create({"move_type": "out_invoice"})
        with self.assertRaisesRegex(CheckViolation, "approval of its own"), mute_logger("odoo.sql_db"):
            self.cr.execute(
                "UPDATE cloud_bill SET state = 'posted', move_id = %s WHERE id = %s", [move.id, self.bill.id]
            )

    def test_rejected_it_waits_and_is_asked_for_again_or_excluded(self):
        run = self.run_approved()
        run.with_user(self.user_accountant).action_post()
        self.vote(self.bill.approval_ids.request_id, decision="reject")
        self.assertEqual((self.bill.state, self.bill.approval_state), ("parked", "missing"))
        self.bill.with_user(self.user_accountant).action_ask_approval()
        self.assertEqual(self.bill.approval_state, "pending")
        self.bill.with_user(self.user_accountant).action_exclude("Not now")
        self.assertEqual((self.bill.state, self.bill.approval_ids[0].request_id.state), ("excluded", "withdrawn"))

    def test_a_run_that_goes_back_asks_nobody_any_more(self):
        run = self.run_approved()
        request = self.bill.approval_ids.request_id
        run.with_user(self.user_accountant).action_back_to_draft()
        self.assertEqual(request.state, "withdrawn")

    def test_another_currency_is_compared_at_the_rate_of_the_invoice_date(self):
        bill = self.by_customer(self.make_run())["Bolt"]
        dollar = self.env.ref("base.USD") if self.currency.name != "USD" else self.env.ref("base.GBP")
        bill.sudo().currency_id = dollar
        # 4 of the other currency are 1 of ours: 200 is just 50, 201 is above.
        self.env["res.currency.rate"].create(
            {"currency_id": dollar.id, "name": "2026-01-01", "rate": 4.0, "company_id": self.company.id}
        )
        self.env.cr.cache.clear()
        self.assertEqual([bill._is_above_limit(amount) for amount in (200, 201)], [False, True])

    def test_alone_in_a_company_of_one_person_it_is_approved_with_the_run(self):
        run = self.make_run()
        self.set_company_state("solo")
        self.release_all(run)
        run.with_user(self.user_accountant).action_submit()
        run.with_user(self.user_accountant).action_post()
        self.assertEqual(set(run.bill_ids.mapped("state")), {"posted"})
