from odoo.tests import tagged

from .closing_common import ClosingCase

# A yearly fee of 1,200.00 in advance from 15 January 2026 on, 365 days. Served up to the end of
#   January:  17 days  1,200 x 17/365 =  55.890   55.89, deferred 1,144.11
#   February: 45 days  1,200 x 45/365 = 147.945  147.95, deferred 1,052.05
#   March:    76 days  1,200 x 76/365 = 249.863  249.86, deferred   950.14
# Disk at 0.10 per GB in arrears, billed on the first of the next month: January 100 GB, of which 50 GB more arrive
# in February; February 200 GB; March 300 GB.


@tagged("post_install", "-at_install")
class TestAQuarter(ClosingCase):
    """Three month ends, hand-worked: after each the income is what was earned, and the balances are what is left."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_version(
            {"product_id": cls.support.id, "unit_price": "1200"}, {"product_id": cls.disk.id, "unit_price": "0.10"}
        )
        cls.stream = cls.make_stream("Acme disk")

    def use(self, month, quantity):
        self.deliver({"stream": self.stream, "quantity": quantity}, month=month)

    def bill(self, day):
        return self.post(self.make_run(day))

    def assert_books(self, day, income, accrued, deferred):
        accounts = (self.income, self.accrued, self.deferred)
        self.assertEqual([self.balance(account, day) for account in accounts], [income, accrued, deferred])

    def test_income_is_what_was_earned_and_balances_are_what_is_left(self):
        subscription, _invoice = self.invoice_year()
        metered = self.make_subscription(subscription.customer_id, self.disk)
        self.map_stream(self.stream, metered.line_ids)

        self.use("2026-01-01", "100")
        january = self.make_posted("2026-01-31")
        self.assertEqual(
            self.figures(january),
            [("accrued_income", "pending", "10.00", "10.00"), ("deferral", "invoice", "1144.11", "1144.11")],
        )
        # 55.89 of the fee and 10.00 of usage are earned.
        self.assert_books("2026-01-31", "-65.89", "10.00", "-1144.11")
        # On the first day after it everything is back: the ledger says what was invoiced.
        self.assert_books("2026-02-01", "-1200.00", "0.00", "0.00")

        self.use("2026-01-01", "150")
        self.bill("2026-02-01")
        self.use("2026-02-01", "200")
        february = self.make_posted("2026-02-28")
        self.assertEqual(
            self.figures(february),
            [("accrued_income", "pending", "20.00", "20.00"), ("deferral", "invoice", "1052.05", "1052.05")],
        )
        # 147.95 of the fee, January's usage as it was invoiced (15.00), February's as it is known (20.00).
        self.assert_books("2026-02-28", "-182.95", "20.00", "-1052.05")

        self.bill("2026-03-01")
        self.use("2026-03-01", "300")
        self.bill("2026-04-01")
        march = self.make_posted("2026-03-31")
        # March was invoiced on 1 April before the books of March were closed.
        self.assertEqual(
            self.figures(march),
            [("accrued_income", "later", "30.00", "30.00"), ("deferral", "invoice", "950.14", "950.14")],
        )
        # 249.86 + 15.00 + 20.00 + 30.00
        self.assert_books("2026-03-31", "-314.86", "30.00", "-950.14")
        self.assert_accruals_tie(january, february, march)
        self.assert_the_waterfall_falls(january, march)
        balances = self.env["cloud.closing.balance"].search([("closing_id", "in", (january | february | march).ids)])
        self.assertEqual(len(balances), 6)
        self.assertFalse([line for line in balances if line.difference])

    def assert_accruals_tie(self, january, february, march):
        """Accrued, reversed, invoiced since: January had 5.00 more in the end."""
        self.env.flush_all()
        found = {
            line.closing_id: (str(line.amount), str(line.reversed_amount), str(line.invoiced_amount), line.outcome)
            for line in self.env["cloud.closing.tie.out"].search([("company_id", "=", self.company.id)])
        }
        self.assertEqual(found[february], ("20.00", "-20.00", "20.00", "equal"))
        self.assertEqual(found[march], ("30.00", "-30.00", "30.00", "equal"))
        self.assertEqual(found[january], ("10.00", "-10.00", "15.00", "different"))

    def assert_the_waterfall_falls(self, january, march):
        """What January's end deferred is earned month by month, and the months add up to it."""
        Waterfall = self.env["cloud.closing.waterfall"]
        rows = Waterfall.search([("closing_id", "=", january.id)], order="month")
        # February 147.95 - 55.89, March 249.86 - 147.95
        self.assertEqual([str(row.amount) for row in rows[:2]], ["92.06", "101.91"])
        self.assertEqual((len(rows), str(rows[-1].month)), (12, "2027-01-01"))
        self.assertEqual(str(sum(rows.mapped("amount"))), "1144.11")
        self.assertEqual(str(sum(Waterfall.search([("closing_id", "=", march.id)]).mapped("amount"))), "950.14")
