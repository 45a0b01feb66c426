from datetime import date
from decimal import Decimal

from odoo.addons.cloud_billing.engine.rating import RatingFacts, rate
from odoo.addons.cloud_billing.engine.readers import get_reader
from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestExampleExtension(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product = cls.env["product.product"].create(
            {
                "name": "Messages",
                "type": "service",
                "cloud_billing_model": "metered",
                "cloud_meter_id": cls.env["cloud.meter"].create({"name": "Messages", "code": "msg", "unit": "pcs"}).id,
            }
        )
        plan = cls.env["cloud.price.plan"].create({"name": "Example"})
        version = cls.env["cloud.price.plan.version"].create(
            {
                "name": "1",
                "plan_id": plan.id,
                "date_start": "2026-01-01",
                "rule_ids": [
                    (0, 0, {"product_id": cls.product.id, "charge_model": "per_started_thousand", "unit_price": "2.50"})
                ],
            }
        )
        cls.rule = version.rule_ids

    def test_a_charge_model_of_another_module_prices_and_explains_itself(self):
        facts = RatingFacts(
            quantity=Decimal("2001"), unit="pcs", currency="USD", rounding=Decimal("0.01"),
            service_start=date(2026, 1, 1), service_end=date(2026, 2, 1),
        )  # fmt: skip
        result = rate(self.rule._get_terms(), facts, pricer=self.rule._get_pricer())
        # 2001 messages are three started thousands: 3 x 2.50
        self.assertEqual(result.amount, Decimal("7.50"))
        self.assertEqual(result.workings["terms"]["charge_model"], "per_started_thousand")

    def test_a_reader_of_another_module_can_be_chosen_on_a_source(self):
        source = self.env["cloud.usage.source"].create({"name": "Gauges", "reader": "example_gauge"})
        self.assertEqual(source.shape, "append")
        lines = b"gauge|1\nA1|2026-01-03|north|12.5\nA2|2026-01-03|north|broken\n"
        rows = list(get_reader("example_gauge").read([lines], file_name="g.log", limits=None, options={}))
        self.assertEqual([getattr(rows[0], "quantity", None), rows[1].reason], ["12.5", "not_a_number"])

    def test_a_column_of_another_module_stands_on_the_bill_run(self):
        arch = self.env["cloud.bill.run"].get_view(view_type="form")["arch"]
        self.assertIn('name="example_margin"', arch)
