from odoo import models

from ...fields import DecimalField


class CloudSettingsMixin(models.AbstractModel):
    _inherit = "cloud.settings.mixin"

    cloud_credit_limit = DecimalField(related="company_id.cloud_credit_limit", readonly=False)
