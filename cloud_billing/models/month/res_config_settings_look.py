from odoo import models

from ...fields import DecimalField


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    cloud_look_median = DecimalField(related="company_id.cloud_look_median", readonly=False)
