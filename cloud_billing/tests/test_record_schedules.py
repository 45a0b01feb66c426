"""Whoever stops what runs by itself is on record: by whichever of the ways there are."""

from datetime import timedelta

from odoo import fields
from odoo.addons.base.models import ir_cron
from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_record_tracking import TrackingCase


@tagged("post_install", "-at_install")
class TestWhatStopsASchedule(TrackingCase):
    def setUp(self):
        super().setUp()
        self.cron = self.env.ref("cloud_billing.cron_seal_events")
        self.cron.write({"active": True, "nextcall": fields.Datetime.now()})
        self.env.flush_all()

    def fail_once(self, **job):
        [values] = self.cron.read(["cron_name", "failure_count", "first_failure_date", "active"])
        self.env["ir.cron"]._update_failure_count({**values, **job}, ir_cron.CompletionStatus.FAILED)

    def test_put_off_for_years(self):
        self.cron.nextcall = "2099-01-01 00:00:00"
        self.assertEqual(self.get_changes(self.cron, "schedule_changed")["nextcall"][1], "2099-01-01 00:00:00")

    def test_given_a_rhythm_of_years_or_another_login(self):
        self.cron.write({"interval_number": 99, "interval_type": "months", "user_id": self.user_viewer.id})
        changes = self.get_changes(self.cron, "schedule_changed")
        self.assertEqual(set(changes), {"interval_number", "interval_type", "user_id"})

    def test_told_to_do_nothing(self):
        self.cron.code = "pass"
        self.assertEqual(self.get_changes(self.cron.ir_actions_server_id, "schedule_changed")["code"][1], "pass")

    @mute_logger("odoo.addons.base.models.ir_cron")
    def test_switched_off_by_odoo_because_it_failed_too_often(self):
        long_ago = fields.Datetime.now() - ir_cron.MIN_DELTA_BEFORE_DEACTIVATION - timedelta(hours=1)
        last = ir_cron.MIN_FAILURE_COUNT_BEFORE_DEACTIVATION - 1
        self.fail_once(failure_count=last - 1, first_failure_date=long_ago)
        self.assertFalse(self.get_events(self.cron, "schedule_off"), "it is on")
        self.fail_once(failure_count=last, first_failure_date=long_ago)
        self.cron.invalidate_recordset()
        self.assertFalse(self.cron.active)
        event = self.get_events(self.cron, "schedule_off")
        self.assertEqual((event.origin, event.detail["switched_off_by"]), ("cron", "Odoo"))
        self.assertEqual((event.changes[0]["old"], event.changes[0]["new"]), ("Yes", "No"))

    def test_a_review_counts_them(self):
        self.cron.nextcall = "2099-01-01 00:00:00"
        self.env.flush_all()
        kinds = self.env["cloud.audit.review"]._get_kinds()
        self.assertIn("schedule_changed", kinds["schedules"][1])


@tagged("post_install", "-at_install")
class TestWhoMayLogIn(TrackingCase):
    def test_a_login_that_goes_and_comes_back_is_a_change_of_rights(self):
        self.user_viewer.active = False
        self.assertEqual(self.get_changes(self.user_viewer, "rights_changed")["active"], ("Yes", "No"))
        self.user_viewer.active = True
        self.assertEqual(self.get_changes(self.user_viewer, "rights_changed")["active"], ("No", "Yes"))

    def test_a_login_that_gets_another_company_too(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.user_viewer.company_ids += other
        events = self.get_events(self.user_viewer, "rights_changed")
        told = [change for event in events for change in event.changes if change["field"] == "company_ids"]
        # Odoo gives the group of several companies along.
        self.assertIn("Other", told[-1]["new"])

    def test_a_role_by_a_role_that_brings_it_along(self):
        group = self.env["res.groups"].create({"name": "Odd"})
        group.implied_ids += self.env.ref("cloud_billing.group_viewer")
        self.assertIn("Viewer", self.get_changes(group, "rights_changed")["implied_ids"][1])
