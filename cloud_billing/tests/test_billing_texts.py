from odoo.tests import tagged

from ..models.billing.rated.told_numbers import tell_amount, tell_money
from ..models.billing.telling.explanation_text import get_statement_tables, get_workings_tables
from .billing_common import BillingCase


@tagged("post_install", "-at_install")
class TestWordsOfEachStep(BillingCase):
    """What the customer reads on the invoice, and what the accountant reads behind it. Usage of a provider's March."""

    stays_in_setup = "writes into approved prices"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.make_customer("Acme")
        cls.subscription = cls.make_subscription(cls.customer, cls.disk, date_start="2026-03-01")
        cls.stream = cls.make_stream("Acme disk")
        cls.map_stream(cls.stream, cls.subscription.line_ids)
        cls.code = cls.currency.name

    def rate(self, rule, *more, quantity="130", allowance=None):
        version = self.make_version({"product_id": self.disk.id, **rule}, *more)
        if allowance:
            version.write({"allowance_ids": [(0, 0, {"product_id": self.disk.id, **allowance})]})
        if quantity is not None:
            self.deliver({"stream": self.stream, "quantity": quantity})
        bill = self.make_run().bill_ids
        line = bill.rated_line_ids
        return bill._get_move_line_text(line).split("\n"), self.tell(line)

    def tell(self, line):
        """{label: value} of the workings, the last one of each label."""
        return {label: value for _title, rows in get_workings_tables(self.env, line) for label, value in rows}

    def test_what_is_included(self):
        texts, workings = self.rate({"unit_price": "1"}, allowance={"quantity": "100"})
        self.assertEqual(texts[:4], ["Disk", "130 GB", "Included: Disk: 100 of 100 GB", f"30 GB × 1.00 {self.code}"])
        self.assertEqual(workings["Included: Disk"], "100 of 100 GB")
        self.assertEqual(workings["Still to be charged"], "130 → 30 GB")

    def test_a_price_per_thousand_rounded_up(self):
        texts, workings = self.rate(
            {"unit_price": "2", "conversion_denominator": "1000", "quantity_rounding": "up"}, quantity="1500"
        )
        # 1.5 thousands are 2
        self.assertEqual(texts[1], f"2 1000 GB × 2.00 {self.code}")
        self.assertEqual(workings["Conversion"], "1,500 GB → 2 1000 GB (× 1 / 1,000, rounded up to 1)")

    def test_an_adjustment_with_a_label_and_one_without(self):
        texts, workings = self.rate(
            {"unit_price": "1"},
            {"product_id": self.disk.id, "role": "adjust", "adjustment_percent": "-10", "name": "Quiet"},
            {
                "product_id": self.disk.id,
                "customer_id": self.customer.id,
                "role": "adjust",
                "adjustment_percent": "-50",
                "adjustment_label": "Loyalty",
                "name": "Loud",
            },
            quantity="100",
        )
        # 100 x 0.90 = 90.00, half of it off; the first one is not named and shows in the unit price.
        self.assertEqual(texts[1:3], [f"100 GB × 0.90 {self.code}", f"Loyalty: -50 % = -45.00 {self.code}"])
        self.assertEqual(workings["Adjustment: Quiet"], f"-10 %: 100.00 → 90.00 {self.code}")
        self.assertEqual(workings["Adjustment: Loyalty"], f"-50 %: 90.00 → 45.00 {self.code}")
        self.assertEqual(workings["Adjusted by"], "Loud")

    def test_a_maximum_and_a_minimum(self):
        texts, workings = self.rate({"unit_price": "1", "maximum": "50"})
        self.assertEqual(texts[1:3], [f"130 GB × 1.00 {self.code}", f"At most: 50.00 {self.code}"])
        self.assertEqual(workings[f"At most 50.00 {self.code}"], f"130.00 → 50.00 {self.code}")

    def test_a_minimum_without_usage(self):
        texts, workings = self.rate({"unit_price": "1", "minimum": "20"}, quantity=None)
        self.assertIn(f"At least: 20.00 {self.code}", texts)
        self.assertEqual(workings[f"At least 20.00 {self.code}"], f"0.00 → 20.00 {self.code}")

    def test_a_ladder_of_a_year(self):
        ladder = {
            "charge_model": "graduated",
            "counter_cycle": "year",
            "tier_ids": [(0, 0, {"up_to": "100", "unit_price": "1"}), (0, 0, {"unit_price": "0.50"})],
        }
        self.make_version({"product_id": self.disk.id, **ladder})
        self.deliver({"stream": self.stream, "quantity": "80"})
        self.deliver({"stream": self.stream, "quantity": "40"}, month="2026-04-01")
        bill = self.make_run("2026-05-01").bill_ids
        line = bill.rated_line_ids.sorted("service_start")[1]
        texts, workings = bill._get_move_line_text(line).split("\n"), self.tell(line)
        # 20 x 1.00 + 20 x 0.50 = 30.00
        self.assertEqual(
            texts[1:4], ["Counted so far: from 80 to 120 GB", f"20 GB × 1.00 {self.code}", f"20 GB × 0.50 {self.code}"]
        )
        self.assertEqual(workings["This period's share"], f"110.00 − 80.00 = 30.00 {self.code}")
        self.assertEqual(workings["Counted before"], "80 GB")

    def test_every_step_has_words(self):
        known = {"conversion", "included", "adjustment", "discount", "counter", "maximum", "minimum", "exchange"}
        from ..models.billing.telling.explanation_text import _STEPS

        self.assertLessEqual(known | {"charge_model", "proration", "rounding", "difference"}, set(_STEPS))

    def test_the_customers_statement_stands_apart(self):
        self.rate({"unit_price": "1"}, allowance={"quantity": "100"})
        line = self.env["cloud.rated.line"].search([("product_id", "=", self.disk.id)])
        ((_title, rows),) = get_statement_tables(self.env, line)
        labels = [label for label, _value in rows]
        self.assertEqual(labels, ["Service", "Period", "Quantity", "Included: Disk", "Charged", "Unit price", "Amount"])


