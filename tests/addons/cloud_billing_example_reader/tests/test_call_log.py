from pathlib import Path

from odoo.tests import TransactionCase, tagged

CALLS = b"#CALLS\n20261005 143015 00000095 EXT-201\n20261005 150000 00000000 EXT-202\n20261005 15:00 lost EXT-203\n"


@tagged("post_install", "-at_install")
class TestCallLog(TransactionCase):
    def import_calls(self):
        """The import of the calls through the wizard, as a person does it."""
        upload = self.env["ir.attachment"].create(
            {"name": "calls.log", "raw": CALLS, "res_model": "cloud.usage.import.wizard", "res_id": 0}
        )
        wizard = self.env["cloud.usage.import.wizard"].create(
            {
                "file_ids": [(6, 0, upload.ids)],
                "source_choice": "new",
                "source_name": "Telephones",
                "reader": "call_log",
            }
        )
        self.assertIn("Call log", wizard.reader_hint)
        wizard.action_look()
        action = wizard.action_import()
        return self.env["cloud.usage.import"].browse(action["res_id"])

    def test_a_file_of_its_format_comes_in_once(self):
        usage_import = self.import_calls()
        counts = (usage_import.rows_read, usage_import.rows_accepted, usage_import.rows_rejected)
        self.assertEqual((usage_import.state, counts), ("imported", (3, 2, 1)))
        rows = self.env["cloud.usage.record"].search([("import_id", "=", usage_import.id)], order="row_no")
        self.assertEqual([str(row.quantity) for row in rows], ["95", "0"])
        self.assertEqual(str(rows[0].service_start), "2026-10-05 14:30:15")

    def test_the_module_has_at_most_fifty_lines(self):
        files = Path(__file__).parents[1].glob("*.py")
        self.assertLessEqual(sum(len(file.read_text().splitlines()) for file in files), 50)
