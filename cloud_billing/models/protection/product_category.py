from odoo import models


class ProductCategory(models.Model):
    _inherit = "product.category"

    def _filter_guarded(self, companies):
        """Those with products that subscriptions have, in them or below."""
        guarded = super()._filter_guarded(companies)
        return guarded.filtered(
            lambda category: self.env["cloud.subscription.line"].search_count(category._get_touched_domain(), limit=1)
        )

    def _get_touched_domain(self):
        return [("product_id.categ_id", "child_of", self.ids)]
