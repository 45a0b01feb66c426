from odoo import models


class CloudBillRunShare(models.Model):
    """A share of a run that somebody wants to stop is given up."""

    _inherit = "cloud.bill.run.share"

    # === BUSINESS === #

    def _work_claimed(self, token):
        # A run that was taken back meanwhile has no shares any more.
        if not self.exists().run_id._get_stop():
            return super()._work_claimed(token)
        if self._keep_claim(token):
            # As if it were done: whoever comes to end the run after the last share takes it back.
            # sudo: shares are written by the schedule only.
            self.sudo().write({"is_done": True, "claim_token": False, "claim_until": False})
            self.flush_recordset()
        return 0
