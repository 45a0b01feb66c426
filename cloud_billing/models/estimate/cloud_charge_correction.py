from odoo import models


class CloudChargeCorrection(models.AbstractModel):
    """An estimate stands until its usage is final; then it is rated again, whether or not rows have come since."""

    _inherit = "cloud.charge.correction"

    # === BUSINESS === #

    def _get_changed(self, run, only):
        changed = super()._get_changed(run, only)
        Estimate = self.env["cloud.charge.estimate"]
        # Somebody who has charges rated again asks for the difference now; an estimate is estimated again.
        if run.correction_scope == "again" or not Estimate._has_any(run.company_id):
            return changed
        still = Estimate._get_open(run, only)
        waiting = still.browse(Estimate._get_late(still.ids, run.usage_number)) if still else still
        # A run of late usage that gets an invoice of its own has no true-ups: they go on the customer's next bill.
        due = still.browse() if run.correction_scope else still - waiting
        return (changed - waiting) | due

    def _remember_equal(self, run, charges):
        result = super()._remember_equal(run, charges)
        Estimate = self.env["cloud.charge.estimate"]
        if charges and Estimate._has_any(run.company_id):
            metered = charges.filtered(lambda charge: charge.kind == "metered")
            waiting = Estimate._get_late(metered.ids, run.usage_number)
            Estimate._remember_equal(metered - metered.browse(waiting), run.usage_number)
        return result
