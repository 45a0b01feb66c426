"""What a login reaches by this add-on's methods: a reviewed list, and nothing without a role."""

from pathlib import Path

from odoo.addons.cloud_billing.tests.methods_common import (
    LOGGERS,
    MARK,
    AskingMethods,
    get_public_methods,
    get_routes,
)
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .test_sale_orders import SaleCase

ADDON = "cloud_billing_sale"
METHODS = Path(__file__).with_name("reviewed_methods.txt")
ROUTES = Path(__file__).with_name("reviewed_routes.txt")


@tagged("post_install", "-at_install")
class TestWhoReachesWhatTheSalesAddOnAdds(AskingMethods, SaleCase):
    def test_every_public_method_is_reviewed(self):
        self.assert_reviewed({" ".join(pair) for pair in get_public_methods(self.env, ADDON)}, METHODS)

    def test_every_route_is_reviewed(self):
        self.assert_reviewed(get_routes(ADDON), ROUTES)

    def test_a_login_without_a_role_is_refused(self):
        self.partner.name = MARK
        self.assertTrue(self.confirm(self.make_order({"product_id": self.support.id})))
        users = [
            new_test_user(self.env, "sale_portal", groups="base.group_portal"),
            new_test_user(self.env, "sale_plain", groups="base.group_user"),
        ]
        self.env.flush_all()
        self.assertFalse(self.find_answered(users, ADDON))

    def test_a_customer_follows_his_own_order_to_nothing_of_ours(self):
        order = self.make_order({"product_id": self.support.id})
        self.confirm(order)
        portal = new_test_user(self.env, "acme_portal", groups="base.group_portal")
        portal.partner_id.parent_id = self.partner
        mine = order.with_user(portal)
        self.assertEqual(mine.read(["name"])[0]["name"], order.name)
        links = [
            (records, name)
            for records in (mine, mine.order_line)
            for name, field in records._fields.items()
            if field.comodel_name and field.comodel_name.startswith("cloud.")
        ]
        self.assertGreater(len(links), 2)
        for records, name in links:
            self.env.invalidate_all()
            with self.subTest(field=name), self.assertRaises(AccessError), mute_logger(*LOGGERS):
                records[name].mapped("company_id.name")

    def test_who_keeps_the_books_follows_a_subscription_to_its_order_without_a_sales_role(self):
        subscription = self.confirm(self.make_order({"product_id": self.support.id}))
        for role in ("accountant", "auditor"):
            user = getattr(self, f"user_{role}")
            mine = subscription.with_user(user)
            self.assertIn("action_view_sale_order", mine.get_view(view_type="form")["arch"])
            opened = self.env["sale.order"].with_user(user).browse(mine.action_view_sale_order()["res_id"])
            self.assertEqual(opened.read(["name"])[0]["name"], subscription.sale_order_id.name)
        self.assertNotIn(
            "action_view_sale_order", subscription.with_user(self.user_viewer).get_view(view_type="form")["arch"]
        )

    def test_a_member_of_a_sharing_group_sees_no_order_of_others(self):
        """Orders, their lines and Odoo's analysis of sales; one that became no subscription is seen as Odoo says."""
        own = self.make_order({"product_id": self.support.id})
        self.confirm(own)
        bolt = self.env["res.partner"].create({"name": MARK, "tz": "Europe/Amsterdam"})
        other = self.make_order({"product_id": self.support.id}, partner_id=bolt.id)
        self.confirm(other)
        quotation = self.make_order({"product_id": self.support.id}, partner_id=bolt.id)
        member = self.user_accountant
        member.group_ids |= self.env.ref("sales_team.group_sale_salesman_all_leads")
        self.assert_orders(member, own | other | quotation, own | other | quotation)
        self.set_company_state("setup")
        self.env["cloud.sharing.group"].create(
            {"name": "A", "user_ids": member.ids, "customer_ids": own.cloud_subscription_ids.customer_id.ids}
        )
        self.assert_orders(member, own | other | quotation, own | quotation)
        with self.assertRaises(AccessError), mute_logger(*LOGGERS):
            other.with_user(member).read(["name"])

    def assert_orders(self, user, orders, seen):
        """Of `orders` a login finds and counts `seen`, each of which has one line."""
        self.env.flush_all()
        self.env.invalidate_all()
        for model, link in (("sale.order", "id"), ("sale.order.line", "order_id"), ("sale.report", "cloud_order_id")):
            rows, among = self.env[model].with_user(user), [(link, "in", orders.ids)]
            with self.subTest(model=model):
                found = rows.search(among)
                self.assertEqual((found if link == "id" else found[link]).sudo(), seen.sudo())
                self.assertEqual(rows._read_group(among, [], ["__count"]), [(len(seen),)])

    def test_who_sells_knows_plans_by_name_and_nothing_of_their_prices(self):
        seller = new_test_user(self.env, "sale_seller", groups="base.group_user,sales_team.group_sale_salesman")
        self.plan.message_post(body="Acme would pay more")
        self.env.flush_all()
        plan = self.plan.with_user(seller)
        self.assertIn((plan.id, plan.name), plan.name_search(plan.name, [("currency_id", "=", plan.currency_id.id)]))
        messages = self.env["mail.message"]
        told = [("model", "=", plan._name), ("res_id", "=", plan.id), ("body", "ilike", "Acme would pay more")]
        self.assertTrue(messages.with_user(self.user_viewer).search(told))
        self.assertFalse(messages.with_user(seller).search(told))
        for refused in (
            lambda: plan.write({"name": "Other"}),
            lambda: plan.version_ids.mapped("name"),
            lambda: plan.subscription_ids.mapped("name"),
            lambda: plan.version_ids.rule_ids.mapped("unit_price"),
            lambda: plan.action_new_version(),
            lambda: plan.action_open_rules() and self.env["cloud.price.rule"].with_user(seller).search([]),
            lambda: messages.search(told).with_user(seller).read(["body"]),
        ):
            self.env.invalidate_all()
            with self.assertRaises(AccessError), mute_logger(*LOGGERS):
                refused()
