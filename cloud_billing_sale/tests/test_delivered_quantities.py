"""Delivered quantities of orders as usage of this database, by what is proposed for them."""

from datetime import datetime, timedelta, timezone

from odoo.addons.cloud_billing.engine.connectors import Window
from odoo.tests import tagged

from .test_sale_orders import SaleCase


@tagged("post_install", "-at_install")
class TestDeliveredQuantities(SaleCase):
    def test_what_was_delivered_comes_with_the_model_alone(self):
        self.registry_enter_test_mode()
        desk = self.env["product.product"].create({"name": "Desk", "type": "service", "taxes_id": [(5,)]})
        order = self.make_order({"product_id": desk.id, "product_uom_qty": 5}, cloud_plan_id=False)
        quotation = self.make_order({"product_id": desk.id, "product_uom_qty": 9}, cloud_plan_id=False)
        self.confirm(order)
        (order | quotation).order_line.qty_delivered = 3.5
        self.env.flush_all()
        connector = self.env["cloud.connector"].create(
            {"source_id": self.own_source.id, "kind": "this_odoo", "options": {"model": "sale.order.line"}}
        )
        options, now = connector._get_plain_options(), datetime.now(timezone.utc)
        window = Window(now - timedelta(days=1), now + timedelta(minutes=1))
        [delivery] = connector._get_speaker().fetch(options, None, window, {})
        [_header, row] = b"".join(delivery.payloads[0].chunks).decode().splitlines()
        # The quotation was delivered in nobody's eyes.
        self.assertTrue(row.startswith(f'"sale.order.line,{order.order_line.id}:'))
        self.assertIn(f",{self.partner.id},Acme,Desk,3.5,Units,", row)
