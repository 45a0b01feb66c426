from odoo import models
from odoo.fields import Command


class ProductTemplate(models.Model):
    _inherit = "product.template"

    def _filter_guarded(self, companies):
        """Those that a subscription has: of another product nothing is billed yet."""
        products = super()._filter_guarded(companies)
        return (
            products
            & self.env["cloud.subscription.line"].search(products._get_touched_domain()).product_id.product_tmpl_id
        )

    def _force_default_sale_tax(self, companies):
        """A new branch begins without putting the tax of the live company above it on products that have none of it.

        Odoo gives a branch that company's own tax. Whether what is billed there bears it was decided there.
        """
        branches = companies.filtered("parent_id")
        links = [Command.link(tax.id) for tax in branches.account_sale_tax_id]
        decided = self._get_guarded_changes({"taxes_id": links}, ["taxes_id"], "live") if links else self.browse()
        super(ProductTemplate, decided)._force_default_sale_tax(companies - branches)
        return super(ProductTemplate, self - decided)._force_default_sale_tax(companies)

    def _get_touched_domain(self):
        return [("product_id.product_tmpl_id", "in", self.ids)]
