import json
import xmlrpc.client  # nosec B411: reads what the server under test answers
from contextlib import contextmanager, nullcontext
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessDenied
from odoo.tests import HttpCase, JsonRpcException, TransactionCase, tagged
from odoo.tools import mute_logger

from ..models.record import door, origin, quota
from .common import CloudBillingCase, CloudBillingUsers


@tagged("post_install", "-at_install")
class TestTheShareOfTheDisk(TransactionCase):
    def setUp(self):
        super().setUp()
        self.now = 0.0
        self.quota = quota.Quota(clock=lambda: self.now)

    def test_above_its_share_a_login_is_left_out_and_counted(self):
        answers = [self.quota.take({"ada": 3, "all": 100}) for _ in range(5)]
        self.assertEqual(answers, [0, 0, 0, None, None])
        self.now = quota.WINDOW
        self.assertEqual(self.quota.take({"ada": 3, "all": 100}), 2)

    def test_another_login_has_a_share_of_its_own_up_to_that_of_all(self):
        self.assertEqual([self.quota.take({name: 1, "all": 2}) for name in "abc"], [0, 0, None])

    def test_what_is_remembered_is_bounded(self):
        for number in range(quota.MAX_KEYS * 2):
            self.quota.take({number: 1})
        self.assertLessEqual(len(self.quota._windows), quota.MAX_KEYS + 1)


