from odoo import fields, models

from ...fields import DecimalField


class CloudSettingsMixin(models.AbstractModel):
    _inherit = "cloud.settings.mixin"

    cloud_late_policy = fields.Selection(related="company_id.cloud_late_policy", readonly=False)
    cloud_late_tolerance = DecimalField(related="company_id.cloud_late_tolerance", readonly=False)
    cloud_late_credits = fields.Boolean(related="company_id.cloud_late_credits", readonly=False)
