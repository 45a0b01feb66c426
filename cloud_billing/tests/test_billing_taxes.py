from odoo.exceptions import UserError
from odoo.tests import tagged

from .billing_common import BillingCase


class TaxCase(BillingCase):
    """A fee of 100.01 a month under a plan that is net or gross, with a tax of 21 % that is added or included."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.make_customer("Acme")
        cls.added = cls.make_tax("Added", "tax_excluded")
        cls.included = cls.make_tax("Included", "tax_included")

    @classmethod
    def make_tax(cls, name, included, amount=21):
        return cls.env["account.tax"].create(
            {
                "name": f"{name} {amount}",
                "amount": amount,
                "amount_type": "percent",
                "type_tax_use": "sale",
                "price_include_override": included,
                "company_id": cls.company.id,
            }
        )

    def bill(self, tax_basis, tax, price="100.01", currency=None, fiscal_position=None, quantity="1"):
        plan = self.make_plan(f"{tax_basis} {tax.name}", currency=currency, tax_basis=tax_basis)
        self.make_version({"unit_price": price}, plan=plan)
        product = self.make_product(f"Fee {tax.name}", "recurring", taxes_id=[(6, 0, tax.ids)])
        customer = self.make_customer(f"{tax_basis} {tax.name}", currency_id=plan.currency_id.id)
        if fiscal_position:
            customer.partner_id.with_company(self.company).property_account_position_id = fiscal_position
        line = {"product_id": product.id, "name": product.name, "quantity": quantity}
        self.make_subscription(customer, line, plan=plan, date_start="2026-03-01")
        return self.make_run().bill_ids.filtered(lambda bill: bill.customer_id == customer)

    def invoice(self, *arguments, **values):
        bill = self.bill(*arguments, **values)
        self.assertEqual(bill.state, "look", bill.reason_text)
        self.post(bill.run_id)
        self.assertEqual(bill.state, "posted", bill.reason_text)
        return bill.move_id


@tagged("post_install", "-at_install")
class TestTaxes(TaxCase):
    def test_a_net_plan_with_a_tax_on_top(self):
        move = self.invoice("net", self.added)
        # 100.01 + 21.0021 rounded 21.00
        self.assertEqual((move.amount_untaxed, move.amount_tax, move.amount_total), (100.01, 21.0, 121.01))

    def test_a_net_plan_with_a_tax_that_is_a_part_of_the_price(self):
        move = self.invoice("net", self.included)
        self.assertEqual((move.amount_untaxed, move.amount_tax), (100.01, 21.0))

    def test_a_gross_plan_with_a_tax_that_is_a_part_of_the_price(self):
        move = self.invoice("gross", self.included, price="121.00")
        self.assertEqual((move.amount_untaxed, move.amount_total), (100.0, 121.0))

    def test_a_gross_plan_with_a_tax_on_top(self):
        move = self.invoice("gross", self.added, price="121.00")
        self.assertEqual((move.amount_untaxed, move.amount_total), (100.0, 121.0))

    def test_both_rounding_methods_of_the_company_tie(self):
        for method in ("round_per_line", "round_globally"):
            with self.subTest(method):
                self.company.tax_calculation_rounding_method = method
                move = self.invoice("gross", self.included, price="33.33")
                self.assertEqual(move.amount_total, 33.33)

    def test_a_gross_price_under_a_fiscal_position_is_less_its_original_tax(self):
        position = self.env["account.fiscal.position"].create({"name": "Abroad", "company_id": self.company.id})
        # 121.00 includes 21.00; abroad there is no tax: 100.00 remain to be paid.
        move = self.invoice("gross", self.included, price="121.00", fiscal_position=position)
        self.assertEqual((move.amount_untaxed, move.amount_tax, move.amount_total), (100.0, 0.0, 100.0))

    def test_a_net_price_under_a_fiscal_position_stays_and_takes_the_other_tax(self):
        position = self.env["account.fiscal.position"].create({"name": "Reduced", "company_id": self.company.id})
        reduced = self.make_tax("Reduced", "tax_excluded", amount=6)
        reduced.write({"fiscal_position_ids": [(4, position.id)], "original_tax_ids": [(4, self.added.id)]})
        move = self.invoice("net", self.added, price="100.00", fiscal_position=position)
        self.assertEqual((move.amount_untaxed, move.amount_tax), (100.0, 6.0))

    def test_yen_and_dinar_are_rounded_to_their_own_step(self):
        for code, price, expected in (("JPY", "100.5", 101.0), ("BHD", "1.2345", 1.235)):
            with self.subTest(code):
                currency = self.env["res.currency"].with_context(active_test=False).search([("name", "=", code)])
                currency.active = True
                currency.rounding = 1 if code == "JPY" else 0.001
                self.env["res.currency.rate"].create(
                    {"currency_id": currency.id, "name": "2026-01-01", "rate": 2, "company_id": self.company.id}
                )
                move = self.invoice("net", self.added, price=price, currency=currency)
                self.assertEqual((move.currency_id, move.amount_untaxed), (currency, expected))

    def test_an_amount_that_the_ledger_cannot_hold_is_said_in_review(self):
        bill = self.bill("net", self.added, price="99999999999999999.99")
        self.assertEqual(bill.state, "blocked")
        self.assertIn("cannot hold 99,999,999,999,999,999.99", bill.reason_text)

    def test_a_product_without_an_account_blocks_and_names_it(self):
        bill = self.bill("net", self.added)
        product = bill.rated_line_ids.product_id
        product.with_company(self.company).property_account_income_id = False
        product.categ_id.with_company(self.company).property_account_income_categ_id = False
        self.company.income_account_id = False
        self.env["account.journal"].search(
            [("company_id", "=", self.company.id), ("type", "=", "sale")]
        ).default_account_id = False
        bill._assess()
        self.assertEqual(bill.state, "blocked", bill.reason_text)
        self.assertIn("no income account", bill.reason_text)


@tagged("post_install", "-at_install")
class TestExplanation(TaxCase):
    """Disk for 0.10 per GB; the provider's cost behind it is 12.345678."""

    COST = "12.345678"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_version(
            {"unit_price": "0.10", "product_id": cls.disk.id},
            {"charge_model": "cost_plus", "percent": "37.3737", "product_id": cls.resale.id},
        )
        cls.subscription = cls.make_subscription(cls.customer, cls.disk, cls.resale, date_start="2026-03-01")
        cls.disk_stream = cls.make_stream("disk", currency=cls.currency.name)
        cls.resale_stream = cls.make_stream("resale", currency=cls.currency.name)
        cls.map_stream(cls.disk_stream, cls.subscription.line_ids[0])
        cls.map_stream(cls.resale_stream, cls.subscription.line_ids[1])

    def setUp(self):
        super().setUp()
        rows = [{"stream": self.disk_stream, "quantity": "10", "cost": self.COST} for _number in range(100)]
        self.deliver(*rows, {"stream": self.resale_stream, "quantity": "1", "cost": "77.7777"})
        self.march = self.make_run()

    def explain(self, line):
        return self.env["cloud.explanation"].browse(line.action_explain()["res_id"])

    def line_of(self, product):
        return self.march.bill_ids.rated_line_ids.filtered(lambda line: line.product_id == product)

    def test_the_workings_read_like_a_calculation(self):
        text = str(self.explain(self.line_of(self.disk)).with_user(self.user_viewer).workings_html)
        # 100 rows of 10 GB at 0.10
        for part in ("1,000 × 0.1", "100", "Public prices", "Usage as of import number", "Rounded once"):
            self.assertIn(part, text)

    def test_the_rows_behind_it_are_shown_page_by_page_with_file_and_row(self):
        window = self.explain(self.line_of(self.disk))
        self.assertEqual((len(window.row_ids), window.has_more), (80, True))
        self.assertTrue(window.row_ids[0].file_name.startswith("usage-"))
        self.assertEqual(window.row_ids[0].row_no, 2)
        window.action_next()
        self.assertEqual((len(window.row_ids), window.has_more, window.offset), (20, False, 80))

    def test_the_customers_statement_has_neither_cost_nor_margin(self):
        for product in (self.disk, self.resale):
            window = self.explain(self.line_of(product))
            self.assert_no_cost(str(window.statement_html))
        self.assertIn("77.7777", str(self.explain(self.line_of(self.resale)).workings_html))

    def test_no_cost_reaches_the_invoice_its_print_or_the_preview(self):
        preview = self.env["cloud.bill.preview"].browse(self.march.bill_ids.action_preview()["res_id"])
        self.assertIn("1,000 GB", str(preview.html))
        self.assert_no_cost(str(preview.html))
        self.assertFalse(self.env["account.move"].search([("cloud_bill_id", "=", self.march.bill_ids.id)]))
        move = self.post(self.march)
        html = self.env["ir.actions.report"]._render_qweb_html("account.account_invoices", move.ids)[0].decode()
        self.assert_no_cost(html)
        self.assert_no_cost("\n".join(line.name for line in move.invoice_line_ids))

    def assert_no_cost(self, text):
        # Cost of the disk 100 x 12.345678 = 1,234.57; of the resale 77.7777, of which 37.3737 percent are 29.068...
        for mark in ("12.345678", "1,234.57", "1234.57", "77.77", "77.78", "37.37", "29.06", "29.07"):
            self.assertNotIn(mark, text, mark)

    def test_the_invoice_line_opens_the_same_window(self):
        move = self.post(self.march)
        action = move.invoice_line_ids[0].with_user(self.user_auditor).action_cloud_explain()
        self.assertEqual(action["res_model"], "cloud.explanation")

    def test_a_correction_tells_both_sides_and_its_rows(self):
        self.post(self.march)
        self.deliver(
            {"stream": self.disk_stream, "quantity": "20", "cost": "1"},
            {"stream": self.resale_stream, "quantity": "1", "cost": "77.7777"},
        )
        run = self.make_run("2026-04-02")
        line = run.bill_ids.rated_line_ids
        # 20 x 0.10 = 2.00 less 100.00
        self.assertEqual(str(line.amount), "-98.00")
        window = self.explain(line)
        text = str(window.workings_html)
        for part in ("As of now", ">2.00 ", "Billed before", ">100.00 ", "Difference", "-98.00 "):
            self.assertIn(part, text)
        # Oldest service first, then by the row: the 100 rows that were billed before, then the new one.
        self.assertEqual(set(window.row_ids.mapped("change")), {"gone"})
        window.action_next()
        self.assertEqual(window.row_ids[-1].change, "added")

    def test_a_posted_bill_has_no_preview(self):
        self.post(self.march)
        with self.assertRaises(UserError):
            self.march.bill_ids.action_preview()
