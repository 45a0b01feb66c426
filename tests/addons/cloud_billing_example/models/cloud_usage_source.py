from odoo import fields, models


class CloudUsageSource(models.Model):
    _inherit = "cloud.usage.source"

    reader = fields.Selection(selection_add=[("example_gauge", "Gauge log")], ondelete={"example_gauge": "cascade"})
