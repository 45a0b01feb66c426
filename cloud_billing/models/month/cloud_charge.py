from odoo import models


class CloudCharge(models.Model):
    """Which charges were billed as estimates."""

    _inherit = "cloud.charge"

    # === BUSINESS === #

    def _get_estimated(self):
        """Those of these charges whose usage was not final when their bill was judged, and billed all the same."""
        ids = set()
        for bill in self.bill_id.filtered("is_estimated"):
            for facts in bill.lateness:
                if facts["policy"] == "estimate":
                    ids.update(facts["charge_ids"])
        return self.filtered(lambda charge: charge.id in ids)
