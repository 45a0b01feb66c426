from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .billing_common import BillingCase


class PeriodCase(BillingCase):
    def create_due(self, cutoff):
        return self.env["cloud.billing.period"]._create_due(self.company, self.day(cutoff))

    def dates(self, subscription):
        periods = self.env["cloud.billing.period"].search(
            [("subscription_id", "=", subscription.id)], order="date_start"
        )
        return [(str(period.date_start), str(period.date_end)) for period in periods]


@tagged("post_install", "-at_install")
class TestPeriodsThatFallDue(PeriodCase):
    def test_a_month_in_arrears_is_due_on_the_first_day_after_it(self):
        subscription = self.make_subscription(self.make_customer("Acme"), self.disk)
        self.assertEqual(self.create_due("2026-01-31"), 0)
        self.assertEqual(self.create_due("2026-02-01"), 1)
        self.assertEqual(self.dates(subscription), [("2026-01-01", "2026-02-01")])

    def test_a_fee_in_advance_makes_its_period_due_on_the_first_day(self):
        line = {"product_id": self.support.id, "name": "Support", "timing": "advance"}
        subscription = self.make_subscription(self.make_customer("Acme"), line)
        self.assertEqual(self.create_due("2026-01-01"), 1)
        self.assertEqual(self.dates(subscription), [("2026-01-01", "2026-02-01")])

    def test_what_is_there_is_not_made_again(self):
        subscription = self.make_subscription(self.make_customer("Acme"), self.disk)
        self.assertEqual(self.create_due("2026-03-01"), 2)
        self.assertEqual(self.create_due("2026-03-01"), 0)
        self.assertEqual(self.create_due("2026-04-01"), 1)
        self.assertEqual(len(self.dates(subscription)), 3)

    def test_an_anniversary_on_the_31st_comes_back_to_the_31st(self):
        subscription = self.make_subscription(
            self.make_customer("Acme"), self.disk, date_start="2026-01-31", cycle_kind="anniversary"
        )
        self.create_due("2026-04-30")
        self.assertEqual(
            self.dates(subscription),
            [("2026-01-31", "2026-02-28"), ("2026-02-28", "2026-03-31"), ("2026-03-31", "2026-04-30")],
        )

    def test_a_short_first_period_knows_the_whole_month(self):
        subscription = self.make_subscription(self.make_customer("Acme"), self.disk, date_start="2026-01-16")
        self.create_due("2026-02-01")
        period = self.env["cloud.billing.period"].search([("subscription_id", "=", subscription.id)])
        self.assertEqual(
            (str(period.date_start), str(period.full_start), str(period.full_end)),
            ("2026-01-16", "2026-01-01", "2026-02-01"),
        )

    def test_the_bounds_are_those_of_the_customers_zone_and_stay(self):
        # Amsterdam: winter time until 29 March 2026 (UTC+1), then summer time (UTC+2).
        customer = self.make_customer("Acme")
        subscription = self.make_subscription(customer, self.disk, date_start="2026-03-01")
        self.create_due("2026-04-01")
        period = self.env["cloud.billing.period"].search([("subscription_id", "=", subscription.id)])
        bounds = self.instant("2026-02-28 23:00:00"), self.instant("2026-03-31 22:00:00")
        self.assertEqual((period.utc_start, period.utc_end), bounds)
        customer.tz = "America/New_York"
        self.assertEqual((period.utc_start, period.utc_end), bounds)

    def test_a_draft_subscription_has_no_periods(self):
        subscription = self.make_subscription(self.make_customer("Acme"), self.disk, activate=False)
        self.assertEqual(self.create_due("2026-04-01"), 0)
        self.assertEqual(self.dates(subscription), [])

    def test_the_last_period_ends_with_the_subscription(self):
        subscription = self.make_subscription(self.make_customer("Acme"), self.disk)
        subscription.action_end(self.day("2026-02-15"))
        self.create_due("2026-06-01")
        self.assertEqual(self.dates(subscription), [("2026-01-01", "2026-02-01"), ("2026-02-01", "2026-02-15")])

    def test_as_many_statements_for_one_as_for_many(self):
        customers = [self.make_customer(f"Customer {number}") for number in range(12)]
        self.make_subscription(customers[0], self.disk)
        self.create_due("2026-01-02")
        self.env.flush_all()
        with self.assertQueryCount(3):
            self.create_due("2026-02-01")
        for customer in customers[1:]:
            self.make_subscription(customer, self.disk)
        self.env.flush_all()
        with self.assertQueryCount(3):
            self.assertEqual(self.create_due("2026-02-01"), 11)

    def test_an_impossible_zone_names_the_subscription(self):
        customer = self.make_customer("Acme")
        subscription = self.make_subscription(customer, self.disk)
        self.env.flush_all()
        self.env.cr.execute("UPDATE cloud_customer SET tz = 'Atlantis/Centre' WHERE id = %s", [customer.id])
        with self.assertRaisesRegex(UserError, subscription.name):
            self.create_due("2026-04-01")


