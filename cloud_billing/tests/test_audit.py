from decimal import Decimal

import psycopg2
from odoo import SUPERUSER_ID
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..hooks import AUDIT_SCHEMA
from ..models.record import audit_schema
from .common import ROLES, CloudBillingCase


@tagged("post_install", "-at_install")
class TestTheAuditTrail(CloudBillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.events = cls.env["cloud.audit.event"]
        cls.events.with_user(cls.user_accountant)._record(
            "settings", cls.person_maker, detail={"amount": Decimal("0.10")}, reason="why"
        )
        cls.event = cls.events.search([], limit=1)

    def test_an_event_says_who_what_when_and_about_what(self):
        event = self.event
        self.assertEqual((event.user_login, event.person_name), ("cloud_accountant", "Mara Maker"))
        self.assertEqual((event.res_model, event.res_id), ("cloud.person", self.person_maker.id))
        self.assertEqual((event.res_name, event.action, event.reason), ("Mara Maker", "settings", "why"))
        self.assertEqual(event.display_name, "Settings changed, Mara Maker")
        self.assertEqual(event.detail, {"amount": "0.10"})
        self.assertEqual(event.detail_text, "amount: 0.10")
        self.assertEqual(event.company_id, self.company)
        self.assertTrue(event.occurred_at)

    def test_details_are_told_in_words(self):
        facts = {"is_on": True, "gained": ["auditor", "viewer"], "lost": [], "old": None}
        self.events._record("settings", detail=facts)
        told = self.events.search([], limit=1).detail_text
        self.assertEqual(set(told.split("\n")), {"is on: yes", "gained: auditor, viewer", "lost: –", "old: –"})
        facts = {"content_hash": "ab", "new": {"cloud_second_factor": True}}
        self.events._record("settings", self.company, detail=facts)
        event = self.events.search([], limit=1)
        # The name of the field is that of the form; a fingerprint is told on the event alone.
        self.assertEqual(event.summary, "new: Votes Take a Second Factor: yes")
        self.assertIn("content hash: ab", event.detail_text)

    def test_many_records_take_one_statement(self):
        people = self.env["cloud.person"].create([{"name": f"Person {number}"} for number in range(20)])
        people.mapped("display_name")
        self.env.flush_all()
        with self.assertQueryCount(1):
            self.events._record("settings", people, detail=lambda person: {"name": person.name})
        self.assertEqual(self.events.search_count([("res_name", "like", "Person ")]), 40)

    def test_an_event_is_part_of_what_happened(self):
        with self.assertRaises(ZeroDivisionError), self.cr.savepoint():
            self.events._record("settings", self.person_maker, reason="rolled back")
            raise ZeroDivisionError
        self.assertFalse(self.events.search([("reason", "=", "rolled back")]))

    def test_changing_what_counts_as_unusual_is_an_event(self):
        self.company.cloud_look_amount = "75.50"
        event = self.events.search([("res_model", "=", "res.company"), ("res_id", "=", self.company.id)], limit=1)
        self.assertEqual(event.action, "settings")
        self.assertEqual(event.detail["new"], {"cloud_look_amount": "75.50"})
        self.company.cloud_look_amount = "75.5"
        self.assertEqual(self.events.search([("res_model", "=", "res.company")], limit=1), event)

    def test_an_unknown_kind_is_a_mistake_of_the_programmer(self):
        with self.assertRaises(ValueError):
            self.events._record("nonsense")

    def test_only_auditors_read_it_by_whatever_method(self):
        attempts = {
            "search": lambda events: events.search([]),
            "read": lambda events: events.browse(self.event.id).read(["reason"]),
            "count": lambda events: events.search_count([]),
            "group": lambda events: events.formatted_read_group([], ["action"], ["__count"]),
            "grouped list": lambda events: events.web_read_group([], ["action"]),
            "list": lambda events: events.web_search_read([], {"reason": {}}),
            "name": lambda events: events.name_search(""),
            "export": lambda events: events.browse(self.event.id).export_data(["reason"]),
        }
        for role in ROLES:
            events = self.events.with_user(getattr(self, f"user_{role}")).with_context(
                allowed_company_ids=self.company.ids
            )
            for name, attempt in attempts.items():
                with self.subTest(role=role, method=name):
                    if role == "auditor":
                        self.assertTrue(attempt(events))
                    else:
                        # An export is refused before anything is read to those who may not export at all.
                        with self.assertRaises(UserError):
                            attempt(events)

    def test_events_of_another_company_are_not_seen(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.events._record("settings", other, reason="elsewhere")
        self.assertFalse(self.events.with_user(self.user_auditor).search([("reason", "=", "elsewhere")]))

    def test_nobody_writes_changes_or_deletes_an_event(self):
        users = [getattr(self, f"user_{role}") for role in ROLES] + [self.env.ref("base.user_root")]
        attempts = (
            lambda event: event.write({"reason": "other"}),
            lambda event: event.unlink(),
            lambda event: event.create({"action": "settings"}),
            lambda event: event.copy(),
        )
        for user in users:
            for su in (False, True):
                for attempt in attempts:
                    with self.assertRaises(UserError, msg=user.login), self.cr.savepoint():
                        attempt(self.env(user=user, su=su)["cloud.audit.event"].browse(self.event.id))

    def test_sql_is_refused_on_the_table_and_through_the_view(self):
        table = audit_schema.EVENT_TABLE
        for statement in (
            f"UPDATE {table} SET reason = 'other'",
            f"DELETE FROM {table}",
            f"TRUNCATE {table}",
            "UPDATE cloud_audit_event SET reason = 'other'",
            "DELETE FROM cloud_audit_event",
        ):
            with (
                self.subTest(statement),
                self.assertRaises(psycopg2.errors.InsufficientPrivilege),
                mute_logger("odoo.sql_db"),
                self.cr.savepoint(),
            ):
                self.cr.execute(statement)

    def test_an_update_of_the_module_finds_its_table(self):
        before = self.events.search_count([])
        self.env(user=SUPERUSER_ID)["cloud.audit.event"].init()
        self.assertEqual(self.events.search_count([]), before)
        self.cr.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname = %s AND tablename LIKE 'audit%%'", [AUDIT_SCHEMA]
        )
        # Events and seals.
        self.assertEqual(self.cr.fetchone(), (2,))

    def test_deleting_what_an_event_is_about_leaves_the_event(self):
        tag = self.env["res.partner.category"].create({"name": "Gone soon"})
        self.events._record("settings", tag)
        tag.unlink()
        event = self.events.search([("res_name", "=", "Gone soon")])
        self.assertTrue(event)
        with self.assertRaisesRegex(UserError, "does not exist any more"):
            event.action_open_record()
