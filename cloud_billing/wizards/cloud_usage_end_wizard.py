from odoo import api, fields, models


class CloudUsageEndWizard(models.TransientModel):
    """Asks for the day from which on streams no longer belong to their owner."""

    _name = "cloud.usage.end.wizard"
    _description = "End Owners of Streams"

    mapping_ids = fields.Many2many("cloud.usage.mapping", string="Owners", required=True)
    date_end = fields.Date(
        string="First Day Without", required=True, help="The usage of the day before is the last that belongs to them."
    )

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        if self.env.context.get("active_model") == "cloud.usage.mapping":
            values.setdefault("mapping_ids", [(6, 0, self.env.context.get("active_ids", []))])
        return values

    # === ACTIONS === #

    def action_confirm(self):
        """End the owners on the chosen day."""
        self.ensure_one()
        self.mapping_ids.write({"date_end": self.date_end})
        return {"type": "ir.actions.act_window_close"}
