from odoo import models
from odoo.addons.cloud_billing.fields import DecimalField


class ResCompany(models.Model):
    _inherit = "res.company"

    cloud_seller_discount = DecimalField(
        string="Discount of a Seller",
        help="In percent: up to here what an order lets off is agreed by confirming it; above it another person "
        "approves. Empty: no limit.",
    )

    _cloud_seller_discount_in_range = models.Constraint(
        "CHECK (cloud_seller_discount BETWEEN 0 AND 100)", "A limit of discounts is 0 to 100 percent."
    )
