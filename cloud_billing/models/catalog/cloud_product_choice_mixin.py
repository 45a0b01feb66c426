from odoo import api, fields, models


class CloudProductChoiceMixin(models.AbstractModel):
    """A row that names a product, or a product category with those below it. The model has a `company_id`."""

    _name = "cloud.product.choice.mixin"
    _description = "Choice of a Product or Category"

    product_id = fields.Many2one("product.product", ondelete="restrict", check_company=True)
    categ_id = fields.Many2one("product.category", string="Product Category", ondelete="restrict")

    _one_kind = models.Constraint(
        "CHECK (num_nonnulls(product_id, categ_id) = 1)", "Choose a product or a product category on each row."
    )

    # === COMPUTE === #

    @api.depends("product_id", "categ_id")
    def _compute_display_name(self):
        for choice in self:
            choice.display_name = choice.product_id.display_name or self.env._(
                "category %(category)s", category=choice.categ_id.display_name or ""
            )

    @api.onchange("product_id")
    def _onchange_product_id(self):
        if self.product_id:
            self.categ_id = False

    @api.onchange("categ_id")
    def _onchange_categ_id(self):
        if self.categ_id:
            self.product_id = False
