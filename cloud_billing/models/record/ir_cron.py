from odoo import models

from . import origin


class IrCron(models.Model):
    _inherit = "ir.cron"

    def _callback(self, cron_name, server_action_id):
        with origin.running("cron"):
            return super()._callback(cron_name, server_action_id)

    def _update_failure_count(self, job, status):
        """Odoo switches off what failed too often, and what asked for it, by SQL that no tracking sees."""
        result = super()._update_failure_count(job, status)
        # Only what is on is run.
        cron = self.browse(job["id"])
        cron.invalidate_recordset(["active", "failure_count"], flush=False)
        if not cron.active:
            field = self._fields["active"]
            self.env["cloud.audit.event"]._record(
                "schedule_off",
                cron,
                detail={"switched_off_by": "Odoo", "last_run": status},
                changes=[{"field": field.name, "label": field.string, "old": "Yes", "new": "No"}],
                origin="cron",
            )
        return result
