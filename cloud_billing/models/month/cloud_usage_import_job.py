from odoo import models


class CloudUsageImport(models.Model):
    _name = "cloud.usage.import"
    _inherit = ["cloud.usage.import", "cloud.job.mixin"]

    # === HOOKS === #

    def _retry_job(self, kind):
        if self.is_to_confirm:
            # What changes must be seen first.
            return self.get_formview_action()
        return self.action_resume() if self.is_paused else self.action_retry()

    def _stop_job(self, kind):
        return self.action_cancel()
