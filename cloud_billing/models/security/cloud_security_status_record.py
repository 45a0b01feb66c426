from datetime import timedelta

from odoo import api, fields, models

_DRILLED_WITHIN = timedelta(days=180)


class CloudSecurityStatus(models.AbstractModel):
    """The record is looked through by somebody, and backups can be restored."""

    _inherit = "cloud.security.status"

    # === BUSINESS === #

    def _check_reviews(self):
        late = self.env["cloud.audit.review"].search(
            [("state", "=", "open"), ("date_due", "<", fields.Date.today())], order="date_due"
        )
        title = self.env._("The record is read")
        button = self.env._("Reviews"), "cloud_billing.cloud_audit_review_action"
        if not late:
            text = self.env._("No review of the record is overdue.")
            return self._make_check("reviewed", "record", title, "ok", text, *button)
        text = self.env._(
            "Overdue: %(reviews)s. An auditor reads the range and signs it.",
            reviews=self._name_some(late.mapped("name")),
        )
        return self._make_check("reviewed", "record", title, "warning", text, *button)

    def _check_drills(self):
        last = self.env["cloud.backup.drill"].search([], limit=1)
        title = self.env._("Backups can be restored")
        button = self.env._("Drills"), "cloud_billing.cloud_backup_drill_action"
        if last.result == "passed" and last.done_at >= fields.Datetime.now() - _DRILLED_WITHIN:
            text = self.env._("Restored and found whole within the last half year.")
            return self._make_check("drilled", "record", title, "ok", text, *button)
        text = self.env._(
            "No backup was restored and found whole within the last half year. Restore one with its key file onto "
            "another machine, and write down what came of it."
        )
        return self._make_check("drilled", "record", title, "warning" if last else "off", text, *button)

    # === HOOKS === #

    @api.model
    def _get_security_checks(self):
        return [
            *super()._get_security_checks(),
            self._check_reviews(),
            self._check_drills(),
        ]
