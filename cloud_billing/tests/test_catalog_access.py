from odoo.exceptions import AccessError
from odoo.tests import tagged

from .catalog_common import CatalogCase


@tagged("post_install", "-at_install")
class TestWhoMayDoWhat(CatalogCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.version = cls.make_version([{"unit_price": "1"}], approve=False)
        cls.customer = cls.make_customer("Acme")
        cls.subscription = cls.make_subscription(cls.customer, [cls.metered])
        cls.prices = [cls.meter, cls.plan, cls.version, cls.version.rule_ids]
        cls.contracts = [cls.customer, cls.subscription, cls.subscription.line_ids]

    def may(self, user, operation, records):
        return [record._name for record in records if record.with_user(user).has_access(operation)]

    def test_everybody_with_a_role_reads_and_the_integration_user_does_not(self):
        everything = [record._name for record in self.prices + self.contracts]
        for role in ("viewer", "operator", "accountant", "price_manager", "approver", "auditor", "administrator"):
            user = getattr(self, f"user_{role}")
            self.assertEqual(self.may(user, "read", self.prices + self.contracts), everything, role)
        self.assertEqual(self.may(self.user_integration, "read", self.prices + self.contracts), [])

    def test_prices_are_for_price_managers_and_contracts_for_accountants(self):
        prices = [record._name for record in self.prices]
        contracts = [record._name for record in self.contracts]
        for role, expected in (
            ("viewer", []),
            ("operator", []),
            ("approver", []),
            ("auditor", []),
            ("accountant", contracts),
            ("price_manager", prices),
            ("administrator", prices + contracts),
        ):
            for operation in ("write", "create", "unlink"):
                user = getattr(self, f"user_{role}")
                self.assertEqual(self.may(user, operation, self.prices + self.contracts), expected, (role, operation))

    def test_a_viewer_presses_no_button(self):
        for record, action in (
            (self.version, "action_approve_directly"),
            (self.version, "action_new_version"),
            (self.subscription, "action_activate"),
        ):
            with self.assertRaises(AccessError):
                getattr(record.with_user(self.user_viewer), action)()

    def test_a_price_manager_makes_a_plan_with_prices_and_a_product(self):
        env = self.env(user=self.user_price_manager)
        product = env["product.product"].create(
            {"name": "New", "type": "service", "cloud_billing_model": "metered", "cloud_meter_id": self.meter.id}
        )
        plan = env["cloud.price.plan"].create({"name": "Mine"})
        plan.action_new_version()
        rule = env["cloud.price.rule"].create(
            {"version_id": plan.version_ids.id, "product_id": product.id, "unit_price": "1"}
        )
        self.assertTrue(rule.summary)

    def test_an_accountant_makes_and_activates_a_subscription_and_sees_its_price(self):
        self.version.action_approve_directly()
        env = self.env(user=self.user_accountant)
        partner = self.env["res.partner"].create({"name": "Bolt"})
        customer = env["cloud.customer"].create({"partner_id": partner.id, "plan_id": self.plan.id})
        subscription = env["cloud.subscription"].create(
            {
                "customer_id": customer.id,
                "date_start": "2026-01-01",
                "line_ids": [(0, 0, {"product_id": self.metered.id})],
            }
        )
        subscription.action_activate()
        self.assertIn("per unit", subscription.line_ids.price_text)

    def test_a_person_of_another_company_sees_nothing(self):
        other = self.env["res.company"].create({"name": "Second"})
        # Shared meters are for all.
        self.user_viewer.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        here = self.env(context={**self.env.context, "allowed_company_ids": other.ids})
        seen = self.may(self.user_viewer, "read", [record.with_env(here) for record in self.prices + self.contracts])
        self.assertEqual(seen, ["cloud.meter"])
        tier = (
            self.env["cloud.price.rule"]
            .create(
                {
                    "version_id": self.version.id,
                    "product_id": self.metered.id,
                    "charge_model": "graduated",
                    "tier_ids": [(0, 0, {"unit_price": "1"})],
                }
            )
            .tier_ids
        )
        self.assertFalse(tier.with_env(here).with_user(self.user_viewer).has_access("read"))
