from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.fields import Command
from odoo.tests import HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger

from .common import CloudBillingUsers

REQUEST = "cloud.change.request"


@tagged("post_install", "-at_install")
class TestHowAVoteReachesUs(CloudBillingUsers, HttpCase):
    """Over real HTTP: a person's session and a direct call vote, nothing else does."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.ref("base.main_company")
        cls.set_up_people(cls.company)
        cls.set_company_state("setup")
        plan = cls.env["cloud.price.plan"].create({"name": "Plan"})
        cls.version = cls.env["cloud.price.plan.version"].create(
            {
                "plan_id": plan.id,
                "date_start": "2026-01-01",
                "rule_ids": [Command.create({"name": "Price", "unit_price": "1"})],
            }
        )
        cls.set_company_state("live")
        maker = cls.env(user=cls.user_price_manager)
        cls.request = maker[REQUEST]._submit(cls.version.with_env(maker), "price_version").with_env(cls.env)
        cls.env.flush_all()

    def call(self, model, method, *args, route="call_kw", **kwargs):
        params = {"model": model, "method": method, "args": list(args), "kwargs": kwargs}
        path = f"/web/dataset/{route}/{model}/{method}"
        result = self.make_jsonrpc_request(path, params)
        self.env.invalidate_all()
        return result

    def assert_refused(self, *args, **kwargs):
        with self.assertRaisesRegex(JsonRpcException, "odoo.exceptions"), mute_logger("odoo.http"):
            self.call(*args, **kwargs)
        self.env.invalidate_all()
        self.assertEqual((self.request.state, self.request.vote_ids), ("pending", self.env["cloud.change.vote"]))

    def log_in(self, user):
        # new_test_user gives this password.
        self.authenticate(user.login, user.login + "x" * (8 - len(user.login)))

    def test_a_session_votes_by_a_direct_call(self):
        self.log_in(self.user_approver)
        self.call(REQUEST, "action_approve", self.request.ids, "checked")
        self.assertEqual((self.request.state, self.version.state), ("applied", "approved"))

    def test_a_session_votes_by_the_button(self):
        self.log_in(self.user_approver)
        self.call(REQUEST, "action_reject", self.request.ids, "no", route="call_button")
        self.assertEqual(self.request.state, "rejected")

    def test_the_dialog_votes(self):
        self.log_in(self.user_approver)
        action = self.call(REQUEST, "action_open_votes", self.request.ids, context={"default_decision": "approve"})
        values = {"request_id": self.request.id, "decision": "approve", "comment": "checked"}
        self.assertEqual(action["res_model"], "cloud.change.decide")
        dialog_id = self.call("cloud.change.decide", "create", values)
        self.call("cloud.change.decide", "action_confirm", [dialog_id], route="call_button")
        self.assertEqual(self.request.state, "applied")

    def test_the_dialog_wants_a_reason_for_a_no(self):
        self.log_in(self.user_approver)
        dialog_id = self.call("cloud.change.decide", "create", {"request_id": self.request.id, "decision": "reject"})
        self.assert_refused("cloud.change.decide", "action_confirm", [dialog_id])

    def test_the_maker_does_not_vote_with_any_login(self):
        self.user_operator.group_ids |= self.env.ref("cloud_billing.group_approver")
        for user in (self.user_price_manager, self.user_operator, self.user_administrator):
            self.log_in(user)
            self.assert_refused(REQUEST, "action_approve", self.request.ids)

    def test_a_server_action_that_the_checker_is_led_to_does_not_vote(self):
        action = self.env["ir.actions.server"].create(
            {
                "name": "Looks harmless",
                "model_id": self.env["ir.model"]._get_id(REQUEST),
                "state": "code",
                "code": f"env['{REQUEST}'].browse({self.request.id}).action_approve()",
                "group_ids": [Command.clear()],
            }
        )
        self.user_approver.group_ids |= self.env.ref("base.group_system")
        self.log_in(self.user_approver)
        self.assert_refused("ir.actions.server", "run", action.ids)

    def test_a_vote_on_one_request_is_no_vote_on_another(self):
        """Code that votes on everything while the checker votes on one thing."""
        plan = self.env["cloud.price.plan"].create({"name": "Other"})
        rules = [Command.create({"name": "Price", "unit_price": "1"})]
        other = self.env["cloud.price.plan.version"].create(
            {"plan_id": plan.id, "date_start": "2026-01-01", "rule_ids": rules}
        )
        maker = self.env(user=self.user_price_manager)
        second = maker[REQUEST]._submit(other.with_env(maker), "price_version").id
        self.env.flush_all()

        def votes_too(record, request, token):
            request.browse(self.request.id).action_approve()

        self.log_in(self.user_approver)
        with patch.object(type(other), "_apply_change_request", votes_too):
            self.assert_refused(REQUEST, "action_approve", [second])

    def test_private_methods_are_closed(self):
        self.log_in(self.user_approver)
        for method in ("_apply", "_vote", "_submit", "_write_protected", "_create_protected"):
            with self.subTest(method):
                self.assert_refused(REQUEST, method, self.request.ids)

    def test_an_api_key_does_not_vote(self):
        if "rpc" not in self.env["ir.module.module"]._installed():
            self.skipTest("the module rpc is not installed")
        key = self._make_key(self.user_approver)
        url = f"/json/2/{REQUEST}/action_approve"
        headers = {"Authorization": f"bearer {key}", "Content-Type": "application/json"}
        with mute_logger("odoo.http", "odoo.addons.rpc.controllers.json2"):
            answer = self.url_open(url, json={"ids": self.request.ids}, headers=headers)
        self.assertGreaterEqual(answer.status_code, 400)
        self.assertIn("by a person who is logged in", answer.text)
        self.env.invalidate_all()
        self.assertEqual(self.request.state, "pending")

    def test_a_login_sent_along_with_a_call_does_not_vote(self):
        if "rpc" not in self.env["ir.module.module"]._installed():
            self.skipTest("the module rpc is not installed")
        key = self._make_key(self.user_approver)
        arguments = [self.env.cr.dbname, self.user_approver.id, key, REQUEST, "action_approve", [self.request.ids]]
        params = {"service": "object", "method": "execute_kw", "args": arguments}
        with self.assertRaises(JsonRpcException), mute_logger("odoo.http", "odoo.addons.rpc.controllers.jsonrpc"):
            self.make_jsonrpc_request("/jsonrpc", params)
        self.env.invalidate_all()
        self.assertEqual(self.request.state, "pending")

    def _make_key(self, user):
        until = fields.Datetime.now() + timedelta(days=1)
        return self.env(user=user)["res.users.apikeys"].sudo()._generate(None, "test", until)
