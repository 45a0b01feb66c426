import time
from datetime import timedelta
from unittest.mock import patch

from odoo import fields, http
from odoo.tests import HttpCase, JsonRpcException, get_db_name, tagged
from odoo.tools import mute_logger

from ..models.ir_http import LOGGED_IN_AT
from .common import PASSWORD, SECRET, IdentityUsers

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/141.0.0.0 Mobile Safari/537.36"


class LoginCase(IdentityUsers, HttpCase):
    """Over real HTTP, by the form on which people log in."""

    def setUp(self):
        super().setUp()
        self.user = self.make_user("quentin", "approver", password=PASSWORD)

    def log_in(self, agent=FIREFOX, login="quentin"):
        """The answer to the form of the login, in a browser of its own."""
        self.session = None
        self.authenticate(None, None)
        return self.url_open(
            "/web/login",
            data={"login": login, "password": PASSWORD, "csrf_token": http.Request.csrf_token(self)},
            headers={"User-Agent": agent},
        )

    def set_due(self, days):
        """Set the last day so many days from now; the way round is tested elsewhere."""
        day = fields.Date.today() + timedelta(days=days)
        self.env.cr.execute("UPDATE res_users SET cloud_mfa_due_on = %s WHERE id = %s", [day, self.user.id])
        self.env.invalidate_all()

    def call_by_password(self):
        """A program that sends its password with the call."""
        arguments = [get_db_name(), self.user.id, PASSWORD, "res.users", "read", [self.user.ids, ["login"]]]
        return self.call_service("object", "execute_kw", *arguments)

    def call_service(self, service, method, *arguments):
        params = {"service": service, "method": method, "args": list(arguments)}
        return self.make_jsonrpc_request("/jsonrpc", params)


@tagged("post_install", "-at_install")
class TestLoggingIn(LoginCase):
    def test_until_the_last_day_a_password_is_enough(self):
        self.set_due(0)
        self.assertIn("/odoo", self.log_in().url)
        self.assertEqual(self.call_by_password()[0]["login"], "quentin")

    def test_after_it_a_code_is_mailed_and_programs_are_refused(self):
        self.set_due(-1)
        with patch.object(self.registry["res.users"], "_send_totp_mail_code") as send:
            answer = self.log_in()
        self.assertIn("/web/login/totp", answer.url)
        self.assertEqual(send.call_count, 1)
        with self.assertRaises(JsonRpcException), mute_logger("odoo.http"):
            self.call_by_password()

    def test_the_nightly_action_forgets_passwords_that_were_enough_yesterday(self):
        self.set_due(0)
        self.call_by_password()
        tomorrow = fields.Date.today() + timedelta(days=1)
        with patch.object(fields.Date, "today", staticmethod(lambda *_args: tomorrow)):
            self.env["res.users"]._cron_ask_second_factor()
            with self.assertRaises(JsonRpcException), mute_logger("odoo.http"):
                self.call_by_password()

    def test_the_web_client_is_told_what_to_tell(self):
        self.set_due(3)
        self.authenticate("quentin", PASSWORD)
        info = self.make_jsonrpc_request("/web/session/get_session_info", {})
        self.assertIn("second factor", info["cloud_identity_notices"][0]["text"])


