from odoo import models


class CloudChargeCorrection(models.AbstractModel):
    """What an estimate differs by is billed, however small: the customer was told so on the invoice."""

    _inherit = "cloud.charge.correction"

    # === BUSINESS === #

    def _get_late_policies(self, charges):
        estimated = set(charges._get_estimated().ids)
        return {
            charge_id: "next_bill" if policy == "absorb" and charge_id in estimated else policy
            for charge_id, policy in super()._get_late_policies(charges).items()
        }
