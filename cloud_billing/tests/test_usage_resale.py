from decimal import Decimal

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .usage_common import UsageOwnerCase, focus_csv, hour


@tagged("post_install", "-at_install")
class TestResale(UsageOwnerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.deliver(cls.bills, focus_csv(hour(5), hour(20)))

    def resell(self, user=None, **vals):
        env = self.env(user=user or self.user_price_manager)
        wizard = env["cloud.usage.resale.wizard"].create({"source_id": self.bills.id, **vals})
        return wizard.action_confirm()

    def version(self, action):
        step = action["params"]["next"]
        return self.env[step["res_model"]].browse(step["res_id"])

    def test_product_meter_and_prices_are_made_and_in_force(self):
        action = self.resell()
        product, version = self.bills.resale_product_id, self.version(action)
        self.assertEqual((product.cloud_billing_model, product.cloud_meter_id.basis), ("metered", "cost_billed"))
        self.assertEqual(product.cloud_meter_id.aggregation, "sum")
        self.assertEqual(product.taxes_id, self.company.account_sale_tax_id)
        self.assertEqual((version.state, str(version.date_start)), ("approved", "2026-03-01"))
        rule = version.rule_ids
        self.assertEqual((rule.charge_model, rule.percent, rule.cost_basis), ("cost_plus", Decimal(20), "cost_billed"))
        self.assertEqual(rule.product_id, product)
        self.assertIn("is approved and in force", action["params"]["message"])

    def test_the_percentage_is_on_the_cost_that_the_source_passes_on(self):
        self.bills.cost_basis = "cost_list"
        rule = self.version(self.resell()).rule_ids
        meter = self.bills.resale_product_id.cloud_meter_id
        self.assertEqual((rule.cost_basis, meter.basis), ("cost_list", "cost_list"))
        self.assertEqual(meter.name, "List cost of Nimbus bills")

    def test_the_streams_of_the_source_are_proposed_for_it(self):
        self.resell()
        streams = self.env["cloud.usage.stream"].search([("source_id", "=", self.bills.id)])
        wizard = self.env["cloud.usage.map.wizard"].create({"stream_ids": [(6, 0, streams.ids)], "target": "new"})
        self.assertEqual((wizard.product_id, wizard.plan_id), (self.bills.resale_product_id, self.bills.resale_plan_id))
        wizard.action_confirm()
        line = streams.mapping_ids.subscription_line_id
        self.assertTrue(line.has_price)
        # Two rows of 10.
        self.assertEqual(self.cost(line), 20)

    def test_a_second_plan_takes_the_same_product(self):
        self.resell()
        product = self.bills.resale_product_id
        self.resell(percent="12.5", plan_name="Partners")
        self.assertEqual(self.bills.resale_product_id, product)
        self.assertEqual(self.bills.resale_plan_id.name, "Partners")

    def test_in_a_live_company_another_person_approves(self):
        self.set_company_state("live")
        action = self.resell()
        version = self.version(action)
        self.assertEqual(version.state, "pending")
        self.assertEqual(version.request_id.state, "pending")
        self.assertIn("waits for the approval of another person", action["params"]["message"])

    def test_less_than_nothing_is_refused(self):
        with self.assertRaisesRegex(UserError, "-100 or more"):
            self.resell(percent="-101")

    def test_an_operator_makes_no_prices(self):
        with self.assertRaises(AccessError):
            self.resell(user=self.user_operator)
