from odoo import fields, models

from ...fields import DecimalField


class CloudSettingsMixin(models.AbstractModel):
    _inherit = "cloud.settings.mixin"

    cloud_goodwill_product_id = fields.Many2one(related="company_id.cloud_goodwill_product_id", readonly=False)
    cloud_goodwill_limit = DecimalField(related="company_id.cloud_goodwill_limit", readonly=False)
