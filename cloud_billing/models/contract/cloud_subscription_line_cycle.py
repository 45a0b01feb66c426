from odoo import fields, models

from ..catalog.product_template_proration import PRORATIONS


class CloudSubscriptionLine(models.Model):
    """How a part of a period is shared, where it differs from the product."""

    _inherit = "cloud.subscription.line"

    proration = fields.Selection(
        PRORATIONS, help="How a part of a period is charged, from the next charge on. Empty: as on the product."
    )
