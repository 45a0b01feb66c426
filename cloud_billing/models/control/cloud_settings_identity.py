from odoo import fields, models


class CloudSettingsMixin(models.AbstractModel):
    _inherit = "cloud.settings.mixin"

    cloud_second_factor = fields.Boolean(related="company_id.cloud_second_factor", readonly=False)
