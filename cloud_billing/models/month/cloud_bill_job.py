from odoo import models


class CloudBill(models.Model):
    _name = "cloud.bill"
    _inherit = ["cloud.bill", "cloud.job.mixin"]

    # === HOOKS === #

    def _retry_job(self, kind):
        self.run_id._check_may_act()
        if self.state != "parked":
            return super()._retry_job(kind)
        return self._retry_parked()

    def _stop_job(self, kind):
        # Asks for the reason; its charges are due again with the next run.
        return self.action_exclude()

    # === BUSINESS === #

    def _retry_parked(self):
        """Take these parked bills up again, by the scheduled action."""
        # sudo: bills change by their buttons; no role may write them.
        self.sudo().write({"state": "ready", "error": False, "attempts": 0, "claim_token": False, "claim_until": False})
        for run in self.run_id:
            run._set_state("posting")
        self.run_id._call_posters()
