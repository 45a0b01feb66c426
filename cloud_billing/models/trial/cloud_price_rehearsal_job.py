from odoo import models


class CloudPriceRehearsal(models.Model):
    _name = "cloud.price.rehearsal"
    _inherit = ["cloud.price.rehearsal", "cloud.job.mixin"]

    # === HOOKS === #

    def _retry_job(self, kind):
        # What failed stays to be looked at; the same question is asked anew.
        return self.action_again()

    def _stop_job(self, kind):
        if self.state != "running":
            return super()._stop_job(kind)
        return self.action_cancel()
