from odoo import models


class AccountTax(models.Model):
    _inherit = "account.tax"

    def _filter_guarded(self, companies):
        """Those of products that subscriptions have, and those that fiscal positions put in their place."""
        guarded = super()._filter_guarded(companies)
        original = guarded | guarded.original_tax_ids
        lines = self.env["cloud.subscription.line"].search([("product_id.taxes_id", "in", original.ids)])
        billed = lines.product_id.taxes_id
        return guarded.filtered(lambda tax: tax in billed or tax.original_tax_ids & billed)

    def _get_touched_domain(self):
        return [("product_id.taxes_id", "in", (self | self.original_tax_ids).ids)]
