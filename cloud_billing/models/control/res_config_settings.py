from odoo import fields, models

from ...fields import DecimalField


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    cloud_billing_state = fields.Selection(related="company_id.cloud_billing_state")
    cloud_look_percent = DecimalField(related="company_id.cloud_look_percent", readonly=False)
    cloud_look_amount = DecimalField(related="company_id.cloud_look_amount", readonly=False)

    # === ACTIONS === #

    def action_cloud_go_live(self):
        """The dialog with the checklist."""
        return self.company_id.action_cloud_go_live()

    def action_cloud_back_to_setup(self):
        """Propose to set up again."""
        return self.company_id.action_cloud_back_to_setup()
