from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .usage_common import UsageOwnerCase, focus_csv, hour


class MapCase(UsageOwnerCase):
    """Two sub-accounts with two streams each, and one stream without sub-account; all of March."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        alpha = {"SubAccountId": "sub-1", "SubAccountName": "Alpha"}
        beta = {"SubAccountId": "sub-2", "SubAccountName": "Beta"}
        cls.deliver(
            cls.bills,
            focus_csv(
                hour(1, **alpha),
                hour(2, SkuId="sku-2", **alpha),
                hour(3, **beta),
                hour(4, SkuId="sku-2", cost="2.5", **beta),
                hour(5, SubAccountId="", SubAccountName=""),
            ),
        )
        cls.streams = cls.env["cloud.usage.stream"].search([("source_id", "=", cls.bills.id)])
        cls.alpha, cls.beta, cls.nameless = (
            cls.streams.filtered(lambda stream, code=code: stream.sub_account == code)
            for code in ("sub-1", "sub-2", "")
        )

    def wizard(self, streams, user=None, **vals):
        env = self.env(user=user or self.user_accountant)
        return env["cloud.usage.map.wizard"].create({"stream_ids": [(6, 0, streams.ids)], **vals})

    def new_customers(self, streams, **vals):
        return self.wizard(streams, target="new", plan_id=self.plan.id, product_id=self.metered.id, **vals)


@tagged("post_install", "-at_install")
class TestOneCustomerPerSubAccount(MapCase):
    def test_customers_subscriptions_and_lines_are_made_and_own_the_streams(self):
        self.new_customers(self.alpha | self.beta).action_confirm()
        customers = self.env["cloud.customer"].search([("code", "in", ["sub-1", "sub-2"])], order="code")
        self.assertEqual(customers.mapped("name"), ["Alpha", "Beta"])
        self.assertEqual(customers.partner_id.mapped("name"), ["Alpha", "Beta"])
        self.assertEqual(customers.subscription_ids.mapped("state"), ["active", "active"])
        self.assertEqual(customers.subscription_ids.line_ids.product_id, self.metered)
        self.assertEqual(self.alpha.mapping_ids.customer_id, customers[0])
        self.assertEqual(self.beta.mapping_ids.customer_id, customers[1])
        self.assertFalse(self.nameless.mapping_ids)
        self.assertEqual(self.alpha.mapped("unmatched_rows"), [0, 0])

    def test_the_first_of_the_earliest_month_is_proposed(self):
        wizard = self.new_customers(self.alpha)
        wizard.action_confirm()
        self.assertEqual(set(map(str, self.alpha.mapping_ids.mapped("date_start"))), {"2026-03-01"})
        subscription = self.alpha.mapping_ids.subscription_line_id.subscription_id
        self.assertEqual(str(subscription.date_start), "2026-03-01")

    def test_days_are_those_of_the_source(self):
        # 1 March 00:00 UTC is still February in New York.
        self.bills.tz = "America/New_York"
        self.assertEqual(str(self.new_customers(self.alpha).date_start), "2026-02-01")

    def test_a_customer_with_that_code_is_used_again(self):
        self.acme.code = "sub-1"
        wizard = self.new_customers(self.alpha | self.beta)
        self.assertEqual(wizard.account_ids.filtered(lambda line: line.sub_account == "sub-1").customer_id, self.acme)
        self.assertIn("New customers: 1; already there: 1.", wizard.effect)
        wizard.action_confirm()
        self.assertEqual(self.alpha.mapping_ids.subscription_line_id, self.acme_line)

    def test_a_customer_that_a_person_chose_is_used(self):
        wizard = self.new_customers(self.alpha | self.beta)
        wizard.account_ids.filtered(lambda line: line.sub_account == "sub-2").customer_id = self.bolt
        wizard.action_confirm()
        self.assertEqual(self.beta.mapping_ids.subscription_line_id, self.bolt_line)

    def test_the_same_sub_account_of_two_provider_accounts_is_one_customer(self):
        self.deliver(self.bills, focus_csv(hour(1, BillingAccountId="acct-2")))
        other = self.stream(self.bills, provider_account="acct-2")
        self.new_customers(self.alpha | other).action_confirm()
        self.assertEqual(len((self.alpha | other).mapping_ids.customer_id), 1)

    def test_one_stream_brings_the_others_of_its_sub_account(self):
        wizard = self.new_customers(self.alpha[:1], extent="sub_account")
        self.assertEqual(wizard.stream_count, 2)
        wizard.action_confirm()
        self.assertTrue(all(stream.mapping_ids for stream in self.alpha))
        self.assertFalse(self.beta.mapping_ids)

    def test_streams_without_sub_account_are_said(self):
        with self.assertRaisesRegex(UserError, "Streams without a sub-account: 1. No customer can be made of them"):
            self.new_customers(self.streams).action_confirm()

    def test_statements_do_not_grow_with_the_number_of_streams(self):
        rows = [hour(day, SubAccountId=f"n-{number}", SubAccountName=f"N {number}", SkuId=f"sku-{day}")
                for number in range(3) for day in range(1, 13)]  # fmt: skip
        self.deliver(self.bills, focus_csv(hour(1, BillingAccountId="many"), *rows))
        streams = self.streams.search([("sub_account", "like", "n-")])

        def count(some):
            wizard = self.new_customers(some)
            return self.count_statements_of(lambda: wizard.action_confirm())

        first, second, third = (streams.filtered(lambda s, c=f"n-{n}": s.sub_account == c) for n in range(3))
        count(first)
        # One customer each: twelve streams take as many statements as one.
        self.assertLessEqual(count(second), count(third[:1]) + 3)


@tagged("post_install", "-at_install")
class TestOtherOwners(MapCase):
    def test_a_line_that_is_there(self):
        self.wizard(self.alpha, target="line", subscription_line_id=self.acme_line.id).action_confirm()
        self.assertEqual(self.alpha.mapping_ids.subscription_line_id, self.acme_line)
        self.assertEqual(self.alpha[0].owner_text, "Acme")

    def test_an_operator_assigns_to_a_line_but_makes_no_customer(self):
        wizard = self.wizard(self.alpha, self.user_operator, target="line", subscription_line_id=self.acme_line.id)
        wizard.action_confirm()
        self.assertTrue(self.alpha.mapping_ids)
        wizard = self.wizard(
            self.beta, self.user_operator, target="new", plan_id=self.plan.id, product_id=self.metered.id
        )
        with self.assertRaisesRegex(UserError, "Accountants make customers, subscriptions and cost centres"):
            wizard.action_confirm()

    def test_a_customer_without_the_product_gets_a_line_on_its_subscription(self):
        meter = self.env["cloud.meter"].create({"name": "Cost", "code": "cost", "basis": "cost_billed"})
        product = self.make_product("Resold", "metered", cloud_meter_id=meter.id)
        values = {"target": "product", "customer_id": self.acme.id, "product_id": product.id}
        self.wizard(self.alpha, **values).action_confirm()
        line = self.alpha.mapping_ids.subscription_line_id
        self.assertEqual((line.subscription_id, line.product_id), (self.acme_line.subscription_id, product))

    def test_a_contract_that_ends_with_its_term_gets_the_line_and_not_a_second_contract(self):
        meter = self.env["cloud.meter"].create({"name": "Cost", "code": "cost", "basis": "cost_billed"})
        product = self.make_product("Resold", "metered", cloud_meter_id=meter.id)
        subscription = self.acme_line.subscription_id
        start = subscription.date_start
        subscription.term_ids = [(0, 0, {"date_start": start, "length_count": 120, "renewal_kind": "none"})]
        subscription.action_activate()
        self.assertEqual(subscription.end_kind, "term")
        values = {"target": "product", "customer_id": self.acme.id, "product_id": product.id}
        self.wizard(self.alpha, **values).action_confirm()
        self.assertEqual(self.alpha.mapping_ids.subscription_line_id.subscription_id, subscription)

    def test_a_customer_with_the_product_keeps_its_line(self):
        values = {"target": "product", "customer_id": self.acme.id, "product_id": self.metered.id}
        wizard = self.wizard(self.alpha, **values)
        self.assertIn("They belong to the line", wizard.effect)
        wizard.action_confirm()
        self.assertEqual(self.alpha.mapping_ids.subscription_line_id, self.acme_line)

    def test_a_plan_in_another_currency_is_refused(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        plan = self.make_plan("Euro", currency_id=euro.id)
        customer = self.make_customer("Dollars")
        wizard = self.wizard(
            self.alpha, target="product", customer_id=customer.id, product_id=self.metered.id, plan_id=plan.id
        )
        with self.assertRaisesRegex(UserError, "Dollars pays in USD and the plan Euro is in EUR. Choose a plan in USD"):
            wizard.action_confirm()

    def test_a_cost_centre_that_is_there(self):
        self.wizard(self.alpha, target="cost_centre", analytic_account_id=self.cost_centre.id).action_confirm()
        self.assertEqual(self.alpha.mapping_ids.analytic_account_id, self.cost_centre)

    def test_a_cost_centre_is_made_once(self):
        for streams in (self.alpha, self.beta):
            self.wizard(streams, target="cost_centre", cost_centre_name="Lab").action_confirm()
        self.assertEqual(len((self.alpha | self.beta).mapping_ids.analytic_account_id), 1)

    def test_a_stream_that_has_an_owner_is_said_before_and_refused(self):
        self.wizard(self.alpha[0], target="line", subscription_line_id=self.acme_line.id).action_confirm()
        wizard = self.wizard(self.alpha, target="line", subscription_line_id=self.bolt_line.id)
        self.assertIn("Streams with an owner on some of these days: 1 (", wizard.warning)
        with self.assertRaisesRegex(UserError, r"Streams with an owner on some of these days: 1 \("):
            wizard.action_confirm()

    def test_an_owner_ends_and_another_follows(self):
        self.wizard(self.alpha, target="line", subscription_line_id=self.acme_line.id).action_confirm()
        end = self.env["cloud.usage.end.wizard"].with_context(
            active_model="cloud.usage.mapping", active_ids=self.alpha.mapping_ids.ids
        )
        end.create({"date_end": "2026-03-15"}).action_confirm()
        self.wizard(
            self.alpha, target="line", subscription_line_id=self.bolt_line.id, date_start="2026-03-15"
        ).action_confirm()
        self.assertEqual(self.alpha[0].owner_text, "Acme, Bolt")

    def test_without_any_metered_product_it_says_how_to_come_by_one(self):
        wizard = self.wizard(self.alpha, target="new")
        self.assertNotIn("metered", wizard.warning or "")
        self.env["product.product"].search([("cloud_billing_model", "=", "metered")]).product_tmpl_id.active = False
        wizard.product_id = False
        wizard.invalidate_recordset(["warning"])
        self.assertIn(f"Resell This on the source {self.bills.name}", wizard.warning)
        wizard.target = "cost_centre"
        self.assertFalse(wizard.warning)

    def test_a_viewer_assigns_nothing(self):
        with self.assertRaises(AccessError):
            self.wizard(self.alpha, self.user_viewer, target="line", subscription_line_id=self.acme_line.id)

    def test_the_list_opens_the_wizard_with_its_streams(self):
        action = self.alpha.action_assign()
        wizard = self.env["cloud.usage.map.wizard"].with_context(**action["context"]).create({})
        self.assertEqual(wizard.stream_ids, self.alpha)


@tagged("post_install", "-at_install")
class TestWhatStreamsAreFor(MapCase):
    def test_many_streams_are_kept_held_and_billed_at_once(self):
        streams = self.alpha.with_user(self.user_operator)
        for action, policy in (("action_keep", "keep"), ("action_hold", "hold"), ("action_bill", "bill")):
            getattr(streams, action)()
            self.assertEqual(streams.mapped("effective_policy"), [policy, policy])
        streams.action_keep()
        streams.action_follow_source()
        self.assertEqual(streams.mapped("effective_policy"), ["bill", "bill"])
