from odoo import fields, models


class CloudCouponItem(models.Model):
    """One product, or product category with those below it, whose price a coupon lowers."""

    _name = "cloud.coupon.item"
    _description = "What a Coupon Is For"
    _inherit = ["cloud.protected.mixin", "cloud.product.choice.mixin"]
    _protected_parent = "coupon_id"
    _order = "coupon_id, id"
    _check_company_auto = True

    coupon_id = fields.Many2one("cloud.coupon", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="coupon_id.company_id", store=True, precompute=True, index=True)
