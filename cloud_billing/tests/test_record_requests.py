"""What people agreed on is found in the record by the request, value for value, with the reason that was given."""

from freezegun import freeze_time
from odoo import fields
from odoo.tests import tagged

from ..models.control.cloud_protected_mixin import TOKEN
from .change_common import ChangeCase


@tagged("post_install", "-at_install")
class TestByWhichRequest(ChangeCase):
    def get_change(self, record, field):
        """The last event in which a field of a record changed."""
        self.env.flush_all()
        events = self.get_events(record, "changed").sorted("id")
        return events.filtered(lambda event: field in {change["field"] for change in event.changes})[-1:]

    def assert_by(self, event, request, reason):
        self.assertEqual((event.request_id, event.reason), (request.id, reason))

    def test_a_value_is_told_with_the_request_and_its_reason(self):
        request = self.submit(self.template, {"cloud_timing": "advance"}, reason="As agreed with Acme")
        self.vote(request)
        event = self.get_change(self.template, "cloud_timing")
        self.assertEqual((event.changes[0]["old"], event.changes[0]["new"]), ("In arrears", "In advance"))
        self.assert_by(event, request, "As agreed with Acme")

    def test_what_was_written_before_and_is_written_after_is_not_by_it(self):
        request = self.submit(self.template, {"cloud_timing": "advance"}, reason="As agreed")
        # Pending when the vote comes: no part of what is agreed.
        self.partner.city = "Graz"
        self.vote(request)
        self.assert_by(self.get_change(self.partner, "city"), self.requests, False)
        self.partner.city = "Linz"
        self.assert_by(self.get_change(self.partner, "city"), self.requests, False)

    def test_on_a_later_day_too(self):
        with freeze_time("2026-03-10 12:00:00"):
            request = self.submit(
                self.template, {"cloud_timing": "advance"}, effective_date="2026-03-12", reason="From Thursday on"
            )
            self.vote(request)
        with freeze_time("2026-03-12 12:00:00"):
            draft = self.proposals._get_scheduled(fields.Datetime.now()).filtered(lambda one: one.request_id == request)
            draft.sudo()._apply_now(fields.Datetime.now(), TOKEN)
        self.assertEqual(self.template.cloud_timing, "advance")
        self.assert_by(self.get_change(self.template, "cloud_timing"), request, "From Thursday on")

    def test_what_an_emergency_gives_back_too(self):
        request = self.submit(self.template, {"cloud_timing": "advance"}, is_emergency=True, reason="Wrong everywhere")
        self.vote(request)
        self.proposals.search([("request_id", "=", request.id)]).sudo()._take_back(TOKEN)
        event = self.get_change(self.template, "cloud_timing")
        self.assertEqual((event.changes[0]["old"], event.changes[0]["new"]), ("In advance", "In arrears"))
        self.assert_by(event, request, "Wrong everywhere")

    def test_a_price_that_is_agreed_as_a_whole_too(self):
        plan = self.env["cloud.price.plan"].create({"name": "Plan", "company_id": self.company.id})
        version = self.env["cloud.price.plan.version"].create(
            {"plan_id": plan.id, "date_start": "2030-01-01", "rule_ids": [(0, 0, {"name": "Price", "unit_price": "1"})]}
        )
        request = self.requests.with_user(self.user_price_manager)._submit(
            version.with_user(self.user_price_manager), "price_version", reason="The new year"
        )
        self.vote(request)
        self.assert_by(self.get_change(version, "state"), request, "The new year")
