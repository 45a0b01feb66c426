from odoo import models


class ResUsers(models.Model):
    _inherit = "res.users"

    def _filter_second_factor(self):
        """Those of these logins that have an authenticator app or a passkey; two statements for any number.

        A code that is mailed at each login is none: who reads the mail may be the one who knows the password.
        """
        # sudo: lends the right to know whether a second factor is enrolled, not which.
        users = self.sudo()
        found = users.search([("id", "in", self.ids), ("totp_enabled", "=", True)])
        # Odoo's module for passkeys installs itself, and may have been taken away.
        if "auth.passkey.key" in self.env:
            keys = users.env["auth.passkey.key"]._read_group([("create_uid", "in", self.ids)], ["create_uid"])
            found = found.union(*(user for (user,) in keys))
        return self.filtered(lambda user: user in found)

    # === HOOKS === #

    def _get_login_doubt(self, asks_factor):
        """Return why somebody else might be at the screen with this login, as a sentence; None where nothing says so.

        asks_factor: whether a second factor is part of the proof. Override; call super().
        """
        self.ensure_one()
        return
