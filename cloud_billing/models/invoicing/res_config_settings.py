from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    cloud_invoice_grouping = fields.Selection(related="company_id.cloud_invoice_grouping", readonly=False)
    cloud_line_budget = fields.Integer(related="company_id.cloud_line_budget", readonly=False)
