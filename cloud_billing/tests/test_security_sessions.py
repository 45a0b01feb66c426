import time

from odoo import http
from odoo.tests import HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger

from .common import CloudBillingUsers

LAPTOP = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
PHONE = {"User-Agent": "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/141.0.0.0 Mobile Safari/537.36"}


@tagged("post_install", "-at_install")
class TestMySessions(CloudBillingUsers, HttpCase):
    """Over real HTTP: a person sees and ends his or her own sessions, after saying again who it is."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up_people(cls.env.ref("base.main_company"))
        cls.env.flush_all()

    def setUp(self):
        super().setUp()
        self.foreign = self.start(self.user_operator, PHONE)
        self.phone = self.start(self.user_viewer, PHONE)
        self.start(self.user_viewer, LAPTOP)

    def start(self, user, headers):
        """A new session of a user, current from now on; returns its id."""
        # Odoo's test case would end the one before.
        self.session = None
        session = self.authenticate(user.login, user.login, session_extra={"_trace_disable": False})
        self.call("search_count", [], headers=headers)
        return session.sid

    def call(self, method, *args, headers=None, route="call_kw"):
        params = {"model": "res.device", "method": method, "args": list(args), "kwargs": {}}
        return self.make_jsonrpc_request(f"/web/dataset/{route}/res.device/{method}", params, headers=headers or LAPTOP)

    def say_who_one_is(self):
        session = http.root.session_store.get(self.session.sid)
        session["identity-check-last"] = time.time()
        http.root.session_store.save(session)

    def find_devices(self, user):
        self.env.invalidate_all()
        return self.env["res.device"].search([("user_id", "=", user.id)]).ids

    def is_alive(self, sid):
        return bool(http.root.session_store.get(sid).get("uid"))

    def test_one_ends_all_others_of_ones_own_after_saying_who_one_is(self):
        question = self.call("action_cloud_end_others", [], route="call_button")
        self.assertEqual(question["res_model"], "res.users.identitycheck")
        self.assertTrue(self.is_alive(self.phone))
        self.say_who_one_is()
        action = self.call("action_cloud_end_others", [], route="call_button")
        self.assertEqual(action["res_model"], "res.device")
        self.assertFalse(self.is_alive(self.phone))
        self.assertTrue(self.is_alive(self.session.sid))
        self.assertTrue(self.is_alive(self.foreign))
        event = self.env["cloud.audit.event"].sudo().search([("action", "=", "session_ended")], limit=1)
        self.assertEqual((event.res_id, event.detail["count"]), (self.user_viewer.id, 1))

    def test_nobody_sees_or_ends_the_session_of_somebody_else(self):
        self.say_who_one_is()
        own, foreign = self.find_devices(self.user_viewer), self.find_devices(self.user_operator)
        self.assertEqual((len(own), len(foreign)), (2, 1))
        self.assertEqual(sorted(self.call("search", [("id", "in", own + foreign)])), sorted(own))
        with self.assertRaisesRegex(JsonRpcException, "AccessError"), mute_logger("odoo.http"):
            self.call("revoke", foreign)
        self.assertTrue(self.is_alive(self.foreign))

    def test_an_administrator_ends_only_his_own_by_the_button_for_all_others(self):
        self.user_administrator.group_ids += self.env.ref("base.group_system")
        self.env.flush_all()
        mine = self.start(self.user_administrator, PHONE)
        self.start(self.user_administrator, LAPTOP)
        self.say_who_one_is()
        self.call("action_cloud_end_others", [], route="call_button")
        self.assertFalse(self.is_alive(mine))
        self.assertTrue(self.is_alive(self.phone))
        self.assertTrue(self.is_alive(self.foreign))

    def test_without_another_session_it_says_so(self):
        self.say_who_one_is()
        self.call("action_cloud_end_others", [], route="call_button")
        with self.assertRaisesRegex(JsonRpcException, "UserError"), mute_logger("odoo.http"):
            self.call("action_cloud_end_others", [], route="call_button")
