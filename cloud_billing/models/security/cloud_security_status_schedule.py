from odoo import api, fields, models


class CloudSecurityStatus(models.AbstractModel):
    """What has to run by itself: a check that is not made finds nothing."""

    _inherit = "cloud.security.status"

    # === BUSINESS === #

    def _check_schedule(self):
        problems = self.env["cloud.schedule.watch"]._get_problems(fields.Datetime.now())
        title = self.env._("Scheduled actions run")
        if not problems:
            text = self.env._("None of ours is switched off, late or failing.")
            return self._make_check("schedule", "schedule", title, "ok", text)
        return self._make_check(
            "schedule", "schedule", title, "warning", "\n".join(problems),
            self.env._("Scheduled Actions"), "base.ir_cron_act",
        )  # fmt: skip

    # === HOOKS === #

    @api.model
    def _get_security_checks(self):
        return [*super()._get_security_checks(), self._check_schedule()]
