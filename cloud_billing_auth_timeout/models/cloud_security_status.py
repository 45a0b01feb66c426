from odoo import api, fields, models
from odoo.tools.misc import format_date

from ..hooks import FACTOR_ROLES


class CloudSecurityStatus(models.AbstractModel):
    """Whether sessions end and second factors are asked for, and who cannot log in when they are."""

    _inherit = "cloud.security.status"

    # === BUSINESS === #

    def _check_timeouts(self):
        roles = self.env["res.groups"]._get_cloud_roles()
        groups = self.env["res.groups"].union(*roles).sorted("sequence")
        endless = groups.filtered(lambda group: not group.lock_timeout or not group.lock_timeout_inactivity)
        title = self.env._("Timeouts of roles")
        if not endless:
            text = self.env._("Sessions of every role are locked after minutes of rest, and end after hours.")
            return self._make_check("timeouts", "login", title, "ok", text, *self._get_sessions_button())
        text = self.env._(
            "%(roles)s: the screen is never locked, or the session never ends. Set both under Sessions.",
            roles=self._name_some(endless.mapped("name")),
        )
        state = "off" if endless == groups else "warning"
        return self._make_check("timeouts", "login", title, state, text, *self._get_sessions_button())

    def _check_required(self):
        roles = self.env["res.groups"]._get_cloud_roles()
        groups = self.env["res.groups"].union(*(group for group, role in roles.items() if role in FACTOR_ROLES))
        free = groups.filtered(lambda group: not group.cloud_mfa_required)
        title = self.env._("Second factor required")
        if not free:
            text = self.env._("Of approvers, auditors and billing administrators.")
            return self._make_check("factor_required", "login", title, "ok", text, *self._get_sessions_button())
        text = self.env._(
            "%(roles)s: a password alone is enough for ever. Require a second factor under Sessions.",
            roles=self._name_some(free.mapped("name")),
        )
        state = "off" if free == groups else "warning"
        return self._make_check("factor_required", "login", title, state, text, *self._get_sessions_button())

    def _check_mail_addresses(self):
        """Who will not be able to log in, because a code cannot be mailed."""
        due = self.env["res.users"].search([("cloud_mfa_due_on", "!=", False)], order="cloud_mfa_due_on, login")
        due = due.filtered(lambda user: not user.email)
        title = self.env._("Codes reach everybody")
        if not due:
            text = self.env._("Everybody who is asked for a second factor has a mail address for codes.")
            return self._make_check("factor_mail", "login", title, "ok", text)
        text = self.env._(
            "%(logins)s: no mail address, so nobody logs in there after the last day for a second factor. Type the "
            "addresses, or have a second factor set up in time.",
            logins=self._name_some(f"{user.login} ({format_date(self.env, user.cloud_mfa_due_on)})" for user in due),
        )
        return self._make_check("factor_mail", "login", title, "off", text, *self._get_logins_button(due))

    def _check_overdue(self):
        late = self.env["res.users"].search([("cloud_mfa_due_on", "<", fields.Date.today())], order="login")
        title = self.env._("Second factors enrolled in time")
        if not late:
            text = self.env._("Nobody is past the last day.")
            return self._make_check("factor_late", "login", title, "ok", text)
        text = self.env._(
            "%(logins)s: the last day is over, and a code is mailed at each login. Ask them to set up an "
            "authenticator app or a passkey.",
            logins=self._name_some(late.mapped("login")),
        )
        return self._make_check("factor_late", "login", title, "warning", text, *self._get_logins_button(late))

    def _get_sessions_button(self):
        return self.env._("Sessions"), "cloud_billing_auth_timeout.cloud_session_policy_action"

    def _get_logins_button(self, users):
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Logins"),
            "res_model": "res.users",
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", users.ids)],
        }
        return self.env._("See Who"), action

    # === HOOKS === #

    @api.model
    def _get_security_checks(self):
        return [
            *super()._get_security_checks(),
            self._check_timeouts(),
            self._check_required(),
            self._check_mail_addresses(),
            self._check_overdue(),
        ]
