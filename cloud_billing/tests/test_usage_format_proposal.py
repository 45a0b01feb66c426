"""Formats that connectors of single systems bring along."""

from odoo.exceptions import AccessError
from odoo.tests import Form
from odoo.tools import mute_logger

from ..engine.connectors import CONNECTORS
from .usage_common import UsageCase


class TestFormatOfASystem(UsageCase):
    def make(self, proposal, user=None, **values):
        """The format that the wizard makes."""
        wizards = self.env["cloud.usage.format.proposal"].with_user(user or self.user_administrator)
        with Form(wizards.with_company(self.company)) as form:
            form.proposal = proposal
            for name, value in values.items():
                form[name] = value
        return self.env["cloud.usage.format"].browse(form.record.action_make()["res_id"])

    def test_maps_what_its_connector_brings(self):
        made = self.make("connectwise/time_entries")
        self.assertEqual(made.name, "ConnectWise PSA: Time entries")
        self.assertEqual((made.shape, made.company_id), ("append", self.company))
        definition = made.version_id.definition
        self.assertEqual(definition["columns"]["quantity"], ["actualHours"])
        self.assertEqual(definition["constants"], {"provider": "ConnectWise", "unit": "hour"})

    def test_is_there_for_every_kind_of_record_of_a_preset(self):
        proposals = [key for key, _label in self.env["cloud.usage.format"]._get_proposals()]
        expected = {f"{name}/{kind}" for name, engine in CONNECTORS.items() for kind in engine.get_mappings()}
        self.assertEqual(set(proposals), expected)
        self.assertIn("hubspot/deals", proposals)
        for number, proposal in enumerate(proposals):
            self.assertTrue(self.make(proposal, name=f"Format {number}").version_id.summary)

    def test_reads_for_a_source_and_its_connector(self):
        made = self.make("topdesk/incidents")
        source = self.env["cloud.usage.source"].create(
            {"name": "Desk", "company_id": self.company.id, "reader": "own_columns", "format_id": made.id}
        )
        connector = self.env["cloud.connector"].create(
            {"source_id": source.id, "kind": "topdesk", "options": {"server": "example.topdesk.net", "login": "meter"}}
        )
        self.assertEqual(connector.host_ids.mapped("name"), ["example.topdesk.net"])

    def test_is_made_by_billing_administrators_alone(self):
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule", "odoo.models"):
            self.make("topdesk/incidents", user=self.user_operator)
