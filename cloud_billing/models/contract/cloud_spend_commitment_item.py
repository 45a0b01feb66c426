from odoo import api, fields, models


class CloudSpendCommitmentItem(models.Model):
    """One product, or product category with those below it, that counts towards a minimum or commitment."""

    _name = "cloud.spend.commitment.item"
    _description = "What Counts Towards a Minimum Spend"
    _inherit = ["cloud.protected.mixin"]
    _protected_parent = "commitment_id"
    _order = "commitment_id, id"
    _check_company_auto = True

    commitment_id = fields.Many2one("cloud.spend.commitment", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="commitment_id.company_id", store=True, index=True)
    product_id = fields.Many2one("product.product", ondelete="restrict", check_company=True)
    categ_id = fields.Many2one("product.category", string="Product Category", ondelete="restrict")

    _one_kind = models.Constraint(
        "CHECK (num_nonnulls(product_id, categ_id) = 1)", "Choose a product or a product category on each row."
    )

    # === COMPUTE === #

    @api.depends("product_id", "categ_id")
    def _compute_display_name(self):
        for item in self:
            item.display_name = item.product_id.display_name or self.env._(
                "category %(category)s", category=item.categ_id.display_name or ""
            )

    @api.onchange("product_id")
    def _onchange_product_id(self):
        if self.product_id:
            self.categ_id = False

    @api.onchange("categ_id")
    def _onchange_categ_id(self):
        if self.categ_id:
            self.product_id = False
