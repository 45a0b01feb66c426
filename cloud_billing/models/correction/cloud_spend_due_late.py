from odoo import models


class CloudSpendDue(models.AbstractModel):
    """A run of corrections corrects billed true-ups; those that fall due wait for a run of what is due."""

    _inherit = "cloud.spend.due"

    def _make(self, run):
        return 0 if run.correction_scope else super()._make(run)
