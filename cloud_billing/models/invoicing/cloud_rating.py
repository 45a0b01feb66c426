from odoo import models


class CloudRating(models.AbstractModel):
    """Charges of one-off amounts are rated beside the others: no price is looked for."""

    _inherit = "cloud.rating"

    # === BUSINESS === #

    def _rate(self, charges, number, *args, **kwargs):
        one_offs = charges & self._find_one_offs(charges)
        result = super()._rate(charges - one_offs, number, *args, **kwargs)
        # Last, for a percent is of what the others on its bill come to.
        self.env["cloud.adjustment.rating"]._rate(one_offs, number)
        return result

    def _find_one_offs(self, charges):
        self.env["cloud.charge"].flush_model(["kind"])
        self.env.cr.execute(
            "SELECT id FROM cloud_charge WHERE id = ANY(%s) AND kind = 'adjustment' ORDER BY id", [list(charges.ids)]
        )
        return charges.browse(charge_id for (charge_id,) in self.env.cr.fetchall())
