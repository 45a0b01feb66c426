from odoo import fields, models


class CloudUndoNote(models.TransientModel):
    """Asks what was done about invoices of the correction list."""

    _name = "cloud.undo.note"
    _description = "What Was Done About an Invoice"

    line_ids = fields.Many2many("cloud.undo.line", string="Invoices", required=True, readonly=True)
    note = fields.Char(required=True, help="Read by whoever asks later: which credit note, or why none.")

    # === ACTIONS === #

    def action_confirm(self):
        """Take the invoices off the correction list."""
        self.ensure_one()
        self.line_ids.action_done(self.note)
        return {"type": "ir.actions.act_window_close"}

    # === BUSINESS === #

    def _open(self, lines):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("What was done?"),
            "res_model": self._name,
            "view_mode": "form",
            "target": "new",
            "context": {"default_line_ids": [(6, 0, lines.ids)]},
        }
