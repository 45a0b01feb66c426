"""Meters in a bill run: what they count is what is billed, and what they cannot read says where to put it right."""

from odoo.tests import tagged

from .billing_common import BillingCase


@tagged("post_install", "-at_install")
class TestMetersInARun(BillingCase):
    def start(self, unit="GB", **vals):
        """A line of a customer in Amsterdam since January at 1.00 per GB, with a stream of own events."""
        self.meter.write(vals)
        self.make_version({"product_id": self.disk.id, "unit_price": "1"})
        line = self.make_subscription(self.make_customer("Acme"), self.disk).line_ids
        self.stream = self.make_stream("disks", source=self.own_source, unit=unit)
        self.map_stream(self.stream, line)
        return line

    def test_a_level_is_billed_in_later_months_without_a_row(self):
        self.start(aggregation="time_weighted", weighting="days")
        # 15 February 00:00 in Amsterdam: 14 of its 28 days, then all of March.
        self.deliver({"stream": self.stream, "quantity": "10", "start": "2026-02-14 23:00:00"}, source=self.own_source)
        run = self.make_run("2026-04-01")
        lines = self.env["cloud.rated.line"].search([("charge_id.run_id", "=", run.id)], order="service_start")
        # January has no usage; 10 x 14 / 28 = 5; 10.
        self.assertEqual(
            [(line.quantity, line.amount, line.row_count) for line in lines], [(None, 0, 0), (5, 5, 1), (10, 10, 1)]
        )
        march = self.env["cloud.usage.store"]._rows_behind(lines[-1])
        self.assertEqual([(row["quantity"], row["change"]) for row in march], [("10", "carried")])

    def test_a_unit_that_is_not_known_leads_to_the_meter_and_a_conversion_resolves_it(self):
        self.start(unit="GiB")
        self.deliver({"stream": self.stream, "quantity": "10", "start": "2026-03-10 12:00:00"}, source=self.own_source)
        run = self.make_run("2026-04-01")
        reason = run.bill_ids.reasons[0]
        self.assertEqual(reason["code"], "unit_mismatch")
        sentence = self.env["cloud.bill.reason"]._get_sentence(reason)
        self.assertIn("Add a conversion to the meter", sentence)
        action = self.env["cloud.bill.reason"]._get_action(reason)
        self.assertEqual((action["res_model"], action["res_id"]), ("cloud.meter", self.meter.id))
        self.env["cloud.meter.conversion"].create(
            {"meter_id": self.meter.id, "unit": "GiB", "numerator": "1.073741824"}
        )
        run.bill_ids.action_recalculate()
        # 10 x 1.073741824 GB at 1.00
        self.assertEqual(self.amounts(run.bill_ids), ["10.74"])

    def test_text_where_a_number_should_be_is_named_on_the_bill(self):
        self.start(basis="tag", basis_tag="size")
        number = self.deliver(
            {"stream": self.stream, "quantity": "1", "start": "2026-03-10 12:00:00"}, source=self.own_source
        )
        # The row as a file would have brought it: rows are never changed but here.
        self.env.cr.execute("ALTER TABLE cloud_billing_usage.usage_row DISABLE TRIGGER never_changed")
        self.env.cr.execute(
            "UPDATE cloud_billing_usage.usage_row SET tags = %s WHERE stream_id = %s",
            ['{"size": "ten"}', self.stream.id],
        )
        self.env.cr.execute("ALTER TABLE cloud_billing_usage.usage_row ENABLE TRIGGER never_changed")
        run = self.make_run("2026-04-01")
        reason = run.bill_ids.reasons[0]
        self.assertEqual(reason["code"], "bad_tag")
        sentence = self.env["cloud.bill.reason"]._get_sentence(reason)
        self.assertIn(f"Row 2 of usage-{number}.csv says “ten” in the tag size, which the meter Disk cannot", sentence)
