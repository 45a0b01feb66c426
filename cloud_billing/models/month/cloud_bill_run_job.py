from odoo import models


class CloudBillRun(models.Model):
    _name = "cloud.bill.run"
    _inherit = ["cloud.bill.run", "cloud.job.mixin"]

    # === HOOKS === #

    def _retry_job(self, kind):
        if kind == "rating":
            return self.action_retry_rating()
        self._check_may_act()
        self.sudo().error = False  # sudo: see _set_state.
        self._call_posters()
        return None

    def _stop_job(self, kind):
        return self.action_stop()
