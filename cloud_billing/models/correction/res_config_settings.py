from odoo import models

from ...fields import DecimalField


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    cloud_credit_limit = DecimalField(related="company_id.cloud_credit_limit", readonly=False)
