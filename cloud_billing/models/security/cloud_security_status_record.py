from datetime import timedelta

from odoo import api, fields, models

# The record is verified each night.
_VERIFIED_WITHIN = timedelta(days=2)
_DRILLED_WITHIN = timedelta(days=180)


class CloudSecurityStatus(models.AbstractModel):
    """The record: verified, anchored outside, looked through by somebody; and backups that were restored."""

    _inherit = "cloud.security.status"

    # === BUSINESS === #

    def _check_verified(self):
        """The last verification of each chain."""
        since = fields.Datetime.now() - _VERIFIED_WITHIN
        recent = self.env["cloud.audit.verification"].search([("verified_at", ">=", since)])
        last = [verifications.sorted("id")[-1:] for verifications in recent.grouped("company_id").values()]
        states = {verification.state for verification in last}
        title = self.env._("The record is verified")
        button = self.env._("Verifications"), "cloud_billing.cloud_audit_verification_action"
        if not last:
            text = self.env._(
                "Nobody has looked for two days whether an audit event was altered. See whether scheduled actions run, "
                "or press Verify."
            )
            return self._make_check("verified", "record", title, "off", text, *button)
        if "broken" in states:
            text = self.env._(
                "An audit event was altered or is missing. Open the verification: it names the first one."
            )
            return self._make_check("verified", "record", title, "off", text, *button)
        if states != {"ok"}:
            text = self.env._("A chain could not be verified as a whole. Open the verification: it says why.")
            return self._make_check("verified", "record", title, "warning", text, *button)
        text = self.env._("Each chain of audit events was found in order within the last two days.")
        return self._make_check("verified", "record", title, "ok", text, *button)

    def _check_anchored(self):
        """Whether the last anchor has reached a place outside the database."""
        last = self.env["cloud.audit.event"].search([("action", "=", "record_anchored")], order="id desc", limit=1)
        detail = last.detail or {}
        title = self.env._("The record is anchored outside")
        button = self.env._("Settings"), "cloud_billing.cloud_settings_action"
        if not detail.get("places"):
            text = self.env._(
                "The end of the audit trail is kept nowhere outside, so whoever has the key file could write it anew. "
                "Name an auditor's address in the settings, or a file or syslog in odoo.conf (docs/control.md)."
            )
            return self._make_check("anchored", "record", title, "off", text, *button)
        if detail.get("problems"):
            text = self.env._(
                "The last anchor did not reach every place: %(problems)s", problems=", ".join(detail["problems"])
            )
            return self._make_check("anchored", "record", title, "warning", text, *button)
        text = self.env._("Last kept by: %(places)s", places=", ".join(detail["places"]))
        return self._make_check("anchored", "record", title, "ok", text)

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
            self._check_verified(),
            self._check_anchored(),
            self._check_reviews(),
            self._check_drills(),
        ]
