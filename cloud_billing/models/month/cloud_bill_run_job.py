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
        # sudo: whoever bills may not read scheduled actions; waking this one up lends nothing else.
        self.env.ref("cloud_billing.cron_post_runs").sudo()._trigger()
        return None

    def _stop_job(self, kind):
        """Rating is given up. Posting stops behind the invoices that are there; the other bills are parked."""
        if kind == "rating":
            return self.action_back_to_draft()
        self._check_may_act()
        waiting = self._get_waiting()
        for bill in waiting:
            bill._park(self.env._("Stopped by %(user)s. Retry it, or exclude it.", user=self.env.user.name))
        self._close_when_done()
        return None
