from odoo import fields, models


class CloudSettingsMixin(models.AbstractModel):
    _inherit = "cloud.settings.mixin"

    cloud_small_account_id = fields.Many2one(related="company_id.cloud_small_account_id", readonly=False)
    cloud_bad_debt_account_id = fields.Many2one(related="company_id.cloud_bad_debt_account_id", readonly=False)
