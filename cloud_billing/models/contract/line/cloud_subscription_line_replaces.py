from odoo import fields, models


class CloudSubscriptionLine(models.Model):
    """Which line this one took the place of."""

    _inherit = "cloud.subscription.line"

    replaces_id = fields.Many2one(
        "cloud.subscription.line",
        string="In Place Of",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        help="The line that ended when this one began: an upgrade, a downgrade, another product or customer.",
    )
