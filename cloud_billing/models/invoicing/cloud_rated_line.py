from odoo import models


class CloudRatedLine(models.Model):
    """One-off amounts stand after what they are about, and before the sections of bundles, which go on to the end."""

    _inherit = "cloud.rated.line"

    # === BUSINESS === #

    def _get_invoice_order(self):
        # Who pays for whom, three values, and whether it is of a bundle come first.
        order = super()._get_invoice_order()
        return *order[:4], self.charge_id.kind == "adjustment", *order[4:]
