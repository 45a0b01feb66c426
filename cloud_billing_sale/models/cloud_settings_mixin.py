from odoo import models
from odoo.addons.cloud_billing.fields import DecimalField


class CloudSettingsMixin(models.AbstractModel):
    _inherit = "cloud.settings.mixin"

    cloud_seller_discount = DecimalField(related="company_id.cloud_seller_discount", readonly=False)
