from datetime import date

from .usage_common import UsageCase, focus_csv, hour

STRAY = {"BillingPeriodStart": "2026-04-01T00:00:00Z", "BillingPeriodEnd": "2026-05-01T00:00:00Z"}


class TestMonthThatTheHomeOpensOn(UsageCase):
    """The month that is to be billed, whatever edges a provider's file has. Today is 9 May 2026."""

    today = date(2026, 5, 9)

    def get_month(self):
        return self.env["cloud.home"]._get_default_month(self.company, self.today)

    def test_without_usage_the_last_month_that_has_ended(self):
        self.assertEqual(self.get_month(), date(2026, 4, 1))

    def test_the_newest_delivered_month_while_the_last_one_is_not_there(self):
        self.deliver(self.bills, focus_csv(*(hour(day) for day in range(1, 11))))
        self.assertEqual(self.get_month(), date(2026, 3, 1))

    def test_one_stray_row_of_the_next_month_is_not_a_month_to_bill(self):
        # March: 10 rows of 10.00, April: 1 row of 9.00; less than a tenth of the money.
        self.deliver(self.bills, focus_csv(*(hour(day) for day in range(1, 12)), hour(31, cost="9", **STRAY)))
        self.assertEqual(self.get_month(), date(2026, 3, 1))

    def test_a_month_of_a_tenth_of_the_money_is_one(self):
        # March: 10 rows of 10.00 = 100.00; April: 1 row of 10.00.
        self.deliver(self.bills, focus_csv(*(hour(day) for day in range(1, 11)), hour(31, cost="10", **STRAY)))
        self.assertEqual(self.get_month(), date(2026, 4, 1))

    def test_a_month_that_has_not_ended_is_never_opened(self):
        may = {"BillingPeriodStart": "2026-05-01T00:00:00Z", "BillingPeriodEnd": "2026-06-01T00:00:00Z"}
        self.deliver(self.bills, focus_csv(hour(3), hour(4, cost="500", **may)))
        self.assertEqual(self.get_month(), date(2026, 3, 1))
