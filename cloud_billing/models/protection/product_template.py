from odoo import models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    def _filter_guarded(self, companies):
        """Those that a subscription has: of another product nothing is billed yet."""
        products = super()._filter_guarded(companies)
        return (
            products
            & self.env["cloud.subscription.line"].search(products._get_touched_domain()).product_id.product_tmpl_id
        )

    def _get_touched_domain(self):
        return [("product_id.product_tmpl_id", "in", self.ids)]
