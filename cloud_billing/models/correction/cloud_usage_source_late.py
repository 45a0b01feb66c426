from odoo import fields, models

from .late_policy import POLICIES


class CloudUsageSource(models.Model):
    _inherit = "cloud.usage.source"

    late_usage_policy = fields.Selection(
        POLICIES,
        string="Late Usage",
        help="What becomes of its usage that comes after the period was billed. Empty: as the company says. A policy of"
        " the customer comes first.",
    )
