from types import SimpleNamespace
from unittest.mock import patch

from odoo.tests import tagged

from ..models.record import origin
from .common import CloudBillingCase


@tagged("post_install", "-at_install")
class TestWhereAnEventCameFrom(CloudBillingCase):
    def record(self, user=None, **values):
        """The event that is recorded now."""
        events = self.env["cloud.audit.event"]
        (events.with_user(user) if user else events)._record("settings", self.person_maker, **values)
        return events.search([], limit=1)

    def record_over(self, path, user=None):
        request = SimpleNamespace(httprequest=SimpleNamespace(path=path, remote_addr="203.0.113.7"), db=self.cr.dbname)
        with patch.object(origin, "request", request):
            event = self.record(user)
        self.assertEqual(event.address, "203.0.113.7")
        return event.origin

    def test_a_request_tells_by_its_path_and_its_login(self):
        portal = self.env["res.users"].create(
            {"name": "P", "login": "portal_p", "group_ids": [(6, 0, self.env.ref("base.group_portal").ids)]}
        )
        self.assertEqual(self.record_over("/web/dataset/call_kw/cloud.person/write"), "screen")
        self.assertEqual(self.record_over("/web/dataset/call_kw/cloud.person/write", portal), "portal")
        self.assertEqual(self.record_over("/json/2/cloud.person/write"), "json2")
        self.assertEqual(self.record_over("/xmlrpc/2/object"), "rpc")
        self.assertEqual(self.record_over("/jsonrpc"), "rpc")
        self.assertEqual(self.record_over("/cloud_billing/push/3"), "push")

    def test_without_a_request_it_is_the_command_line(self):
        event = self.record()
        self.assertEqual((event.origin, event.address), ("shell", False))

    def test_what_runs_says_so_and_a_schedule_stays_a_schedule(self):
        self.env["ir.actions.server"].create(
            {
                "name": "Records",
                "model_id": self.env.ref("base.model_res_company").id,
                "state": "code",
                "code": "env['cloud.audit.event']._record('settings', reason='by action')",
            }
        ).run()
        events = self.env["cloud.audit.event"]
        self.assertEqual(events.search([("reason", "=", "by action")]).origin, "server_action")
        with origin.running("cron"), origin.running("server_action"):
            self.assertEqual(self.record().origin, "cron")
        self.assertEqual(self.record().origin, "shell")

    def test_an_import_of_records_is_told(self):
        self.env["cloud.person"].load(["name"], [["Imported Ida"]])
        event = self.env["cloud.audit.event"].sudo().search([("res_name", "=", "Imported Ida")], limit=1)
        self.assertEqual(event.origin, "import")

    def test_old_and_new_values_are_kept_per_record(self):
        people = self.person_maker | self.person_checker

        def changes(person):
            return [{"field": "name", "label": "Name", "old": "", "new": person.name}] if person != people[0] else []

        self.env["cloud.audit.event"]._record("settings", people, changes=changes, origin="import")
        second, first = self.env["cloud.audit.event"].sudo().search([], limit=2)
        self.assertFalse(first.changes)
        self.assertEqual(second.changes_text, f"Name:  → {people[1].name}")
        self.assertEqual((first.origin, second.origin), ("import", "import"))
