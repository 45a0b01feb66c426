import psycopg2.errors
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .billing_common import BillingCase
from .spend_common import SpendCase


@tagged("post_install", "-at_install")
class TestLimitedRuns(SpendCase):
    """Head pays for Branch; Other is on its own. All of them have support at 10.00 a month in arrears from March on."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.head, cls.other = cls.make_customer("Head"), cls.make_customer("Other")
        cls.branch = cls.make_customer("Branch", parent_id=cls.head.id)
        cls.of_head, cls.of_branch, cls.of_other = (
            cls.make_fee(customer, "10", date_start="2026-03-01") for customer in (cls.head, cls.branch, cls.other)
        )

    def owners(self, run):
        return sorted(self.env["cloud.charge"].search([("run_id", "=", run.id)]).mapped("customer_id.name"))

    def test_a_run_of_one_subscription_makes_only_its_periods_and_charges(self):
        run = self.make_run(subscription_ids=[(6, 0, self.of_branch.ids)])
        self.assertEqual(self.owners(run), ["Branch"])
        self.assertEqual(run.bill_ids.customer_id, self.head, "the parent pays")
        periods = self.env["cloud.billing.period"].search([("company_id", "=", self.company.id)])
        self.assertEqual(periods.subscription_id, self.of_branch)

    def test_a_run_of_a_customer_bills_those_it_pays_for_too(self):
        run = self.make_run(customer_ids=[(6, 0, self.head.ids)])
        self.assertEqual(self.owners(run), ["Branch", "Head"])

    def test_customers_and_subscriptions_add_up(self):
        run = self.make_run(customer_ids=[(6, 0, self.branch.ids)], subscription_ids=[(6, 0, self.of_other.ids)])
        self.assertEqual(self.owners(run), ["Branch", "Other"])

    def test_the_run_of_everybody_bills_the_rest_once(self):
        self.post(self.make_run(subscription_ids=[(6, 0, self.of_branch.ids)]))
        run = self.make_run()
        self.assertEqual(self.owners(run), ["Head", "Other"])

    def test_corrections_of_others_wait(self):
        lines = [
            self.make_subscription(customer, self.disk, date_start="2026-03-01").line_ids
            for customer in (self.head, self.other)
        ]
        streams = [self.make_stream(f"disk {line.id}") for line in lines]
        for stream, line in zip(streams, lines, strict=True):
            self.map_stream(stream, line)
        self.deliver(*({"stream": stream, "quantity": "100"} for stream in streams))
        self.post(self.make_run())
        # Both deliveries of March are restated: 100 GB become 150, 5.00 more for each.
        self.deliver(*({"stream": stream, "quantity": "150"} for stream in streams))
        run = self.make_run(subscription_ids=[(6, 0, lines[0].subscription_id.ids)])
        corrections = self.env["cloud.charge"].search([("run_id", "=", run.id), ("corrects_id", "!=", False)])
        self.assertEqual(corrections.subscription_line_id, lines[0])
        self.assertEqual(self.amounts(corrections), ["5.00"])
        corrections = self.env["cloud.charge"].search(
            [("run_id", "=", self.make_run().id), ("corrects_id", "!=", False)]
        )
        self.assertEqual(corrections.subscription_line_id, lines[1])

    def test_true_ups_are_those_of_the_named(self):
        own = self.make_minimum("15", scope="subscription", subscription_id=self.of_head.id)
        whole = self.make_minimum("40", self.head)
        self.make_minimum("40", self.other)
        run = self.make_run(subscription_ids=[(6, 0, self.of_head.ids)])
        charges = self.env["cloud.charge"].search([("run_id", "=", run.id)])
        self.assertEqual(charges.commitment_id, own, "a minimum of the customer is not one of its subscription")
        run.action_cancel()
        run = self.make_run(customer_ids=[(6, 0, self.head.ids)])
        charges = self.env["cloud.charge"].search([("run_id", "=", run.id)])
        self.assertEqual(charges.commitment_id, own | whole)

    def test_it_goes_through_review_and_approval_and_says_whom_it_bills(self):
        run = self.make_run(subscription_ids=[(6, 0, self.of_other.ids)])
        self.approve(run)
        self.assertIn(f"Only of {self.of_other.display_name}", str(run.request_id.effect))
        run.with_user(self.user_accountant).action_post()
        self.assertEqual(run.bill_ids.move_id.amount_untaxed, 10.0)

    def test_nobody_is_lost_by_it_and_a_month_is_not_compared_with_it(self):
        self.post(self.make_run())
        self.make_fee(self.other, "99", self.set_up, date_start="2026-04-10")
        run = self.make_run("2026-05-01", customer_ids=[(6, 0, self.other.ids)])
        self.assertEqual({row.effects["lost"] for row in run._get_bridge()}, {0})
        self.post(run)
        # April of Other was 10.00 + 99.00 at once; May is compared with March's 10.00 of the last run of everybody.
        bill = self.make_run("2026-06-01").bill_ids.filtered(lambda bill: bill.customer_id == self.other)
        self.assertEqual((str(bill.amount), str(bill.previous_amount)), ("10.00", "10.00"))

    def test_a_customer_that_a_run_names_cannot_be_deleted_from_under_it(self):
        draft = self.make_subscription(self.other, self.support, activate=False)
        run = self.env["cloud.bill.run"].create(
            {"company_id": self.company.id, "subscription_ids": [(6, 0, draft.ids)], "cutoff_date": "2026-04-01"}
        )
        with self.assertRaises(psycopg2.errors.RestrictViolation), self.cr.savepoint(), mute_logger("odoo.sql_db"):
            draft.unlink()
        self.assertTrue(run.exists().subscription_ids)

    def test_whom_it_bills_is_fixed_once_it_is_rated(self):
        run = self.make_run(subscription_ids=[(6, 0, self.of_other.ids)])
        with self.assertRaisesRegex(UserError, "Only Subscriptions cannot be written"):
            run.with_user(self.user_accountant).write({"subscription_ids": [(5,)]})

    def test_another_companys_subscription_is_refused(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        with self.assertRaisesRegex(UserError, "cannot bill"):
            self.env["cloud.bill.run"].create(
                {"company_id": other.id, "subscription_ids": [(6, 0, self.of_other.ids)], "cutoff_date": "2026-04-01"}
            )


@tagged("post_install", "-at_install")
class TestBillNow(BillingCase):
    """A set-up of 99.00 once, in arrears, in the middle of March; support 10.00 a month in arrears."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_version(
            {"product_id": cls.support.id, "unit_price": "10"}, {"product_id": cls.set_up.id, "unit_price": "99"}
        )
        cls.acme = cls.make_customer("Acme")
        cls.subscription = cls.make_subscription(
            cls.acme,
            cls.support,
            {"product_id": cls.set_up.id, "name": "Set-up", "date_start": "2026-03-16", "timing": "arrears"},
            date_start="2026-03-01",
        )
        cls.once = cls.subscription.line_ids.filtered(lambda line: line.billing_model == "one_time")

    def bill_now(self, at):
        return self.subscription._bill_now(self.instant(at))

    def test_what_is_not_due_is_said_instead_of_an_empty_run(self):
        with self.assertRaisesRegex(UserError, "Nothing is due"):
            self.bill_now("2026-03-20 10:00:00")

    def test_in_advance_a_one_time_charge_is_billed_at_once(self):
        self.once.timing = "advance"
        run = self.bill_now("2026-03-16 10:00:00")
        self.assertEqual((self.amounts(run.bill_ids), str(run.invoice_date)), (["99.00"], "2026-03-16"))

    def test_it_waits_for_the_customers_own_day(self):
        self.once.timing = "advance"
        # 22:30 UTC on the 15th is 23:30 in Amsterdam; one hour later it is the 16th there.
        with self.assertRaisesRegex(UserError, "Nothing is due"):
            self.bill_now("2026-03-15 22:30:00")
        self.assertEqual(self.amounts(self.bill_now("2026-03-15 23:30:00").bill_ids), ["99.00"])

    def test_the_lines_button_bills_a_one_time_charge_that_would_have_waited(self):
        # The button's today is the machine's: the subscription began in the past, so all of it is due.
        action = self.once.with_user(self.user_accountant).action_bill_now()
        self.assertEqual((action["res_model"], self.once.timing), ("cloud.bill.run", "advance"))
        run = self.env["cloud.bill.run"].browse(action["res_id"])
        self.assertEqual((run.state, run.subscription_ids), ("review", self.subscription))
        self.assertIn(self.once, run.bill_ids.charge_ids.subscription_line_id)

    def test_only_who_may_make_runs_may_bill_now(self):
        with self.assertRaises(AccessError):
            self.subscription.with_user(self.user_viewer).action_bill_now()

    def test_a_draft_is_not_billed(self):
        draft = self.make_subscription(self.acme, self.support, activate=False)
        with self.assertRaisesRegex(UserError, "a draft is not billed"):
            draft._bill_now(self.instant("2026-04-20 10:00:00"))
