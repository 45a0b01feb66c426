from odoo import api, fields, models


class CloudUsageDecision(models.TransientModel):
    """Asks why usage rows are held, waived or released; the reason is kept with them."""

    _name = "cloud.usage.decision"
    _description = "Decision on Usage Rows"

    decision = fields.Selection(
        [("held", "Hold"), ("waived", "Waive"), ("released", "Release")], required=True, readonly=True
    )
    row_ids = fields.Json(string="Rows", required=True, readonly=True, help="Ids: a thousand rows are one decision.")
    row_count = fields.Integer(string="Number of Rows", compute="_compute_row_count")
    reason = fields.Char(required=True, help="Kept with the rows and in the register of interventions.")

    # === COMPUTE === #

    @api.depends("row_ids")
    def _compute_row_count(self):
        for wizard in self:
            wizard.row_count = len(wizard.row_ids or ())

    # === ACTIONS === #

    def action_confirm(self):
        """Do what was decided, with the reason; propose it where that takes a second person."""
        self.ensure_one()
        records = self.env["cloud.usage.record"].browse(self.row_ids).exists()
        if self.decision == "waived":
            _count, waivers = records._propose_waiving(self.reason)
            if waivers:
                return waivers[:1].get_formview_action()
        else:
            {"held": records.action_hold, "released": records.action_release}[self.decision](self.reason)
        return {"type": "ir.actions.act_window_close"}

    # === BUSINESS === #

    def _open(self, records, decision):
        """The window for some rows; decision: held, waived or released."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("%(decision)s Rows", decision=self._get_label(decision)),
            "res_model": self._name,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_row_ids": records.ids, "default_decision": decision},
        }

    def _get_label(self, decision):
        return dict(self._fields["decision"]._description_selection(self.env))[decision]
