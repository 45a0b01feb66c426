from odoo import fields, models


class CloudUsageWaiveWizard(models.TransientModel):
    """Asks why usage without an owner, held by its kind or left out by its meter is given up."""

    _name = "cloud.usage.waive.wizard"
    _description = "Waive Usage"

    stream_ids = fields.Many2many("cloud.usage.stream", string="Streams", required=True, readonly=True)
    cost_text = fields.Char(string="Billed Cost", compute="_compute_cost_text")
    reason = fields.Char(required=True, help="Kept in the register of interventions: somebody will ask.")

    def _compute_cost_text(self):
        for wizard in self:
            wizard.cost_text = wizard.stream_ids._get_cost_text()

    # === ACTIONS === #

    def action_confirm(self):
        """Give it up, or propose it where that takes a second person."""
        self.ensure_one()
        count, waivers = self.stream_ids._get_waiting_rows()._propose_waiving(self.reason)
        if waivers:
            return waivers[:1].get_formview_action()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Rows that are waived: %(count)s.", count=count),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
