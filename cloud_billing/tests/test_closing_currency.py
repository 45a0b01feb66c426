from odoo.exceptions import UserError
from odoo.tests import tagged

from .closing_common import ClosingCase


@tagged("post_install", "-at_install")
class TestClosingCurrency(ClosingCase):
    """One unit of the foreign currency is 2.00 of the company's in January and 2.50 from 1 February on."""

    def set_up_currency(self, name, rounding, rates=(("2026-01-01", "0.5"), ("2026-02-01", "0.4"))):
        currency = self.env["res.currency"].with_context(active_test=False).search([("name", "=", name)])
        currency.write({"active": True, "rounding": rounding})
        currency.rate_ids.unlink()
        for day, rate in rates:
            self.env["res.currency.rate"].create(
                {"currency_id": currency.id, "name": day, "rate": float(rate), "company_id": self.company.id}
            )
        self.plan = self.make_plan(f"In {name}", currency=currency)
        self.customer = self.make_customer(f"Pays {name}", currency_id=currency.id)
        return currency

    def invoice(self, fee):
        self.make_version({"product_id": self.support.id, "unit_price": fee}, plan=self.plan)
        return self.invoice_year(customer=self.customer, plan=self.plan)

    def test_deferred_revenue_stays_at_the_rate_of_its_invoice(self):
        euro = self.set_up_currency("EUR", 0.01)
        self.invoice("1200")
        # 2,400.00 - 2,400 x 17/365 = 2,288.22; 2,400.00 - 2,400 x 45/365 = 2,104.11
        january = self.make_posted("2026-01-31")
        self.assertEqual(self.figures(january), [("deferral", "invoice", "1144.11", "2288.22")])
        self.assertEqual((str(january.line_ids.rate), january.line_ids.currency_id), ("2", euro))
        february = self.make_posted("2026-02-28")
        self.assertEqual(self.figures(february), [("deferral", "invoice", "1052.05", "2104.11")])
        self.assertEqual(self.balance(self.income, "2026-02-28"), "-295.89")
        entry = february.move_ids.filtered(lambda move: move.cloud_closing_part == "entry")
        self.assertEqual(sorted(entry.line_ids.mapped("amount_currency")), [-1052.05, 1052.05])
        self.assertEqual(entry.line_ids.currency_id, euro)

    def test_accrued_income_is_at_the_rate_of_the_months_end_and_stated_anew_each_month(self):
        self.set_up_currency("EUR", 0.01)
        self.make_version({"product_id": self.disk.id, "unit_price": "0.10"}, plan=self.plan)
        stream = self.make_stream("Disk")
        subscription = self.make_subscription(self.customer, self.disk, plan=self.plan)
        self.map_stream(stream, subscription.line_ids)
        self.deliver({"stream": stream, "quantity": "100"}, month="2026-01-01")
        january = self.make_posted("2026-01-31")
        self.assertEqual(self.figures(january), [("accrued_income", "pending", "10.00", "20.00")])
        february = self.make_posted("2026-02-28")
        self.assertEqual(self.figures(february), [("accrued_income", "pending", "10.00", "25.00")])
        self.assertEqual(self.balance(self.accrued, "2026-02-01"), "0.00")
        self.assertEqual(self.balance(self.accrued, "2026-02-28"), "25.00")
        self.assertEqual(str(february.line_ids.rate_date), "2026-02-01")

    def test_yen_have_no_decimals(self):
        self.set_up_currency("JPY", 1, rates=(("2026-01-01", "160"),))
        self.invoice("10000")
        # 10,000 x 17/365 = 465.75: 9,534 are left. At 1/160 the invoice is 62.50, of which 17/365 is 2.911.
        closing = self.make_posted("2026-01-31")
        self.assertEqual(self.figures(closing), [("deferral", "invoice", "9534", "59.59")])

    def test_dinars_have_three(self):
        self.set_up_currency("KWD", 0.001, rates=(("2026-01-01", "0.3"),))
        self.invoice("100")
        # 100 x 17/365 = 4.65753: 95.342 are left. The invoice is 333.33, of which 17/365 is 15.52.
        closing = self.make_posted("2026-01-31")
        self.assertEqual(self.figures(closing), [("deferral", "invoice", "95.342", "317.81")])

    def test_a_currency_without_a_rate_is_told(self):
        self.set_up_currency("EUR", 0.01, rates=(("2026-02-01", "0.4"),))
        self.make_version({"product_id": self.support.id, "unit_price": "31"}, plan=self.plan)
        line = {"product_id": self.support.id, "name": "Support", "timing": "arrears"}
        self.make_subscription(self.customer, line, plan=self.plan)
        with self.assertRaisesRegex(UserError, "EUR has no rate on or before 01/31/2026"):
            self.make_closing("2026-01-31")


@tagged("post_install", "-at_install")
class TestClosingGross(ClosingCase):
    """A plan that says 121.00 with 21 % tax in it: the revenue is 100.00."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        tax = cls.env["account.tax"].create(
            {
                "name": "21 %",
                "amount": 21,
                "amount_type": "percent",
                "type_tax_use": "sale",
                "price_include_override": "tax_included",
                "company_id": cls.company.id,
            }
        )
        cls.support.taxes_id = tax
        cls.plan = cls.make_plan("Gross", tax_basis="gross")
        cls.make_version({"product_id": cls.support.id, "unit_price": "121"}, plan=cls.plan)

    def test_the_tax_is_no_revenue_to_defer(self):
        _subscription, invoice = self.invoice_year()
        self.assertEqual((invoice.amount_untaxed, invoice.amount_total), (100, 121))
        # 100.00 - 100 x 17/365 = 95.34
        self.assertEqual(self.figures(self.make_closing("2026-01-31")), [("deferral", "invoice", "95.34", "95.34")])

    def test_nor_to_accrue(self):
        line = {"product_id": self.support.id, "name": "Support", "timing": "arrears"}
        self.make_subscription(self.make_customer("Acme"), line)
        self.assertEqual(
            self.figures(self.make_closing("2026-01-31")), [("accrued_income", "pending", "100.00", "100.00")]
        )
