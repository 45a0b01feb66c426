import base64

from odoo import fields, models


class CloudUsageFormatUpload(models.TransientModel):
    """Asks for an exported format, and makes it here: a new format, or a newer version of the one with its name."""

    _name = "cloud.usage.format.upload"
    _description = "Import a Usage Format"

    file = fields.Binary(string="Exported Format", required=True, attachment=False, help="A JSON file, as exported.")
    file_name = fields.Char()

    # === ACTIONS === #

    def action_import(self):
        """Check the file, make the format and open it."""
        self.ensure_one()
        formats = self.env["cloud.usage.format"]
        formats.check_access("create")
        made = formats._import_document(base64.b64decode(self.file or b""), self.env.company)
        return {
            "type": "ir.actions.act_window",
            "res_model": "cloud.usage.format",
            "res_id": made.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "current",
        }
