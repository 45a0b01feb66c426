import gzip
import json
from datetime import datetime
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import config

from .chain_common import ChainCase


@tagged("post_install", "-at_install")
class TestRemovingTheAddOn(ChainCase):
    def make_wizard(self, name):
        module = self.env["ir.module.module"].search([("name", "=", name)])
        return self.env["base.module.uninstall"].create({"module_ids": [(6, 0, module.ids)]})

    def test_it_is_asked_what_becomes_of_the_record(self):
        wizard = self.make_wizard("cloud_billing")
        uninstalled = []
        with patch.object(
            type(self.env["ir.module.module"]),
            "button_immediate_uninstall",
            lambda modules: uninstalled.append(modules),
        ):
            with self.assertRaisesRegex(UserError, "ends the audit trail"):
                wizard.action_uninstall()
            self.assertFalse(uninstalled)
            wizard.is_cloud_record_kept = True
            wizard.action_uninstall()
        self.assertTrue(uninstalled)

    def test_another_add_on_is_removed_as_ever(self):
        self.assertFalse(self.make_wizard("base_import").has_cloud_billing)

    def test_the_export_has_every_event_with_its_seal(self):
        sealed = self.record_and_seal(3)
        waiting = self.record(1)
        with patch.dict(config.options, data_dir=str(self.folder)):
            path = self.env["cloud.audit.export"]._save(datetime(2026, 3, 31, 22, 1, 7))
        self.assertEqual(path.name, f"{self.env.cr.dbname}-audit-20260331-220107.jsonl.gz")
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        with gzip.open(path, "rt") as file:
            rows = {row["id"]: row for row in map(json.loads, file)}
        self.assertLessEqual({*sealed, *waiting}, set(rows))
        self.assertEqual(rows[sealed[0]]["seal"]["event_id"], sealed[0])
        self.assertIsNone(rows[waiting[0]]["seal"])
        self.assertEqual(rows[sealed[0]]["reason"], "what happened 0")
