from decimal import Decimal

from .billing_common import BillingCase

D = Decimal


class TestDatedQuantities(BillingCase):
    """10 seats at 12.00 a month."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_version({"product_id": cls.support.id, "unit_price": "12"})
        cls.customer = cls.make_customer("Acme")

    def subscribe(self, **vals):
        line = {"product_id": self.support.id, "name": "Seat", "quantity": "10", **vals}
        return self.make_subscription(self.customer, line, date_start="2026-03-01").line_ids

    def change(self, line, day, quantity):
        return self.env["cloud.subscription.quantity"].create(
            {"line_id": line.id, "date_start": day, "quantity": quantity}
        )

    def tell(self, charges):
        return [
            (str(line.service_start), str(line.service_end), str(line.quantity), str(line.amount))
            for line in charges.rated_line_ids
        ]

    def test_each_stretch_of_days_is_priced_for_its_quantity(self):
        line = self.subscribe()
        self.change(line, "2026-03-11", "14")
        run = self.make_run()
        # 10 x 12.00 x 10/31 = 38.709; 14 x 12.00 x 21/31 = 113.806
        self.assertEqual(
            self.tell(run.bill_ids.charge_ids),
            [("2026-03-01", "2026-03-11", "10", "38.71"), ("2026-03-11", "2026-04-01", "14", "113.81")],
        )

    def test_a_quantity_of_0_pauses_the_fee(self):
        line = self.subscribe()
        self.change(line, "2026-03-11", "0")
        self.change(line, "2026-03-21", "10")
        run = self.make_run()
        # 10 x 12.00 x 10/31 = 38.709; 10 x 12.00 x 11/31 = 42.580
        self.assertEqual(
            self.tell(run.bill_ids.charge_ids),
            [("2026-03-01", "2026-03-11", "10", "38.71"), ("2026-03-21", "2026-04-01", "10", "42.58")],
        )
        self.assertEqual(self.env["cloud.billing.period"].search([]).mapped("state"), ["rated"])

    def test_the_same_quantity_again_cuts_nothing(self):
        line = self.subscribe()
        self.change(line, "2026-03-11", "10")
        self.assertEqual(self.tell(self.make_run().bill_ids.charge_ids), [("2026-03-01", "2026-04-01", "10", "120.00")])

    def test_the_timeline_tells_what_changed(self):
        line = self.subscribe()
        self.change(line, "2026-03-11", "14")
        self.assertEqual(line.subscription_id.change_ids.mapped("text"), ["Seat: 14 instead of 10 from 03/11/2026"])

    def test_agreed_days_take_a_constant_number_of_statements(self):
        lines = self.subscribe()
        for number in range(10):
            lines |= self.subscribe(name=f"Seat {number}")
        for line in lines:
            self.change(line, "2026-03-11", "14")
        self.env.flush_all()
        counts = []
        for some in (lines[:1], lines):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            some._get_agreed(self.day("2026-03-01"), self.day("2026-04-01"))
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])
