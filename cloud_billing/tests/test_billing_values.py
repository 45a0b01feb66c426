from odoo.tests import tagged

from .billing_common import BillingCase


@tagged("post_install", "-at_install")
class TestPricesOfValues(BillingCase):
    """Payments of the provider's March: their money is the billed cost of each row."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.make_customer("Acme")
        cls.payment_meter = cls.make_meter("Payments", aggregation="count", value_basis="cost_billed")
        cls.payments = cls.make_product("Payments", "metered", cls.payment_meter)
        cls.subscription = cls.make_subscription(
            cls.customer, {"product_id": cls.payments.id, "name": "Payments", "quantity": "4"}, date_start="2026-03-01"
        )
        cls.stream = cls.make_stream("payments", currency=cls.currency.name)
        cls.map_stream(cls.stream, cls.subscription.line_ids)

    def price(self, *values, day="10", **rule):
        self.make_version({"product_id": self.payments.id, **rule})
        self.deliver(*({"stream": self.stream, "quantity": "1", "cost": value} for value in values))
        return self.make_run().bill_ids

    def test_a_percentage_of_the_money_that_was_moved(self):
        bill = self.price("100", "50.50", charge_model="percentage", percent="2")
        # 150.50 x 2 % = 3.01
        self.assertEqual(self.amounts(bill.rated_line_ids), ["3.01"])
        self.assertEqual(str(bill.rated_line_ids.measured_value), "150.50")

    def test_a_fee_and_a_minimum_look_at_single_events(self):
        bill = self.price(
            "100", "5", charge_model="percentage", percent="2", fixed_per_event="0.10", event_minimum="0.50"
        )
        # 100 x 2 % + 0.10 = 2.10; 5 x 2 % + 0.10 = 0.20, raised to 0.50
        self.assertEqual(self.amounts(bill.rated_line_ids), ["2.60"])

    def test_money_in_another_currency_than_the_price_is_refused(self):
        self.stream.currency = "XAF"
        bill = self.price("100", charge_model="percentage", percent="2")
        self.assertEqual(bill.reasons[0]["code"], "value_currency")
        self.assertIn("its usage was worth XAF", bill.reason_text)

    def test_the_value_itself(self):
        bill = self.price("100", "50.50", charge_model="dynamic")
        self.assertEqual(self.amounts(bill.rated_line_ids), ["150.50"])

    def test_a_formula_may_name_seats_and_days(self):
        bill = self.price(
            "100",
            "50",
            charge_model="formula",
            formula="quantity * 2 + seats * 0.50 + value * 0.01 + days / period_days",
        )
        # 2 events x 2 + 4 seats x 0.50 + 150 x 0.01 + 31 / 31 = 4 + 2 + 1.50 + 1
        self.assertEqual(self.amounts(bill.rated_line_ids), ["8.50"])

    def test_a_correction_of_a_percentage(self):
        self.post(self.price("100", charge_model="percentage", percent="2").run_id)
        self.deliver(
            {"stream": self.stream, "quantity": "1", "cost": "100"},
            {"stream": self.stream, "quantity": "1", "cost": "50"},
        )
        line = self.make_run("2026-04-02").bill_ids.rated_line_ids
        self.assertEqual((str(line.amount), str(line.measured_value)), ("1.00", "50"))

    def test_tiers_of_a_value_over_a_year(self):
        self.make_version(
            {
                "product_id": self.payments.id,
                "charge_model": "graduated_percentage",
                "counter_cycle": "year",
                "tier_ids": [(0, 0, {"up_to": "1000", "percent": "2"}), (0, 0, {"percent": "1"})],
            }
        )
        self.deliver({"stream": self.stream, "quantity": "1", "cost": "800"})
        self.deliver({"stream": self.stream, "quantity": "1", "cost": "800"}, month="2026-04-01")
        lines = self.make_run("2026-05-01").bill_ids.rated_line_ids.sorted("service_start")
        # 800 x 2 %; then 200 x 2 % + 600 x 1 %
        self.assertEqual(self.amounts(lines), ["16.00", "10.00"])