class DoorCase(CloudBillingUsers, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.ref("base.main_company")
        cls.set_up_people(cls.company)
        cls.events = cls.env["cloud.audit.event"]
        cls.before = cls.events.search([], limit=1).id

    def setUp(self):
        super().setUp()
        # What earlier tests were refused is not this one's.
        self.startPatcher(patch.object(door, "quota", quota.Quota()))

    def get_events(self, action):
        self.env.invalidate_all()
        return self.events.search([("action", "=", action), ("id", ">", self.before)], order="id")

    def call(self, model, method, *args, **kwargs):
        params = {"model": model, "method": method, "args": list(args), "kwargs": kwargs}
        return self.make_jsonrpc_request(f"/web/dataset/call_kw/{model}/{method}", params)

    def refuse(self, model, method, *args):
        """Make a call that is refused. Odoo's assertRaises would roll back what the server recorded of it."""
        try:
            with mute_logger("odoo.http", "odoo.sql_db"):
                self.call(model, method, *args)
        except JsonRpcException:
            return
        self.fail(f"{model}.{method} was not refused")

    def log_in(self, user):
        # new_test_user gives this password.
        self.authenticate(user.login, user.login + "x" * (8 - len(user.login)))


@tagged("post_install", "-at_install")
class TestWhatIsRefusedAtTheDoor(DoorCase):
    def test_a_denial_is_recorded_though_its_transaction_is_rolled_back(self):
        self.log_in(self.user_viewer)
        self.refuse("cloud.audit.event", "search_read", [])
        event = self.get_events("denied")
        self.assertEqual((event.user_login, event.res_model), ("cloud_viewer", "cloud.audit.event"))
        self.assertEqual(event.detail["method"], "search_read")
        self.assertEqual((event.origin, event.address), ("screen", "127.0.0.1"))

    def test_a_refused_deletion_is_recorded_with_what_it_was_about(self):
        meter = self.env["cloud.meter"].create({"name": "Disk", "code": "disk_door", "unit": "GB"})
        self.log_in(self.user_viewer)
        self.refuse("cloud.meter", "unlink", [meter.id])
        event = self.get_events("deletion_refused")
        self.assertEqual((event.res_model, event.res_id), ("cloud.meter", meter.id))
        self.assertFalse(self.get_events("deleted"))

    def test_a_deletion_that_the_database_refuses_is_recorded_too(self):
        unit = self.env["uom.uom"].create({"name": "Block", "relative_factor": 1})
        self.env["product.template"].create({"name": "By the block", "uom_id": unit.id})
        self.log_in_admin()
        self.refuse("uom.uom", "unlink", [unit.id])
        self.assertEqual(self.get_events("deletion_refused").res_id, unit.id)

    def test_a_line_that_is_deleted_by_saving_its_form_is_recorded_as_what_it_is(self):
        """Refused by a foreign key of the database, and the call is no unlink."""
        partner, keeper = self.env["res.partner"].create([{"name": "Acme"}, {"name": "Acme, Graz"}])
        keeper.parent_id = partner
        self.env["cloud.customer"].create(
            {"partner_id": keeper.id, "tz": "UTC", "currency_id": self.company.currency_id.id}
        )
        self.env.flush_all()
        self.log_in_admin()
        self.refuse("res.partner", "web_save", [partner.id], {"child_ids": [Command.delete(keeper.id)]}, {})
        event = self.get_events("deletion_refused")
        self.assertEqual((event.res_model, event.res_id), ("res.partner", keeper.id))
        self.assertEqual(event.detail["method"], "web_save")

    def log_in_admin(self):
        self.authenticate("admin", "admin")

    def test_what_a_person_did_wrong_is_no_denial(self):
        self.log_in(self.user_accountant)
        self.refuse("cloud.customer", "create", {"name": "Nobody"})
        self.assertFalse(self.get_events("denied") | self.get_events("deletion_refused"))

    def test_whoever_is_refused_again_and_again_has_a_share_and_no_more(self):
        self.log_in(self.user_viewer)
        with patch.object(door, "PER_LOGIN", 2):
            for _ in range(4):
                self.refuse("cloud.audit.event", "search_read", [])
        self.assertEqual(len(self.get_events("denied")), 2)


@tagged("post_install", "-at_install")
class TestWhatIsRefusedToPrograms(DoorCase):
    """Odoo hides the request from what XML-RPC and JSON-RPC call, and gives it a cursor of its own."""

    def setUp(self):
        super().setUp()
        if "rpc" not in self.env["ir.module.module"]._installed():
            self.skipTest("the module rpc is not installed")
        self.meter = self.env["cloud.meter"].create({"name": "Disk", "code": "disk_door", "unit": "GB"})
        self.env.flush_all()
        muted = mute_logger("odoo.http", "odoo.addons.rpc.controllers.xmlrpc", "odoo.addons.rpc.controllers.jsonrpc")
        muted.__enter__()
        self.addCleanup(muted.__exit__, None, None, None)

    def get_arguments(self, model, method, *args, password="cloud_viewer"):
        return [self.env.cr.dbname, self.user_viewer.id, password, model, method, *args]

    def refuse_xmlrpc(self, service_method, *args, **kwargs):
        with self.catching(xmlrpc.client.Fault):
            getattr(self.xmlrpc_object, service_method)(*self.get_arguments(*args, **kwargs))

    def refuse_jsonrpc(self, service_method, *args, **kwargs):
        params = {"service": "object", "method": service_method, "args": self.get_arguments(*args, **kwargs)}
        with self.catching(JsonRpcException):
            self.make_jsonrpc_request("/jsonrpc", params)

    @contextmanager
    def catching(self, refusal):
        """Odoo's assertRaises would roll back what the server recorded of it."""
        try:
            yield
        except refusal:
            return
        self.fail("the call was not refused")

    def assert_recorded(self, action, method):
        event = self.get_events(action)
        self.assertEqual((event.user_login, event.origin, event.address), ("cloud_viewer", "rpc", "127.0.0.1"))
        self.assertEqual((event.detail["method"], event.detail["ids"]), (method, self.meter.ids))
        self.assertEqual((event.res_model, event.res_id), ("cloud.meter", self.meter.id))

    def test_a_denial_over_xml_rpc(self):
        self.refuse_xmlrpc("execute_kw", "cloud.meter", "write", [self.meter.ids, {"name": "Mine"}])
        self.assert_recorded("denied", "write")

    def test_a_denial_over_the_older_way_to_call(self):
        self.refuse_xmlrpc("execute", "cloud.meter", "write", self.meter.ids, {"name": "Mine"})
        self.assert_recorded("denied", "write")

    def test_a_denial_over_json_rpc(self):
        self.refuse_jsonrpc("execute_kw", "cloud.meter", "write", [self.meter.ids, {"name": "Mine"}])
        self.assert_recorded("denied", "write")

    def test_a_refused_deletion(self):
        self.refuse_xmlrpc("execute_kw", "cloud.meter", "unlink", [self.meter.ids])
        self.assert_recorded("deletion_refused", "unlink")

    def test_a_method_that_is_nobodys_to_call(self):
        self.refuse_xmlrpc("execute_kw", "cloud.meter", "_write", [self.meter.ids, {"name": "Mine"}])
        self.assert_recorded("denied", "_write")

    @mute_logger("odoo.addons.base.models.res_users")
    def test_a_wrong_password_is_a_failed_login(self):
        self.assertFalse(self.xmlrpc_common.authenticate(self.env.cr.dbname, "cloud_viewer", "wrong", {}))
        event = self.get_events("login_failed")
        self.assertEqual((event.user_login, event.origin, event.address), ("cloud_viewer", "rpc", "127.0.0.1"))

    def test_what_a_program_changes_came_by_rpc(self):
        arguments = [self.env.cr.dbname, self.user_price_manager.id, "cloud_price_manager"]
        self.xmlrpc_object.execute_kw(*arguments, "cloud.meter", "write", [self.meter.ids, {"name": "Discs"}])
        event = self.events.search([("res_model", "=", "cloud.meter"), ("id", ">", self.before)], limit=1)
        self.assertEqual((event.origin, event.address), ("rpc", "127.0.0.1"))

    def test_an_api_key_that_a_program_uses(self):
        self.user_viewer.group_ids = [Command.link(self.env.ref("base.group_system").id)]
        key = self.env(user=self.user_viewer)["res.users.apikeys"]._generate("rpc", "Nightly", None)
        self.env.flush_all()
        self.xmlrpc_object.execute_kw(*self.get_arguments("cloud.meter", "search", [[]], password=key))
        event = self.get_events("api_key_used")
        self.assertEqual((event.user_login, event.origin, event.detail["name"]), ("cloud_viewer", "rpc", "Nightly"))

    def test_a_call_that_names_its_database_itself_is_recorded_by_the_call_alone(self):
        """As on a server with several databases, where the request is for none."""
        with patch.object(origin, "answering", nullcontext), patch.object(door, "record_refusal", lambda error: None):
            self.refuse_xmlrpc("execute_kw", "cloud.meter", "write", [self.meter.ids, {"name": "Mine"}])
        event = self.get_events("denied")
        self.assertEqual((event.user_login, event.origin, event.address), ("cloud_viewer", "rpc", False))
        self.assertEqual((event.res_model, event.detail["method"]), ("cloud.meter", "write"))


@tagged("post_install", "-at_install")
class TestLogins(DoorCase):
    def send_login(self, login, password):
        page = self.url_open("/web/login").text
        token = page.split('name="csrf_token" value="')[1].split('"')[0]
        return self.url_open("/web/login", data={"login": login, "password": password, "csrf_token": token})

    def send(self, key):
        # A method that may write: no test opens a second cursor beside one that only reads.
        return self.url_open(
            "/json/2/cloud.meter/has_access",
            data=json.dumps({"operation": "read"}),
            headers={"Authorization": f"bearer {key}", "Content-Type": "application/json"},
        )

    def test_a_login(self):
        self.send_login("cloud_viewer", "cloud_viewer")
        event = self.get_events("login")
        self.assertEqual((event.user_login, event.detail["method"]), ("cloud_viewer", "password"))

    def test_a_failed_login_of_a_login_that_exists(self):
        with mute_logger("odoo.addons.base.models.res_users"):
            self.send_login("cloud_viewer", "wrong")
        event = self.get_events("login_failed")
        self.assertEqual((event.user_login, event.address), ("cloud_viewer", "127.0.0.1"))
        self.assertFalse(self.get_events("login"))

    def test_a_password_typed_in_the_wrong_place_is_not_kept(self):
        with mute_logger("odoo.addons.base.models.res_users"):
            self.send_login("my-secret-password", "wrong")
        event = self.get_events("login_failed")
        self.assertRegex(event.detail["login"], "^unknown, fingerprint [0-9a-f]{16}$")
        self.assertNotIn("my-secret", json.dumps(event.read()[0], default=str))

    def test_an_api_key_made_used_and_removed(self):
        self.user_viewer.group_ids = [Command.link(self.env.ref("base.group_system").id)]
        key = self.env(user=self.user_viewer)["res.users.apikeys"]._generate(None, "Nightly", None)
        self.assertEqual(self.get_events("api_key_made").detail["name"], "Nightly")
        self.env.flush_all()
        for _ in range(3):
            self.assertEqual(self.send(key).status_code, 200)
        event = self.get_events("api_key_used")
        self.assertEqual((len(event), event.user_login, event.detail["name"]), (1, "cloud_viewer", "Nightly"))
        self.assertEqual(event.origin, "json2")
        # Another process counts by the record.
        with patch.object(door, "quota", quota.Quota()):
            self.send(key)
        self.assertEqual(len(self.get_events("api_key_used")), 1)
        self.env["res.users.apikeys"].search([("user_id", "=", self.user_viewer.id)]).unlink()
        self.assertEqual(self.get_events("api_key_removed").detail["name"], "Nightly")
        self.assertNotIn(key, json.dumps(self.get_events("api_key_made").read()[0], default=str))

    def test_a_wrong_api_key(self):
        with mute_logger("odoo.http"):
            self.assertEqual(self.send("nonsense").status_code, 401)
        self.assertEqual(self.get_events("login_failed").detail["method"], "API key")


@tagged("post_install", "-at_install")
class TestInsideTheHouse(CloudBillingCase):
    def get_event(self, action):
        return self.env["cloud.audit.event"].search([("action", "=", action)], limit=1)

    def test_an_export_of_what_is_sensitive(self):
        partners = self.env["res.partner"].create([{"name": "One"}, {"name": "Two"}])
        partners.with_user(self.user_accountant).export_data(["name", "email"])
        event = self.get_event("exported")
        self.assertEqual((event.user_login, event.res_model), ("cloud_accountant", "res.partner"))
        self.assertEqual((event.detail["count"], event.detail["fields"]), (2, ["name", "email"]))

    def test_an_export_of_anything_else_is_none(self):
        before = self.get_event("exported")
        self.env["res.country.group"].create({"name": "One"}).export_data(["name"])
        self.assertEqual(self.get_event("exported"), before)

    def test_a_table_of_customers_that_is_saved(self):
        layout = self.env["cloud.sheet.customer"].with_user(self.user_accountant)
        layout._export(self.company.with_user(self.user_accountant), "csv")
        event = self.get_event("exported")
        self.assertEqual((event.user_login, event.detail["layout"]), ("cloud_accountant", "cloud.sheet.customer"))

    def test_a_new_password_is_an_event_and_not_told(self):
        self.user_viewer.password = "a-new-password"
        event = self.get_event("password_set")
        self.assertEqual(event.res_id, self.user_viewer.id)
        self.assertNotIn("a-new-password", str(event.read()))

    def test_a_failed_login_inside_the_server_is_nobody_at_the_door(self):
        before = self.get_event("login_failed")
        credential = {"login": "cloud_viewer", "password": "wrong", "type": "password"}
        with self.assertRaises(AccessDenied), mute_logger("odoo.addons.base.models.res_users"):
            self.env["res.users"]._login(credential, {"interactive": True})
        self.assertEqual(self.get_event("login_failed"), before)
