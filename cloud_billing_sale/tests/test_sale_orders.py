from datetime import date, datetime
from decimal import Decimal as D
from unittest.mock import patch

from odoo import fields
from odoo.addons.cloud_billing.tests.billing_common import BillingCase
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

NOW = datetime(2026, 3, 1, 9)


class SaleCase(BillingCase):
    """A plan with support at 10.00 and disk at 0.10; what Acme orders is billed from 1 March 2026 on."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids += cls.env.ref("sales_team.group_sale_manager")
        cls.make_version(
            {"product_id": cls.support.id, "unit_price": "10"}, {"product_id": cls.disk.id, "unit_price": "0.10"}
        )
        cls.partner = cls.env["res.partner"].create({"name": "Acme", "tz": "Europe/Amsterdam"})
        cls.set_company_state("live")

    @classmethod
    def make_order(cls, *lines, **vals):
        """A quotation; lines: dicts of values of an order line."""
        return cls.env["sale.order"].create(
            {
                "partner_id": cls.partner.id,
                "company_id": cls.company.id,
                "cloud_plan_id": cls.plan.id,
                "cloud_date_start": "2026-03-01",
                "order_line": [(0, 0, {"product_uom_qty": 1, "tax_ids": [(5,)], **line}) for line in lines],
                **vals,
            }
        )

    def confirm(self, order):
        with patch.object(fields.Datetime, "now", lambda: NOW):
            order.action_confirm()
        return order.cloud_subscription_ids

    def bill(self, cutoff="2026-04-01"):
        run = self.make_run(cutoff=cutoff)
        if not run.bill_ids:
            return []
        self.post(run)
        lines = run.bill_ids.move_id.invoice_line_ids.filtered(lambda line: line.display_type == "product")
        return sorted((line.product_id.name, line.price_subtotal) for line in lines)


@tagged("post_install", "-at_install")
class TestOrderToSubscription(SaleCase):
    def test_a_confirmed_order_is_billed_with_its_own_prices(self):
        order = self.make_order(
            {"product_id": self.support.id, "product_uom_qty": 3, "price_unit": 8.50},
            {"product_id": self.disk.id},
            client_order_ref="PO 4711",
        )
        subscription = self.confirm(order)
        self.assertEqual(subscription.state, "active")
        self.assertEqual(subscription.customer_id.partner_id, self.partner)
        self.assertEqual((subscription.date_start, subscription.order_reference), (date(2026, 3, 1), "PO 4711"))
        stream = self.make_stream("disk")
        self.map_stream(stream, order.order_line[1].cloud_line_id)
        self.deliver({"stream": stream, "quantity": "100"})
        # 3 x 8.50; disk by the plan, 100 x 0.10.
        self.assertEqual(self.bill(), [("Disk", 10.0), ("Support", 25.5)])

    def test_a_discount_is_a_discount_of_the_contract(self):
        order = self.make_order({"product_id": self.support.id, "price_unit": 10, "discount": 12.5})
        subscription = self.confirm(order)
        self.assertEqual(subscription.rate_ids.mapped("origin"), ["order", "order"])
        self.assertEqual(set(subscription.rate_ids.mapped("state")), {"approved"})
        # 10.00 less 12.5 %.
        self.assertEqual(self.bill(), [("Support", 8.75)])

    def test_a_price_typed_for_usage_holds_per_unit(self):
        order = self.make_order({"product_id": self.disk.id})
        order.order_line.price_unit = 0.07
        self.confirm(order)
        stream = self.make_stream("disk")
        self.map_stream(stream, order.order_line.cloud_line_id)
        self.deliver({"stream": stream, "quantity": "100"})
        self.assertEqual(self.bill(), [("Disk", 7.0)])

    def test_a_dozen_is_twelve(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self.make_order(
            {"product_id": self.support.id, "product_uom_id": dozen.id, "product_uom_qty": 2, "price_unit": 60}
        )
        subscription = self.confirm(order)
        # 60.00 a dozen is 5.00 each, and two dozen are 24.
        self.assertEqual(subscription.line_ids.quantity, 24)
        self.assertEqual(subscription.rate_ids.unit_price, D("5"))

    def test_a_price_with_its_tax_inside_comes_to_a_net_plan_without_it(self):
        tax = self.env["account.tax"].create(
            {
                "name": "21 % inside",
                "amount": 21,
                "type_tax_use": "sale",
                "price_include_override": "tax_included",
                "company_id": self.company.id,
            }
        )
        order = self.make_order({"product_id": self.support.id, "price_unit": 12.1, "tax_ids": [(6, 0, tax.ids)]})
        # 12.10 / 1.21.
        self.assertEqual(self.confirm(order).rate_ids.unit_price, D("10"))

    def test_a_sum_is_paid_in_the_parts_that_the_order_says(self):
        hardware = self.make_product("Hardware", "instalment")
        order = self.make_order(
            {"product_id": hardware.id, "product_uom_qty": 2, "price_unit": 500, "cloud_instalment_count": 3}
        )
        subscription = self.confirm(order)
        # 2 x 500.00 in three parts, on 1 March, 1 April and 1 May.
        parts = subscription.line_ids.instalment_ids.sorted("number")
        self.assertEqual(sum(parts.mapped("amount")), 1000)
        self.assertEqual([str(day) for day in parts.mapped("date_due")], ["2026-03-01", "2026-04-01", "2026-05-01"])
        self.assertEqual(self.bill("2026-03-01"), [("Hardware", float(parts[0].amount))])

    def test_the_order_invoices_the_rest_and_nothing_twice(self):
        order = self.make_order(
            {"product_id": self.support.id, "price_unit": 10}, {"product_id": self.set_up.id, "price_unit": 99}
        )
        self.set_up.invoice_policy = "order"
        subscription = self.confirm(order)
        self.assertEqual(subscription.line_ids.product_id, self.support)
        self.assertEqual(order.order_line.mapped("invoice_status"), ["no", "to invoice"])
        invoice = order._create_invoices()
        self.assertEqual(invoice.invoice_line_ids.product_id, self.set_up)
        self.assertEqual(order.order_line.mapped("qty_to_invoice"), [0, 0])

    def test_an_order_without_such_products_is_an_order(self):
        order = self.make_order({"product_id": self.set_up.id, "price_unit": 99})
        self.assertFalse(order.has_cloud_lines)
        self.assertFalse(self.confirm(order))

    def test_a_customer_that_is_there_is_used(self):
        customer = self.make_customer("Acme", partner=self.partner)
        order = self.make_order({"product_id": self.support.id, "price_unit": 10})
        self.assertEqual(self.confirm(order).customer_id, customer)

    def test_it_may_wait_as_a_draft(self):
        order = self.make_order({"product_id": self.support.id, "price_unit": 10}, cloud_is_activated=False)
        self.assertEqual(self.confirm(order).state, "draft")

    def test_confirmed_again_makes_one_subscription(self):
        order = self.make_order({"product_id": self.support.id, "price_unit": 10}, cloud_is_activated=False)
        self.confirm(order)
        order._action_cancel()
        self.assertFalse(order.cloud_subscription_ids)
        order.action_draft()
        self.assertEqual(len(self.confirm(order)), 1)

    def test_the_order_names_its_subscription_without_a_link(self):
        subscription = self.confirm(order := self.make_order({"product_id": self.support.id}))
        [body] = [one.body for one in order.message_ids if subscription.name in (one.body or "")]
        self.assertNotIn("href", body)

    def test_the_seller_needs_no_role_of_billing(self):
        seller = new_test_user(
            self.env,
            login="cloud_seller",
            groups="base.group_user,sales_team.group_sale_salesman_all_leads",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        order = self.make_order({"product_id": self.support.id, "price_unit": 10})
        order.user_id = seller
        with patch.object(fields.Datetime, "now", lambda: NOW):
            order.with_user(seller).action_confirm()
        self.assertEqual(order.with_user(seller).cloud_subscription_count, 1)
        self.assertEqual(order.cloud_subscription_ids.user_id, seller)


@tagged("post_install", "-at_install")
class TestTheLimitOfASeller(SaleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.cloud_seller_discount = "10"
        # Mara Maker sells.
        cls.env.user.cloud_person_id = cls.person_maker

    def order(self, **line):
        return self.confirm(self.make_order({"product_id": self.support.id, "price_unit": 8.50, **line}))

    def test_up_to_it_what_the_order_says_is_agreed(self):
        subscription = self.order(discount=10)
        self.assertEqual(subscription.rate_ids.mapped("state"), ["approved"] * 2)
        # 8.50 - 10 % = 7.65
        self.assertEqual(self.bill(), [("Support", 7.65)])

    def test_above_it_another_person_approves(self):
        subscription = self.order(discount=20)
        self.assertEqual(subscription.rate_ids.mapped("state"), ["pending"] * 2)
        for rate in subscription.rate_ids:
            self.vote(rate.request_id)
        # 8.50 - 20 % = 6.80
        self.assertEqual(self.bill(), [("Support", 6.8)])

    def test_until_then_the_plan_s_price_holds(self):
        self.order(discount=20)
        self.assertEqual(self.bill(), [("Support", 10.0)])

    def test_a_lower_price_typed_in_counts_like_a_discount(self):
        line = self.make_order({"product_id": self.support.id}).order_line
        line.write({"technical_price_unit": 10, "price_unit": 9, "discount": 0})
        self.assertFalse(line._is_above_limit())
        line.write({"technical_price_unit": 10, "price_unit": 9, "discount": 1})
        # 9.00 - 1 % = 8.91 of 10.00: 10.9 % are let off.
        self.assertTrue(line._is_above_limit())

    def test_a_seller_may_have_a_limit_of_his_own(self):
        self.env.user.cloud_seller_discount = "25"
        self.assertEqual(self.order(discount=20).rate_ids.mapped("state"), ["approved"] * 2)

    def test_who_is_not_enrolled_leaves_it_to_be_submitted(self):
        self.env.flush_all()
        self.cr.execute("UPDATE res_users SET cloud_person_id = NULL WHERE id = %s", [self.env.uid])
        self.env.invalidate_all()
        self.assertEqual(self.order(discount=20).rate_ids.mapped("state"), ["draft"] * 2)

    def test_it_is_changed_by_two_people_only(self):
        name = "cloud_seller_discount"
        for record in (self.company, self.env.user):
            self.assertIn(name, self.env["cloud.protected.field"]._get_names(record._name))
            self.assertEqual(record._get_guarded_changes({name: "50"}, frozenset({name}), "live"), record)

    def test_while_a_company_is_set_up_there_is_no_limit(self):
        self.set_company_state("setup")
        self.assertEqual(self.order(discount=20).rate_ids.mapped("state"), ["approved"] * 2)


@tagged("post_install", "-at_install")
class TestRefusedOrders(SaleCase):
    def test_without_a_plan(self):
        order = self.make_order({"product_id": self.support.id, "price_unit": 10}, cloud_plan_id=False)
        with self.assertRaisesRegex(UserError, "no price plan. Choose one"):
            self.confirm(order)

    def test_in_another_currency_than_the_plan(self):
        foreign = self.env.ref("base.EUR" if self.currency.name == "USD" else "base.USD")
        foreign.active = True
        pricelist = self.env["product.pricelist"].create({"name": "Abroad", "currency_id": foreign.id})
        order = self.make_order({"product_id": self.support.id, "price_unit": 10}, pricelist_id=pricelist.id)
        order.cloud_plan_id = self.plan
        with self.assertRaisesRegex(UserError, f"Choose a plan in {foreign.name}"):
            self.confirm(order)

    def test_a_negative_quantity(self):
        order = self.make_order({"product_id": self.support.id, "price_unit": 10, "product_uom_qty": -1})
        with self.assertRaisesRegex(UserError, "discount instead"):
            self.confirm(order)

    def test_what_was_agreed_changes_on_the_subscription(self):
        order = self.make_order({"product_id": self.support.id, "price_unit": 10})
        self.confirm(order)
        with self.assertRaisesRegex(UserError, "Change it there"):
            order.order_line.product_uom_qty = 5
        with self.assertRaisesRegex(UserError, "with Change, or make a new quotation"):
            order.write({"order_line": [(0, 0, {"product_id": self.support.id, "price_unit": 1})]})
        order.order_line.name = "Support, as agreed"

    def test_an_order_that_was_billed_is_not_cancelled(self):
        order = self.make_order({"product_id": self.support.id, "price_unit": 10})
        self.confirm(order)
        self.bill()
        with self.assertRaisesRegex(UserError, "Cancel the subscription"):
            order._action_cancel()

    def test_an_order_that_was_not_billed_takes_its_subscription_back(self):
        order = self.make_order({"product_id": self.support.id, "price_unit": 10})
        subscription = self.confirm(order)
        with patch.object(fields.Datetime, "now", lambda: NOW):
            order._action_cancel()
        self.assertEqual(subscription.state, "cancelled")
        self.assertEqual(self.bill(), [])