@tagged("post_install", "-at_install")
class TestSessionsThatEnd(LoginCase):
    """By the figures of the role: locked after 15 minutes of rest, ended after 12 hours."""

    def setUp(self):
        super().setUp()
        self.authenticate("quentin", PASSWORD)

    def change_session(self, **values):
        session = http.root.session_store.get(self.session.sid)
        session.update(values)
        http.root.session_store.save(session)

    def call(self):
        params = {"model": "res.users", "method": "search_count", "args": [[]], "kwargs": {}}
        return self.make_jsonrpc_request("/web/dataset/call_kw/res.users/search_count", params)

    def assert_refused(self, error):
        with self.assertRaisesRegex(JsonRpcException, error), mute_logger("odoo.http"):
            self.call()

    def test_a_session_of_twelve_hours_is_over(self):
        self.change_session(**{LOGGED_IN_AT: time.time() - 12 * 3600 + 60})
        self.assertTrue(self.call())
        self.change_session(**{LOGGED_IN_AT: time.time() - 12 * 3600 - 60})
        self.assert_refused("SessionExpired")

    def test_the_time_counts_from_the_login_also_after_odoo_has_changed_the_key(self):
        self.call()
        began = time.time() - 11 * 3600
        # Odoo gives a session another key after three hours.
        self.change_session(**{LOGGED_IN_AT: began, "create_time": time.time() - 4 * 3600})
        self.call()
        [key] = [cookie.value for cookie in self.opener.cookies if cookie.name == "session_id"][-1:]
        self.assertNotEqual(key, self.session.sid)
        session = http.root.session_store.get(key)
        self.assertLess(time.time() - session["create_time"], 60)
        self.assertEqual(session[LOGGED_IN_AT], began)

    def test_a_login_begins_it_anew(self):
        self.call()
        self.assertIn(LOGGED_IN_AT, http.root.session_store.get(self.session.sid))
        self.change_session(**{LOGGED_IN_AT: time.time() - 13 * 3600})
        self.make_jsonrpc_request(
            "/web/session/authenticate", {"db": get_db_name(), "login": "quentin", "password": PASSWORD}
        )
        self.assertTrue(self.call())

    def test_a_screen_at_rest_is_locked(self):
        # Odoo notes when it is to ask: fifteen minutes after the last movement.
        self.change_session(**{"identity-check-next": time.time() + 60})
        self.assertTrue(self.call())
        self.change_session(**{"identity-check-next": time.time() - 60})
        self.assert_refused("CheckIdentity")


@tagged("post_install", "-at_install")
class TestNewDevices(LoginCase):
    def count(self):
        return len(self.find_mails("New Connection"))

    def know(self, platform, browser, days=0):
        """That the login was seen with a device so many days ago."""
        now = fields.Datetime.now() - timedelta(days=days)
        self.env["res.device.log"].sudo().create(
            {
                "session_identifier": "x" * 42,
                "platform": platform,
                "browser": browser,
                "user_id": self.user.id,
                "first_activity": now,
                "last_activity": now,
            }
        )

    def test_a_device_that_is_new_is_told_of_and_a_known_one_is_not(self):
        self.log_in()
        self.assertEqual(self.count(), 1)
        self.know("linux", "firefox")
        self.log_in()
        self.assertEqual(self.count(), 1)
        self.log_in(PHONE)
        self.assertEqual(self.count(), 2)

    def test_a_device_that_was_not_seen_for_90_days_is_new(self):
        self.know("linux", "firefox", days=89)
        self.log_in()
        self.assertEqual(self.count(), 0)
        self.env.cr.execute("UPDATE res_device_log SET last_activity = last_activity - interval '2 days'")
        self.log_in()
        self.assertEqual(self.count(), 1)

    def test_who_has_a_second_factor_is_told_by_odoo_and_once(self):
        self.user.totp_secret = SECRET
        before = self.count()
        self.log_in()
        self.assertEqual(self.count(), before + 1)

    def test_people_without_a_role_are_not_told(self):
        self.make_user("stranger", password=PASSWORD)
        self.log_in(login="stranger")
        self.assertEqual(self.count(), 0)

    def test_programs_that_send_their_password_are_no_devices(self):
        self.assertTrue(self.call_service("common", "authenticate", get_db_name(), "quentin", PASSWORD, {}))
        self.assertEqual(self.count(), 0)

    def test_a_notice_that_fails_does_not_fail_the_login(self):
        broken = patch.object(
            self.registry["res.users"], "_notify_security_setting_update", side_effect=ValueError("no mail server")
        )
        with broken as notify, mute_logger("odoo.addons.cloud_billing_auth_timeout.models.res_users_new_device"):
            self.assertIn("/odoo", self.log_in().url)
        self.assertEqual(notify.call_count, 1)

    def test_a_wrong_password_tells_nobody(self):
        self.authenticate(None, None)
        with mute_logger("odoo.addons.base.models.res_users"):
            self.url_open(
                "/web/login",
                data={"login": "quentin", "password": "wrong", "csrf_token": http.Request.csrf_token(self)},
                headers={"User-Agent": FIREFOX},
            )
        self.assertEqual(self.count(), 0)
