from odoo import fields, models


class CloudBillNote(models.TransientModel):
    """Asks why bills are released, held or excluded; the checker reads it."""

    _name = "cloud.bill.note"
    _description = "Reason for a Decision on Bills"

    bill_ids = fields.Many2many("cloud.bill", string="Bills", required=True, readonly=True)
    decision = fields.Selection(
        [("release", "Release"), ("hold", "Hold"), ("exclude", "Exclude")], required=True, readonly=True
    )
    note = fields.Char(required=True, help="Read by whoever approves the run.")

    # === ACTIONS === #

    def action_confirm(self):
        """Do what was decided, with the note."""
        self.ensure_one()
        bills = self.bill_ids
        decide = {"release": bills.action_release, "hold": bills.action_hold, "exclude": bills.action_exclude}
        decide[self.decision](self.note)
        return {"type": "ir.actions.act_window_close"}

    # === BUSINESS === #

    def _open(self, bills, decision):
        """The window for some bills; decision: release, hold or exclude."""
        return {
            "type": "ir.actions.act_window",
            "name": dict(self._fields["decision"]._description_selection(self.env))[decision],
            "res_model": self._name,
            "view_mode": "form",
            "target": "new",
            "context": {"default_bill_ids": [(6, 0, bills.ids)], "default_decision": decision},
        }
