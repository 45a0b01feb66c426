from odoo import api, models

from ..control.res_company import CHECKER_ROLE, MAKER_ROLES

# The sibling add-on that changes how everybody logs in.
SESSIONS = "cloud_billing_auth_timeout"
PASSWORD_LENGTH = 12
FACTOR_ROLES = (*MAKER_ROLES, CHECKER_ROLE, "cloud_billing.group_administrator", "base.group_system")


class CloudSecurityStatus(models.AbstractModel):
    """Logging in: second factor, sessions, passwords."""

    _inherit = "cloud.security.status"

    # === BUSINESS === #

    def _check_second_factor(self):
        users = self._fetch_members(*FACTOR_ROLES)
        lacking = users - users._filter_second_factor()
        title = self.env._("Second factor")
        if not lacking:
            text = self.env._("Everybody who makes, checks or administers has an authenticator app or a passkey.")
            return self._make_check("second_factor", "login", title, "ok", text)
        text = self.env._(
            "%(names)s: a password alone is enough to make, check or administer in their name. Ask them to enrol an "
            "authenticator app or a passkey: My Preferences, Security. Invite sends the mail for it.",
            names=self._name_some(lacking.mapped("name")),
        )
        state = "off" if lacking == users else "warning"
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Without a Second Factor"),
            "res_model": "res.users",
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", lacking.ids)],
        }
        return self._make_check("second_factor", "login", title, state, text, self.env._("See Who"), action)

    def _check_sessions_module(self):
        """Whether the sibling that ends sessions is installed; it adds checks of its own."""
        module = self.env["ir.module.module"].search([("name", "=", SESSIONS)], limit=1)
        title = self.env._("Sessions that end")
        if module.state == "installed":
            text = self.env._(
                "The add-on Cloud Billing: Sessions and Identity is installed. Its own checks stand beside this one."
            )
            return self._make_check("sessions", "login", title, "ok", text)
        text = self.env._(
            "A session ends only when somebody logs out. The add-on Cloud Billing: Sessions and Identity locks the "
            "screen after minutes of rest, asks roles for a second factor and refuses easy passwords. It changes how "
            "everybody logs in, so Odoo's administrator installs it by choice."
        )
        if not module:
            place = self.env._(
                "Whoever runs the server puts the folder %(module)s beside the one of Cloud Billing; Odoo's "
                "administrator then chooses Apps, Update Apps List, and installs it.",
                module=SESSIONS,
            )
            return self._make_check("sessions", "login", title, "off", text, place=place)
        action = {
            "type": "ir.actions.act_window",
            "res_model": "ir.module.module",
            "res_id": module.id,
            "views": [(False, "form")],
        }
        return self._make_check("sessions", "login", title, "off", text, self.env._("Install It"), action)

    def _check_password_length(self):
        least = int(self.env["ir.config_parameter"].get_param("auth_password_policy.minlength", 0))
        title = self.env._("Length of passwords")
        if least >= PASSWORD_LENGTH:
            text = self.env._("New passwords have at least %(least)s characters.", least=least)
            return self._make_check("password_length", "login", title, "ok", text)
        text = self.env._(
            "Least length of a password: %(least)s. Ask for at least %(wanted)s characters. Odoo's administrator sets "
            "it in Settings, General Settings, Minimum Password Length.",
            least=max(least, 1),
            wanted=PASSWORD_LENGTH,
        )
        return self._make_check(
            "password_length", "login", title, "warning" if least >= 8 else "off", text,
            self.env._("Settings"), "base_setup.action_general_configuration",
        )  # fmt: skip

    def _check_admin_login(self):
        """The login that every installation has, and everybody tries first."""
        user = self.env.ref("base.user_admin", raise_if_not_found=False)
        title = self.env._("The login “admin”")
        if not user or not user.active or user.login != "admin" or user._filter_second_factor():
            text = self.env._("It is renamed, archived or has a second factor.")
            return self._make_check("admin_login", "login", title, "ok", text)
        text = self.env._(
            "Everybody who attacks tries it first, and it has no second factor. Give it another login and a second "
            "factor, or archive it once others administer."
        )
        action = {
            "type": "ir.actions.act_window",
            "res_model": "res.users",
            "res_id": user.id,
            "views": [(False, "form")],
        }
        return self._make_check("admin_login", "login", title, "warning", text, self.env._("Open It"), action)

    # === HOOKS === #

    @api.model
    def _get_security_checks(self):
        return [
            *super()._get_security_checks(),
            self._check_second_factor(),
            self._check_sessions_module(),
            self._check_password_length(),
            self._check_admin_login(),
        ]
