from odoo import models


class UomUom(models.Model):
    _inherit = "uom.uom"

    def _filter_guarded(self, companies):
        """Those of products that subscriptions have, and of meters, with the units they are reckoned in."""
        lines = self.env["cloud.subscription.line"].search([("company_id", "in", companies.ids)])
        used = lines.product_id.uom_id | lines.product_id.cloud_meter_id.uom_id
        while above := used.relative_uom_id - used:
            used |= above
        return super()._filter_guarded(companies) & used
