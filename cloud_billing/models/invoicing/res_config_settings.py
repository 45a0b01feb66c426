from odoo import fields, models


class CloudSettingsMixin(models.AbstractModel):
    _inherit = "cloud.settings.mixin"

    cloud_invoice_grouping = fields.Selection(related="company_id.cloud_invoice_grouping", readonly=False)
    cloud_line_budget = fields.Integer(related="company_id.cloud_line_budget", readonly=False)
