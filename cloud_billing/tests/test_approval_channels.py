import base64
import json
import time
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo import http as odoo_http
from odoo.addons.auth_totp.models.totp import TIMESTEP, hotp
from odoo.fields import Command
from odoo.tests import HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger

from ..models.control import identity
from .common import CloudBillingUsers

REQUEST = "cloud.change.request"
CHECK = "res.users.identitycheck"
# Of the authenticator; 20 bytes in base 32.
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@tagged("post_install", "-at_install")
class TestHowAVoteReachesUs(CloudBillingUsers, HttpCase):
    """Over real HTTP: a person's session and a direct call vote, nothing else does."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.ref("base.main_company")
        cls.company.cloud_second_factor = False
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
        self.authenticate(user.login, self.get_password(user))

    def get_password(self, user):
        # new_test_user gives this password.
        return user.login + "x" * (8 - len(user.login))

    def confirm(self, user, request=None, password=None, code=None):
        """Log in, press Approve and confirm who one is; returns the action that follows."""
        self.log_in(user)
        dialog = self.call(REQUEST, "action_open_votes", (request or self.request).ids)
        self.assertEqual(dialog["res_model"], CHECK)
        context = {"password": password or self.get_password(user), "cloud_code": code}
        return self.call(CHECK, "run_check", [dialog["res_id"]], context=context)

    def test_a_session_votes_by_a_direct_call(self):
        self.confirm(self.user_approver)
        self.call(REQUEST, "action_approve", self.request.ids, "checked")
        self.assertEqual((self.request.state, self.version.state), ("applied", "approved"))

    def test_a_session_votes_by_the_button(self):
        self.confirm(self.user_approver)
        self.call(REQUEST, "action_reject", self.request.ids, "no", route="call_button")
        self.assertEqual(self.request.state, "rejected")

    def test_the_dialog_votes(self):
        action = self.confirm(self.user_approver)
        values = {"request_id": self.request.id, "decision": "approve", "comment": "checked"}
        self.assertEqual(action["res_model"], "cloud.change.decide")
        dialog_id = self.call("cloud.change.decide", "create", values)
        self.call("cloud.change.decide", "action_confirm", [dialog_id], route="call_button")
        self.assertEqual(self.request.state, "applied")

    def test_the_dialog_wants_a_reason_for_a_no(self):
        self.confirm(self.user_approver)
        dialog_id = self.call("cloud.change.decide", "create", {"request_id": self.request.id, "decision": "reject"})
        self.assert_refused("cloud.change.decide", "action_confirm", [dialog_id])

    def test_the_maker_does_not_vote_with_any_login(self):
        self.user_operator.group_ids |= self.env.ref("cloud_billing.group_approver")
        for user in (self.user_price_manager, self.user_operator, self.user_administrator):
            self.confirm(user)
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
        self.confirm(self.user_approver)
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

        self.confirm(self.user_approver)
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

    def test_what_the_dialog_confirms_is_a_dialog_never_a_vote(self):
        """Code that writes into somebody's open dialog what is to be called after it."""
        self.log_in(self.user_approver)
        dialog = self.call(REQUEST, "action_open_votes", self.request.ids)
        check = self.env[CHECK].browse(dialog["res_id"]).sudo()
        check.request = json.dumps([{}, REQUEST, self.request.ids, "action_approve", [], {}])
        self.env.flush_all()
        context = {"password": self.get_password(self.user_approver)}
        with self.assertRaises(JsonRpcException), mute_logger("odoo.http"):
            self.call(CHECK, "run_check", check.ids, context=context)
        self.env.invalidate_all()
        self.assertEqual(self.request.state, "pending")

    def test_a_session_that_has_not_confirmed_who_it_is_does_not_vote(self):
        self.log_in(self.user_approver)
        self.assert_refused(REQUEST, "action_approve", self.request.ids)
        self.assert_refused(REQUEST, "action_reject", self.request.ids)

    def test_a_wrong_password_confirms_nothing(self):
        with mute_logger("odoo.http", "odoo.addons.base.models.res_users"), self.assertRaises(JsonRpcException):
            self.confirm(self.user_approver, password="wrong")
        self.assert_refused(REQUEST, "action_approve", self.request.ids)

    def test_it_is_confirmed_for_ten_minutes(self):
        self.confirm(self.user_approver)
        self.assertEqual(self.call(REQUEST, "action_open_votes", self.request.ids)["res_model"], "cloud.change.decide")
        with patch.object(identity, "time") as clock:
            clock.time.return_value = time.time() + 601
            self.assert_refused(REQUEST, "action_approve", self.request.ids)

    # === A SECOND FACTOR === #

    def ask_for_a_factor(self, code=None):
        self.company.cloud_second_factor = True
        if code:
            self.user_approver.sudo().totp_secret = SECRET
        self.env.flush_all()

    def get_code(self, shift=0):
        return f"{hotp(base64.b32decode(SECRET), int(time.time() / TIMESTEP) + shift):06}"

    def log_in_with_code(self, user):
        """A session of somebody with an authenticator; how Odoo asks for the code at login is Odoo's business."""
        secret, user.sudo().totp_secret = user.sudo().totp_secret, False
        self.log_in(user)
        user.sudo().totp_secret = secret
        self.env.flush_all()
        self.session.session_token = user._compute_session_token(self.session.sid)
        odoo_http.root.session_store.save(self.session)

    def test_whoever_has_no_second_factor_is_told_to_enrol_one(self):
        self.ask_for_a_factor()
        self.log_in(self.user_approver)
        with self.assertRaisesRegex(JsonRpcException, "UserError"), mute_logger("odoo.http"):
            self.call(REQUEST, "action_open_votes", self.request.ids)
        self.assert_refused(REQUEST, "action_approve", self.request.ids)

    def test_password_and_code_confirm_it(self):
        self.ask_for_a_factor(code=True)
        self.log_in_with_code(self.user_approver)
        with patch.object(type(self), "log_in", lambda self, user: None):
            action = self.confirm(self.user_approver, code=self.get_code())
        self.assertEqual(action["res_model"], "cloud.change.decide")
        self.call(REQUEST, "action_approve", self.request.ids)
        self.assertEqual(self.request.state, "applied")

    def test_a_wrong_code_confirms_nothing_and_is_counted(self):
        self.ask_for_a_factor(code=True)
        self.log_in_with_code(self.user_approver)
        for code in (None, "", "000000", "abc"):
            with (
                self.subTest(code),
                patch.object(type(self), "log_in", lambda self, user: None),
                mute_logger("odoo.addons.auth_totp.models.res_users"),
            ):
                action = self.confirm(self.user_approver, code=code)
                self.assertEqual(action["res_model"], CHECK)
        self.assert_refused(REQUEST, "action_approve", self.request.ids)
        # Of the four only one was a code; the others were not tried.
        domain = [("user_id", "=", self.user_approver.id), ("limit_type", "=", "code_check")]
        self.assertEqual(self.env["auth.totp.rate.limit.log"].sudo().search_count(domain), 1)

    def test_a_dialog_that_is_told_of_another_way_proves_no_second_factor(self):
        """The dialog is the person's own record: what is written into it is no proof."""
        self.ask_for_a_factor(code=True)
        self.log_in_with_code(self.user_approver)
        for values in ({"auth_method": False}, {"cloud_wants_code": False}):
            dialog = self.call(REQUEST, "action_open_votes", self.request.ids)
            self.call(CHECK, "write", [dialog["res_id"]], values)
            context = {"password": self.get_password(self.user_approver)}
            self.assertEqual(self.call(CHECK, "run_check", [dialog["res_id"]], context=context)["res_model"], CHECK)
            self.assert_refused(REQUEST, "action_approve", self.request.ids)

    def test_the_password_alone_that_something_else_asked_for_is_not_enough(self):
        self.confirm(self.user_approver)
        self.ask_for_a_factor(code=True)
        self.session.session_token = self.user_approver._compute_session_token(self.session.sid)
        odoo_http.root.session_store.save(self.session)
        self.assert_refused(REQUEST, "action_approve", self.request.ids)
        self.assertEqual(self.call(REQUEST, "action_open_votes", self.request.ids)["res_model"], CHECK)

    def _make_key(self, user):
        until = fields.Datetime.now() + timedelta(days=1)
        return self.env(user=user)["res.users.apikeys"].sudo()._generate(None, "test", until)
