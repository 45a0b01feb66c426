from odoo import models


class CloudUsageImport(models.Model):
    _name = "cloud.usage.import"
    _inherit = ["cloud.usage.import", "cloud.job.mixin"]

    # === HOOKS === #

    def _retry_job(self, kind):
        return self.action_resume() if self.is_paused else self.action_retry()

    def _stop_job(self, kind):
        return self.action_cancel()
