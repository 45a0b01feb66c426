from odoo import api, models
from odoo.fields import Domain


class CloudUsageMapWizard(models.TransientModel):
    """Says how to come by a product, where the company has none that usage can be billed as."""

    _inherit = "cloud.usage.map.wizard"

    # === COMPUTE === #

    @api.depends("target", "product_id", "company_id")
    def _compute_effect(self):
        computed = super()._compute_effect()
        for wizard in self:
            wizard.warning = "\n".join(filter(None, (wizard.warning, wizard._get_product_hint())))
        return computed

    # === BUSINESS === #

    def _get_product_hint(self):
        """A sentence where usage is to be billed and nothing is there that it could be billed as, else None."""
        if self.target not in ("product", "new") or self.product_id:
            return None
        metered = Domain("cloud_billing_model", "=", "metered") & Domain(
            "company_id", "in", [self.company_id.id, False]
        )
        if self.env["product.product"].search_count(metered, limit=1):
            return None
        return self.env._(
            "No product is metered yet. Press Resell This on the source %(names)s, which makes one with its prices, or "
            "make a product that is billed by a meter.",
            names=", ".join(self.stream_ids.source_id.mapped("name")),
        )
