from odoo import fields, models


class CloudSubscription(models.Model):
    """By which words a subscription is found and shared."""

    _inherit = "cloud.subscription"

    tag_ids = fields.Many2many(
        "cloud.subscription.tag",
        string="Tags",
        ondelete="restrict",
        tracking=True,
        help="For searching, grouping and sharing groups: who changes a tag may change who sees the subscription.",
    )