@tagged("post_install", "-at_install")
class TestAPeriodThatAnEndHadCut(PeriodCase):
    """Support at 31.00 a month in arrears from 1 March 2026 on; an end on the 20th, taken back later."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_version({"product_id": cls.support.id, "unit_price": "31.00"})
        cls.subscription = cls.make_subscription(cls.make_customer("Acme"), cls.support, date_start="2026-03-01")

    def charged(self):
        charges = self.env["cloud.charge"].search(
            [("subscription_id", "=", self.subscription.id), ("is_live", "=", True)], order="service_start, id"
        )
        return [(str(one.service_start), str(one.service_end), str(one.amount)) for one in charges]

    def end(self, day):
        with freeze_time("2026-03-15 09:00:00"):
            self.subscription.action_end(self.day(day))

    def reopen(self):
        with freeze_time("2026-03-21 09:00:00"):
            self.subscription.action_reopen()

    def test_is_whole_again_where_nothing_of_it_was_charged(self):
        self.end("2026-03-20")
        self.make_run("2026-03-20").action_cancel()
        self.assertEqual(self.dates(self.subscription), [("2026-03-01", "2026-03-20")])
        self.reopen()
        self.make_run("2026-04-01")
        # One period and one charge of a whole month, on one invoice.
        self.assertEqual(self.dates(self.subscription), [("2026-03-01", "2026-04-01")])
        self.assertEqual(self.charged(), [("2026-03-01", "2026-04-01", "31.00")])
        # Midnight of 1 April in Amsterdam, where clocks were put forward.
        period = self.env["cloud.billing.period"].search([("subscription_id", "=", self.subscription.id)])
        self.assertEqual(period.utc_end, self.instant("2026-03-31 22:00:00"))

    def test_goes_up_to_an_end_that_was_moved(self):
        self.end("2026-03-20")
        self.make_run("2026-03-20").action_cancel()
        self.reopen()
        with freeze_time("2026-03-21 10:00:00"):
            self.subscription.action_end(self.day("2026-03-25"))
        self.make_run("2026-04-01")
        # 31.00 x 24/31
        self.assertEqual(self.charged(), [("2026-03-01", "2026-03-25", "24.00")])

    def test_stays_cut_where_it_was_charged(self):
        self.end("2026-03-20")
        run = self.make_run("2026-03-20")
        self.reopen()
        # As where only one of several lines is charged: something of it is due still.
        self.env["cloud.billing.period"].search([("subscription_id", "=", self.subscription.id)]).sudo().state = "due"
        self.create_due("2026-04-01")
        # The run may be posted any moment: its charge covers these days, and those after it are a period of their own.
        self.assertEqual(self.dates(self.subscription), [("2026-03-01", "2026-03-20"), ("2026-03-20", "2026-04-01")])
        self.post(run)
        self.make_run("2026-04-01")
        # 31.00 x 19/31 and 31.00 x 12/31
        self.assertEqual(self.charged(), [("2026-03-01", "2026-03-20", "19.00"), ("2026-03-20", "2026-04-01", "12.00")])
