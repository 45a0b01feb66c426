from odoo import api, fields, models


class CloudSubscription(models.Model):
    """On which order of the customer a subscription is billed. A number without a budget may be typed instead."""

    _inherit = "cloud.subscription"

    order_id = fields.Many2one(
        "cloud.customer.order",
        string="Order with Budget",
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
        tracking=True,
        help="Printed on invoices and watched: its budget and its validity. Empty: the number typed beside it.",
    )

    # === CONSTRAINTS === #

    @api.constrains("order_id", "customer_id")
    def _check_order_owner(self):
        for subscription in self:
            if subscription.order_id:
                subscription.order_id._check_fits(subscription.customer_id, subscription.name)
        self.line_ids._check_order_owner()
