from odoo import fields, models

from ...fields import DecimalField


class CloudSettingsMixin(models.AbstractModel):
    _inherit = "cloud.settings.mixin"

    cloud_change_days = fields.Integer(related="company_id.cloud_change_days", readonly=False)
    cloud_hand_limit = DecimalField(related="company_id.cloud_hand_limit", readonly=False)

    # === ACTIONS === #

    def action_cloud_propose_limits(self):
        """In a live company limits are proposed, and another person approves them."""
        return self.company_id.action_cloud_propose()
