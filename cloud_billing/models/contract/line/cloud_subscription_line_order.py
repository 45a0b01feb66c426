from odoo import api, fields, models


class CloudSubscriptionLine(models.Model):
    _inherit = "cloud.subscription.line"

    order_id = fields.Many2one(
        "cloud.customer.order",
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
        help="Empty: as on the subscription. Lines with another order are billed on an invoice of their own.",
    )

    # === CONSTRAINTS === #

    @api.constrains("order_id")
    def _check_order_owner(self):
        for line in self:
            if line.order_id:
                line.order_id._check_fits(line.customer_id, line.display_name)
