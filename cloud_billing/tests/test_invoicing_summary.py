import csv
import io
from decimal import Decimal

from odoo.tests import tagged

from .test_billing_taxes import TaxCase

D = Decimal
MONTHS = 12


class SummaryCase(TaxCase):
    """A customer with two subscriptions: three kinds of fees each, twelve months billed at once: 72 lines."""

    def make_bill(self, tax_basis="net", tax=None, budget=10, price="33.33"):
        plan = self.make_plan(f"{tax_basis} {budget}", tax_basis=tax_basis)
        self.make_version({"unit_price": price}, plan=plan)
        taxes = [(6, 0, (tax or self.added).ids)]
        products = [self.make_product(f"Fee {number}", "recurring", taxes_id=taxes) for number in range(3)]
        self.buyer = self.make_customer(f"Buyer {tax_basis} {budget}", line_budget=budget)
        self.subscriptions = [
            self.make_subscription(self.buyer, *products, plan=plan, date_start="2026-01-01") for _number in range(2)
        ]
        run = self.make_run("2027-01-01")
        return run.bill_ids.filtered(lambda bill: bill.customer_id == self.buyer)

    def post_bill(self, bill):
        self.post(bill.run_id)
        self.assertEqual(bill.state, "posted", bill.reason_text)
        return bill.move_id

    def read_detail(self, move):
        text = move.cloud_detail_id.raw.decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text)))


@tagged("post_install", "-at_install")
class TestLineBudget(SummaryCase):
    def test_within_its_budget_a_bill_has_its_own_lines_and_no_file(self):
        move = self.post_bill(self.make_bill(budget=72))
        self.assertEqual(len(move.invoice_line_ids), 72)
        self.assertFalse(move.cloud_detail_id)

    def test_lines_are_summed_up_without_their_days_with_a_section_to_each_subscription(self):
        # By days there would be 72 lines of 12 months; without them 2 subscriptions x 3 products.
        move = self.post_bill(self.make_bill(budget=10))
        lines = move.invoice_line_ids.sorted("sequence")
        self.assertEqual([line.display_type for line in lines], ["line_section", *["product"] * 3] * 2)
        self.assertEqual(
            [line.name for line in lines if line.display_type != "product"],
            [subscription.name for subscription in self.subscriptions],
        )
        # 12 x 33.33
        self.assertEqual([line.price_subtotal for line in lines if line.display_type == "product"], [399.96] * 6)
        self.assertIn("12 lines, as in the attached file", lines[1].name)
        self.assertIn("01/01/2026 to 12/31/2026", lines[1].name)

    def test_lines_of_the_same_days_are_summed_up_first(self):
        plan = self.make_plan("Two desks")
        product = self.make_product("Desk", "recurring", taxes_id=[(6, 0, self.added.ids)])
        self.make_version({"unit_price": "5.00"}, plan=plan)
        buyer = self.make_customer("Desks", line_budget=2)
        lines = [{"product_id": product.id, "name": f"Desk {number}"} for number in range(3)]
        self.make_subscription(buyer, *lines, plan=plan, date_start="2026-02-01")
        move = self.post_bill(self.make_run().bill_ids.filtered(lambda bill: bill.customer_id == buyer))
        # Three desks in each of two months: one line to a month, 3 x 5.00.
        self.assertEqual([line.price_subtotal for line in move.invoice_line_ids], [15.0, 15.0])
        self.assertEqual(
            [str(line.cloud_service_start) for line in move.invoice_line_ids], ["2026-02-01", "2026-03-01"]
        )

    def test_the_fewest_are_one_to_each_product(self):
        bill = self.make_bill(budget=1)
        move = self.post_bill(bill)
        self.assertEqual(move.invoice_line_ids.mapped("display_type"), ["product"] * 3)
        # 2 x 12 x 33.33
        self.assertEqual(move.invoice_line_ids.mapped("price_subtotal"), [799.92] * 3)

    def test_the_detail_has_every_line_and_adds_up_to_the_invoice(self):
        move = self.post_bill(self.make_bill(budget=10))
        rows = self.read_detail(move)
        self.assertEqual(len(rows), 72)
        # 72 x 33.33
        self.assertEqual(sum(D(row["Amount"]) for row in rows), D("2399.76"))
        self.assertEqual(move.amount_untaxed, 2399.76)
        self.assertNotIn("cost", " ".join(rows[0]).lower())
        self.assertEqual({int(row["Invoice Line"]) for row in rows}, set(range(1, 7)))

    def test_the_company_says_how_many_where_the_customer_says_nothing(self):
        self.company.cloud_line_budget = 10
        bill = self.make_bill(budget=0)
        self.assertEqual(len(bill._get_invoice_groups()), 6)

    def test_a_credit_note_has_the_detail_of_its_own_amounts(self):
        bill = self.make_bill(budget=10, price="10.00")
        product = bill.rated_line_ids.product_id[:1]
        self.env["cloud.adjustment"].create(
            {"name": "Goodwill", "customer_id": self.buyer.id, "product_id": product.id, "amount": "-1000.00",
             "service_start": "2026-03-01", "service_end": "2026-03-02", "reason": "Outage",
             "run_id": bill.run_id.id}
        )  # fmt: skip
        # 72 x 10.00 - 1,000.00
        self.assertEqual(str(bill.amount), "-280.00")
        move = self.post_bill(bill)
        self.assertEqual((move.move_type, move.amount_untaxed), ("out_refund", 280.0))
        self.assertEqual(sum(D(row["Amount"]) for row in self.read_detail(move)), D("280.00"))

    def test_the_file_goes_out_with_the_invoice(self):
        move = self.post_bill(self.make_bill(budget=10))
        self.assertIn(move.cloud_detail_id, self.env["account.move.send"]._get_invoice_extra_attachments(move))

    def test_totals_tie_net_and_gross_with_both_rounding_methods(self):
        for number, (method, basis, tax) in enumerate(
            (method, basis, tax)
            for method in ("round_per_line", "round_globally")
            for basis, tax in (("net", self.added), ("net", self.included), ("gross", self.included))
        ):
            with self.subTest(f"{method} {basis} {tax.name}"):
                self.company.tax_calculation_rounding_method = method
                bill = self.make_bill(basis, tax, budget=7 + number)
                move = self.post_bill(bill)
                # 72 x 33.33, whichever lines they are on.
                total = move.amount_untaxed if basis == "net" else move.amount_total
                self.assertEqual((str(bill.amount), total), ("2399.76", 2399.76))
                income = move.line_ids.filtered(lambda line: line.display_type == "product")
                self.assertAlmostEqual(-sum(income.mapped("balance")), move.amount_untaxed, 2)
                self.assertEqual(len(self.read_detail(move)), 72)
