from odoo import models

from ...fields import DecimalField


class CloudSettingsMixin(models.AbstractModel):
    _inherit = "cloud.settings.mixin"

    cloud_look_median = DecimalField(related="company_id.cloud_look_median", readonly=False)
