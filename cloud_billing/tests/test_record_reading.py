import csv
import hashlib
import io
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL

from ..models.evidence import cloud_audit_event
from .common import ROLES, CloudBillingCase


@tagged("post_install", "-at_install")
class TestReadingTheRecord(CloudBillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.events = cls.env["cloud.audit.event"].with_user(cls.user_auditor)
        cls.meter = cls.env["cloud.meter"].create(
            {
                "name": "<b>Disk</b>",
                "code": "disk_read",
                "unit": "GB",
                "filter_ids": [Command.create({"dimension": "region", "value_list": "eu"})],
            }
        )
        cls.meter.unit = "TB"
        cls.env.flush_all()

    def find(self, *domain):
        return self.events.search([("res_model", "=", "cloud.meter"), ("res_id", "=", self.meter.id), *domain])

    def test_old_and_new_stand_side_by_side_and_are_only_text(self):
        event = self.find(("action", "=", "changed"))
        self.assertIn(">GB</td>", event.changes_table)
        self.assertIn(">TB</td>", event.changes_table)
        self.assertEqual(event.summary, "Unit: GB → TB")
        created = self.find(("action", "=", "created"))
        self.assertIn("&lt;b&gt;Disk", created.changes_table)
        self.assertNotIn("<b>Disk", created.changes_table)

    def test_the_state_of_a_company_is_told_in_words_old_before_new(self):
        self.env["cloud.audit.event"]._record("company_state", self.env.company, detail={"new": "live", "old": "setup"})
        event = self.events.search([("action", "=", "company_state")], limit=1)
        self.assertEqual(event.summary, "old: Setting up; new: Live")

    def test_a_kind_of_record_is_found_by_its_name(self):
        event = self.find(("action", "=", "changed"))
        self.assertEqual(event.model_id.model, "cloud.meter")
        self.assertEqual(self.find(("action", "=", "changed"), ("model_id", "ilike", "Mete")), event)
        self.assertFalse(self.find(("action", "=", "changed"), ("model_id", "ilike", "Rate Class")))

    def test_the_history_of_a_record_has_its_parts(self):
        found = self.events.search([("timeline_of", "in", ["cloud.meter", self.meter.id])])
        self.assertEqual(
            {(event.res_model, event.res_id) for event in found},
            {("cloud.meter", self.meter.id), ("cloud.meter.filter", self.meter.filter_ids.id)},
        )

    def test_the_events_of_a_request_are_found_by_an_index(self):
        self.cr.execute("SET LOCAL enable_seqscan = off")
        for domain in ([("request_id", "=", 7)], [("request_id", "!=", False)]):
            query = self.env["cloud.audit.event"].sudo()._search(domain)
            plan = "\n".join(row[0] for row in self.env.execute_query(SQL("EXPLAIN %s", query.select())))
            self.assertIn("audit_event_request_idx", plan, domain)

    def test_the_history_of_nonsense_is_empty(self):
        self.assertFalse(self.events.search([("timeline_of", "in", ["no.such.model", 1])]))

    def test_the_button_is_there_for_auditors_alone(self):
        for role in ROLES:
            arch = self.env["cloud.customer"].with_user(getattr(self, f"user_{role}"))
            if arch.has_access("read"):
                view = arch.get_view(view_type="form")["arch"]
                self.assertEqual('string="History"' in view, role == "auditor", role)

    def make_file(self, domain, user=None):
        wizard = self.env["cloud.audit.file"].with_user(user or self.user_auditor).create({"domain": str(domain)})
        name, chunks = wizard._make_file()
        return name, b"".join(chunks)

    def test_the_file_tells_its_filter_its_count_and_its_digest(self):
        domain = [("res_model", "=", "cloud.meter"), ("res_id", "=", self.meter.id)]
        _name, content = self.make_file(domain)
        head, body = content.split(b"\r\n\r\n", 1)
        facts = dict(csv.reader(io.StringIO(head.decode())))
        self.assertEqual(facts["Filter"], str(domain))
        self.assertEqual(facts["Events"], "2")
        self.assertEqual(facts["SHA-256"], hashlib.sha256(body).hexdigest())
        rows = list(csv.DictReader(io.StringIO(body.decode())))
        self.assertEqual(facts["Rows"], str(len(rows)))
        last = rows[-1]
        self.assertEqual((last["what"], last["field"], last["old"], last["new"]), ("changed", "unit", "GB", "TB"))

    def test_a_formula_in_a_name_stays_a_text(self):
        self.meter.name = "=HYPERLINK(1)"
        self.env.flush_all()
        _name, content = self.make_file([("res_id", "=", self.meter.id), ("res_model", "=", "cloud.meter")])
        self.assertIn(b"'=HYPERLINK(1)", content)
        self.assertNotIn(b",=HYPERLINK", content)

    def test_a_file_is_written_batch_by_batch(self):
        self.startPatcher(patch.object(cloud_audit_event, "BATCH", 1))
        domain = [("res_model", "=", "cloud.meter"), ("res_id", "=", self.meter.id)]
        rows = list(self.events._iterate_rows(domain))
        self.assertEqual([row[0] for row in rows], sorted(row[0] for row in rows))
        self.assertEqual(len({row[0] for row in rows}), 2)

    def test_saving_a_file_is_an_event(self):
        self.make_file([("res_id", "=", self.meter.id)])
        event = self.events.search([("action", "=", "exported")], limit=1)
        self.assertEqual((event.user_login, event.res_model), ("cloud_auditor", "cloud.audit.event"))
        self.assertRegex(event.detail["SHA-256"], "^[0-9a-f]{64}$")

    def test_a_file_has_nothing_of_other_companies(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.env["cloud.audit.event"]._record("settings", other, reason="elsewhere")
        self.assertNotIn(b"elsewhere", self.make_file([])[1])

    def test_a_filter_that_is_none_is_refused(self):
        with self.assertRaisesRegex(UserError, "choose it again"):
            self.make_file("__import__('os')")

    def test_others_get_no_file(self):
        for role in ROLES:
            if role != "auditor":
                with self.subTest(role), self.assertRaises(AccessError):
                    self.make_file([], getattr(self, f"user_{role}"))
