from odoo import fields, models

from ...fields import DecimalField


class CloudSettingsMixin(models.AbstractModel):
    _inherit = "cloud.settings.mixin"

    cloud_large_amount = DecimalField(related="company_id.cloud_large_amount", readonly=False)
    cloud_large_other = fields.Boolean(related="company_id.cloud_large_other", readonly=False)
