from odoo import fields, models


class CloudUsageSource(models.Model):
    _inherit = "cloud.usage.source"

    reader = fields.Selection(selection_add=[("call_log", "Call log")], ondelete={"call_log": "cascade"})
