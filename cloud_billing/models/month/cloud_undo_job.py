from odoo import models
from odoo.exceptions import UserError


class CloudUndo(models.Model):
    _name = "cloud.undo"
    _inherit = ["cloud.undo", "cloud.job.mixin"]

    # === HOOKS === #

    def _retry_job(self, kind):
        return self.action_reverse()

    def _stop_job(self, kind):
        self.check_access("write")
        raise UserError(
            self.env._(
                "%(undo)s was approved: its invoices are reversed to the last one, or what was billed would be in"
                " between.",
                undo=self.name,
            )
        )
