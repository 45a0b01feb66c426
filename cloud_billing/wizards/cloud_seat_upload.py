import base64

from odoo import api, fields, models


class CloudSeatUpload(models.TransientModel):
    """Asks for a snapshot of licences and shows what it would change; nothing is agreed by uploading it."""

    _name = "cloud.seat.upload"
    _description = "Upload Seats"

    source_id = fields.Many2one(
        "cloud.seat.source", required=True, ondelete="cascade", default=lambda self: self._default_source()
    )
    column_as_of = fields.Char(related="source_id.column_as_of")
    file = fields.Binary(string="Snapshot", required=True, attachment=False, help="CSV in UTF-8, also with gzip.")
    file_name = fields.Char()
    as_of = fields.Date(help="The day of which the snapshot is. Empty: the file says it.")

    @api.model
    def _default_source(self):
        sources = self.env["cloud.seat.source"].search([("company_id", "=", self.env.company.id)], limit=2)
        return sources if len(sources) == 1 else sources.browse()

    # === ACTIONS === #

    def action_read(self):
        """Read the snapshot and open it; a file that was delivered before opens what became of it."""
        self.ensure_one()
        self.check_access("write")
        self.source_id.check_access("read")
        content = base64.b64decode(self.file or b"")
        delivery = self.source_id._deliver(self.file_name or self.env._("file"), content, self.as_of or None)
        return {
            "type": "ir.actions.act_window",
            "res_model": "cloud.seat.delivery",
            "res_id": delivery.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "current",
        }
