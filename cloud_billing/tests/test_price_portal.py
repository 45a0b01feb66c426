"""The calculator as a customer's browser or program reaches it: JSON-RPC with a portal login."""

import json

from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .test_price_calculator import CalculatorCase

ROUTE = "/web/dataset/call_kw/cloud.price.calculator/calculate"


@tagged("post_install", "-at_install")
class TestPricesOverHttp(CalculatorCase, HttpCase):
    """Acme asks: 0.05 a GB-Month, which a rule without a label raises by 13.57 %; everyone else pays by a ladder."""

    MARKS = ("Secret", "13.57", "1357", "margin", "cost", "rule", "Disk for", "From 2026")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan.name = "Secret plan"
        cls.make_version(
            [
                {"name": "Secret ladder", "product_id": cls.metered.id, "unit_price": "0.10"},
                {
                    "name": "Secret price of Acme",
                    "product_id": cls.metered.id,
                    "customer_id": cls.acme.id,
                    "unit_price": "0.05",
                },
                {
                    "name": "Secret uplift",
                    "product_id": cls.metered.id,
                    "role": "adjust",
                    "adjustment_percent": "13.57",
                },
            ],
            date_start="2026-02-01",
        )
        cls.bolt = cls.make_customer("Bolt", plan_id=cls.plan.id, currency_id=cls.plan.currency_id.id)
        for customer in (cls.acme, cls.bolt):
            cls.make_subscription(customer, [cls.metered]).action_activate()
        cls.portal = new_test_user(cls.env, "acme_http", password="acme_http", groups="base.group_portal")
        cls.portal.partner_id.parent_id = cls.acme.partner_id

    def ask(self, customer, **more):
        """The whole answer of the server, as the text that travels: a refusal too."""
        asked = {
            "product_id": self.metered.id,
            "customer_id": customer.id,
            "quantity": "1500",
            "date": "2026-03-01",
            **more,
        }
        params = {"model": "cloud.price.calculator", "method": "calculate", "args": [asked], "kwargs": {}}
        answer = self.url_open(ROUTE, json={"jsonrpc": "2.0", "id": 0, "method": "call", "params": params})
        self.assertEqual(answer.status_code, 200)
        return answer.text

    def assert_refused(self, text, name="odoo.exceptions.AccessError"):
        answer = json.loads(text)
        self.assertNotIn("result", answer)
        self.assertEqual(answer["error"]["data"]["name"], name)
        self.assertNotIn("Secret", text)

    def test_a_customer_reads_his_own_price_and_nothing_of_how_it_is_made(self):
        self.authenticate("acme_http", "acme_http")
        text = self.ask(self.acme)
        # 1,500 x 0.05 = 75.00; 13.57 % more are 85.1775
        answer = json.loads(text)["result"]
        self.assertEqual((answer["amount"], answer["currency"], answer["workings"]), ("85.18", "EUR", None))
        self.assertIn(["Amount", "85.18 EUR"], answer["explanation"])
        for mark in self.MARKS:
            self.assertNotIn(mark, text)

    def test_whoever_asks_for_somebody_else_is_refused(self):
        self.authenticate("acme_http", "acme_http")
        foreign = self.bolt.subscription_ids
        with mute_logger("odoo.http"):
            self.assert_refused(self.ask(self.bolt))
            self.assert_refused(self.ask(self.bolt, subscription_id=self.acme.subscription_ids.id))
            for more in (
                {"customer_id": 0},
                {"customer_id": False},
                {"customer_id": [self.acme.id, self.bolt.id]},
                {"customer_id": str(self.bolt.id)},
                {"plan_id": self.plan.id},
                {"version_id": self.plan.version_ids[:1].id},
                {"cost": "1"},
                {"date": "2099-01-01"},
            ):
                self.assert_refused(self.ask(self.acme, **more))
        # A subscription or a line of somebody else's beside his own contract opens nothing: it is his price.
        for more in ({"subscription_id": foreign.id}, {"subscription_line_id": foreign.line_ids.id}):
            self.assertEqual(json.loads(self.ask(self.acme, **more))["result"]["amount"], "85.18")

    def test_no_private_method_and_no_record_is_reached_by_the_same_way(self):
        self.authenticate("acme_http", "acme_http")
        calls = [
            ("cloud.price.calculator", "_calculate", [[]]),
            ("cloud.price.rule", "search_read", [[]]),
            ("cloud.price.plan", "search_read", [[]]),
            ("cloud.customer", "search_read", [[]]),
            ("cloud.rated.line", "search_read", [[]]),
        ]
        with mute_logger("odoo.http"):
            for model, method, args in calls:
                params = {"model": model, "method": method, "args": args, "kwargs": {}}
                answer = self.url_open(
                    "/web/dataset/call_kw", json={"jsonrpc": "2.0", "id": 0, "method": "call", "params": params}
                )
                self.assert_refused(answer.text)

    def test_nobody_is_answered_without_logging_in(self):
        self.authenticate(None, None)
        with mute_logger("odoo.http"):
            self.assert_refused(self.ask(self.acme), "odoo.http.SessionExpiredException")

    def test_what_is_priced_on_the_cost_is_not_told(self):
        self.make_version(
            [{"product_id": self.metered.id, "charge_model": "cost_plus", "percent": "13.57", "name": "Secret"}],
            date_start="2026-02-15",
        )
        self.authenticate("acme_http", "acme_http")
        with mute_logger("odoo.http"):
            text = self.ask(self.acme)
        self.assert_refused(text, "odoo.exceptions.UserError")
        self.assertNotIn("13.57", text)

    def test_a_person_with_a_role_reads_the_workings(self):
        self.authenticate("cloud_viewer", "cloud_viewer")
        answer = json.loads(self.ask(self.bolt))["result"]
        # 1,500 x 0.10 and 13.57 % more
        self.assertEqual(answer["amount"], "170.36")
        self.assertIn("Secret ladder", str(answer["workings"]))