@tagged("post_install", "-at_install")
class TestMoneyInWords(BillingCase):
    """As an accountant expects it: with the decimals of its currency, and with every digit more that it has."""

    def test_an_amount_has_the_decimals_of_its_currency(self):
        # ISO 4217: two decimals for the dollar, none for the yen, three for Kuwait's dinar.
        for code, text in (("USD", "1,195.50 USD"), ("JPY", "1,195.5 JPY"), ("KWD", "1,195.500 KWD")):
            with self.subTest(code):
                self.assertEqual(tell_money(self.env, "1195.5000", code), text)

    def test_what_is_not_rounded_keeps_its_digits(self):
        self.assertEqual(tell_money(self.env, "0.000000000001", "USD"), "0.000000000001 USD")
        self.assertEqual(tell_amount(self.env, "32.333333", "USD"), "32.333333")

    def test_a_currency_that_was_put_away_is_told_alike(self):
        bhutan = self.env.ref("base.BTN")
        self.assertFalse(bhutan.active)
        self.assertEqual(tell_money(self.env, "195", "BTN"), "195.00 BTN")

    def test_without_a_currency_it_is_a_number(self):
        self.assertEqual((tell_money(self.env, "195", ""), tell_money(self.env, None, "USD")), ("195", "USD"))

    def test_a_bill_that_waits_says_its_amounts_as_money(self):
        reason = {
            "code": "tax_does_not_tie",
            "product": "Disk",
            "basis": "net",
            "amount": "195",
            "invoice": "163.87",
            "currency": "USD",
            "remedy": "added to the price",
        }
        sentence = self.env["cloud.bill.reason"]._get_sentence(reason)
        self.assertIn("195.00 USD on the plan would become 163.87 USD on the invoice", sentence)
