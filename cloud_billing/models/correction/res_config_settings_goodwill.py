from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    cloud_goodwill_product_id = fields.Many2one(related="company_id.cloud_goodwill_product_id", readonly=False)
