from odoo import api, fields, models

# The fields that say for whom and for what a part of a version is, the narrowest choice of each first.
WHO_FIELDS = ("subscription_line_id", "subscription_id", "customer_id", "rate_class_id")
WHAT_FIELDS = ("product_id", "categ_id")


class CloudVersionPartMixin(models.AbstractModel):
    """Something that a version of a price plan says for some customers and some products."""

    _name = "cloud.version.part.mixin"
    _description = "Part of a Price Version"
    _inherit = ["cloud.protected.mixin"]
    _protected_parent = "version_id"

    version_id = fields.Many2one("cloud.price.plan.version", required=True, ondelete="cascade", index=True)
    version_status = fields.Selection(related="version_id.status", string="Version Status")
    plan_id = fields.Many2one(related="version_id.plan_id", store=True, index=True)
    company_id = fields.Many2one(related="version_id.company_id", store=True, precompute=True, index=True)
    is_editable = fields.Boolean(related="version_id.is_editable")
    product_id = fields.Many2one("product.product", ondelete="restrict", index=True, check_company=True)
    categ_id = fields.Many2one("product.category", string="Product Category", ondelete="restrict")
    customer_id = fields.Many2one(
        "cloud.customer",
        ondelete="restrict",
        index=True,
        check_company=True,
        help="For this customer and those it pays for. Empty: for everyone.",
    )
    rate_class_id = fields.Many2one(
        "cloud.rate.class",
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
        help="For the customers that are in this class, or in one below it, at the time of service.",
    )
    subscription_id = fields.Many2one(
        "cloud.subscription",
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
        help="For this subscription only.",
    )
    subscription_line_id = fields.Many2one(
        "cloud.subscription.line",
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
        help="For this one line only.",
    )

    # === COMPUTE === #

    @api.onchange(*WHO_FIELDS)
    def _onchange_who(self):
        """The narrowest choice stands; the database takes one only."""
        chosen = next((name for name in WHO_FIELDS if self[name]), None)
        self.update({name: False for name in WHO_FIELDS if name != chosen})
