from contextlib import contextmanager
from functools import partial

from odoo import models
from odoo.exceptions import AccessDenied
from odoo.tools import hmac

from . import door, origin


class ResUsers(models.Model):
    """Logins, failed logins, new passwords and authenticators are events."""

    _inherit = "res.users"

    def write(self, vals):
        result = super().write(vals)
        # Not where the password is set: while a login is being made its name cannot be read yet.
        if "password" in vals:
            self.env["cloud.audit.event"]._record("password_set", self, detail=lambda user: {"login": user.login})
        if "totp_secret" in vals:
            action = "factor_set" if vals["totp_secret"] else "factor_removed"
            self.env["cloud.audit.event"]._record(action, self, detail=lambda user: {"login": user.login})
        return result

    def _login(self, credential, user_agent_env):
        info = super()._login(credential, user_agent_env)
        # sudo: lends the right to read of the login how it logs in.
        user = self.browse(info["uid"]).with_user(info["uid"]).sudo()
        if door.quota.take({(self.env.cr.dbname, "login", user.login): door.PER_LOGIN}) is not None:
            asked = info.get("mfa") != "skip" and user._mfa_type()
            detail = {"method": info["auth_method"], "second_factor": "asked for" if asked else "none"}
            user.env["cloud.audit.event"]._record("login", user, detail=detail)
        return info

    @contextmanager
    def _assert_can_auth(self, user=None):
        try:
            with super()._assert_can_auth(user=user):
                yield
        except AccessDenied:
            # Without a request there is nobody at the door.
            if origin.find_caller():
                self._record_failed_login(user)
            raise

    def _check_uid_passwd(self, uid, passwd):
        """Odoo asks this before each call of XML-RPC and JSON-RPC, on the cursor of the call."""
        checked = super()._check_uid_passwd(uid, passwd)
        caller = origin.find_caller()
        if not caller or caller.database != self.env.cr.dbname:
            # The request was for no database or another one: no code of this one will see the call refused but this.
            self.env.cr.postrollback.add(partial(door.record_hidden_refusal, self.env.registry, uid))
        return checked

    def _record_failed_login(self, user):
        """user: what was typed as a login, or the id of a login that sends its password along."""
        # sudo: whether there is such a login is not told to whoever tries.
        users = self.sudo().with_context(active_test=False)
        found = users.search([("login", "=", user)], limit=1) if isinstance(user, str) else users.browse(user).exists()
        detail = {"login": found.login, "path": origin.find_caller().path}
        if not found:
            # People type passwords where the login goes, so what nobody is called is not kept.
            scope = "cloud_billing.audit.unknown_login"
            detail["login"] = f"unknown, fingerprint {hmac(users.env, scope, str(user))[:16]}"
        door.record_apart(self.env.registry, found.id, "login_failed", found.login or "unknown", detail)
