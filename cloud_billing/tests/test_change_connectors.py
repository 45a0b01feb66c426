from odoo import SUPERUSER_ID
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .connection_common import ConnectionCase
from .usage_common import focus_csv, hour

REFUSED = "only with the approval of a second person"
OTHER = {"address": "https://other.example.com/export"}


@tagged("post_install", "-at_install")
class TestHostsOfALiveCompany(ConnectionCase):
    """Another host comes by an approved change of the settings, and is allowed by an administrator as ever."""

    protects_fields = True

    def setUp(self):
        super().setUp()
        self.provider.put("march", focus_csv(hour(1)))
        self.fetch()
        self.assertTrue(self.connector.last_success_at)
        self.set_company_state("live")
        self.admins = self.connector.with_user(self.user_administrator)

    def submit(self, records, vals, **values):
        proposals = self.env["cloud.change.proposal"].with_user(self.user_administrator)
        draft = proposals._propose(records.with_user(self.user_administrator), vals, **values)
        draft.action_submit()
        return draft

    def assert_refused(self, act):
        with self.assertRaisesRegex(UserError, REFUSED), self.cr.savepoint():
            act()

    def test_an_approved_change_of_the_settings_brings_its_hosts_which_wait(self):
        self.assert_refused(lambda: self.admins.write({"options": OTHER}))
        draft = self.submit(self.connector, {"options": OTHER})
        self.assertEqual(self.connector.host_ids.mapped("name"), ["usage.example.com"])
        self.vote(draft.request_id)
        self.assertEqual((draft.outcome, self.connector.options), ("applied", OTHER))
        self.assertEqual(self.connector.host_ids.mapped("name"), ["other.example.com"])
        self.assertEqual((self.connector.state, self.connector.has_new_hosts), ("setup", True))
        with self.assertRaisesRegex(UserError, "Nobody has allowed other.example.com"):
            self.admins.action_turn_on()
        self.admins.action_allow_hosts()
        with self.at(self.NOW):
            self.admins.action_turn_on()
        self.assertEqual(self.connector.state, "active")

    def test_while_the_host_waits_one_person_alone_changes_nothing_else(self):
        self.vote(self.submit(self.connector, {"options": OTHER}).request_id)
        self.assert_refused(lambda: self.admins.write({"options": {"address": "https://third.example.com/export"}}))
        host = self.connector.host_ids
        self.assert_refused(host.with_user(SUPERUSER_ID).unlink)
        # Whether it is in the own network is said by whoever allows it, and stays then.
        host.with_user(self.user_administrator).is_inner = True
        self.admins.action_allow_hosts()
        self.assert_refused(lambda: host.with_user(self.user_administrator).write({"is_inner": False}))

    def test_a_host_is_not_made_by_hand(self):
        vals = {"connector_id": self.connector.id, "name": "third.example.com"}
        hosts = self.env["cloud.connector.host"]
        with self.assertRaises(AccessError), self.cr.savepoint():
            hosts.with_user(self.user_administrator).create(vals)
        self.assert_refused(lambda: hosts.with_user(SUPERUSER_ID).create(vals))
        self.assert_refused(lambda: self.connector.host_ids.with_user(SUPERUSER_ID).unlink())
        self.assert_refused(lambda: self.connector.host_ids.with_user(SUPERUSER_ID).write({"name": "a.example.com"}))

    def test_what_else_happens_while_it_is_applied_is_refused(self):
        """An automation that makes a host of its own when the settings change."""
        vals = {"connector_id": self.connector.id, "name": "third.example.com"}
        automation = lambda connector, *_a: connector.env["cloud.connector.host"].sudo().create(vals)  # noqa: E731
        self.patch(self.registry["cloud.connector"], "_note_settings", automation)
        with self.assertRaisesRegex(UserError, REFUSED):
            self.submit(self.connector, {"options": OTHER})

    def test_an_emergency_that_goes_back_brings_the_former_host_back_to_be_allowed(self):
        draft = self.submit(self.connector, {"options": OTHER}, is_emergency=True, reason="The provider has moved")
        self.vote(draft.request_id)
        self.assertEqual(self.connector.host_ids.mapped("name"), ["other.example.com"])
        self.cr.execute("UPDATE cloud_change_proposal SET emergency_until = '2026-01-01' WHERE id = %s", [draft.id])
        self.env.invalidate_all()
        self.env["cloud.change.proposal"].sudo()._cron_end_emergencies()
        self.assertEqual(self.connector.host_ids.mapped("name"), ["usage.example.com"])
        self.assertTrue(self.connector.has_new_hosts)

    def test_a_connector_that_has_brought_nothing_is_set_up_freely(self):
        self.set_company_state("setup")
        self.connector.sudo().active = False
        fresh = self.make_connector(self.bills, state="setup", name="Fresh")
        self.set_company_state("live")
        fresh.with_user(self.user_administrator).options = OTHER
        self.assertEqual(fresh.host_ids.mapped("name"), ["other.example.com"])
