import json
import time

from odoo import api, fields, models
from odoo.exceptions import AccessDenied
from odoo.http import request

from . import identity


class ResUsersIdentitycheck(models.TransientModel):
    """Odoo's dialog that confirms who sits at the screen, with the code of an authenticator where a vote follows."""

    _inherit = "res.users.identitycheck"

    cloud_code = fields.Char(string="Code", store=False)
    cloud_wants_code = fields.Boolean(readonly=True, help="The person has an authenticator, and a vote follows.")
    cloud_wants_passkey = fields.Boolean(
        readonly=True, help="A vote follows that takes a second factor, and a passkey is the only one of the person."
    )
    cloud_problem = fields.Char(readonly=True)

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        checks = super().create(vals_list)
        for check in checks:
            # sudo: what follows the dialog is hidden from the person; asked is only whether it is ours.
            _context, follows, ids, *_call = json.loads(check.sudo().request or "[null, null, null]")
            if follows and follows.startswith("cloud."):
                check.cloud_wants_code = identity.has_code(self.env.user)
                check.cloud_wants_passkey = (
                    follows == "cloud.change.request"
                    and not check.cloud_wants_code
                    and identity.asks_factor(self.env[follows].browse(ids))
                )
        return checks

    # === ACTIONS === #

    def run_check(self):
        """Check the code as well. A wrong one opens the dialog again: raising would forget that it was tried."""
        if self.auth_method == "webauthn":
            # A passkey is proven by what one has and what one is or knows, so it is both factors.
            return self._run_cloud_passkey()
        if self.cloud_wants_passkey:
            self.cloud_problem = self.env._("A password alone does not vote here: use your passkey.")
            self.auth_method = self._get_default_auth_method()
            return self._get_cloud_dialog()
        if self.cloud_wants_code:
            self._check_identity()
            problem = self._check_cloud_code()
            if problem:
                self.cloud_problem = problem
                return self._get_cloud_dialog()
        return super().run_check()

    # === BUSINESS === #

    def _check_cloud_code(self):
        """Check the code that was typed; returns a sentence where it is wrong, and notes the proof where it is right.

        It comes as the password of Odoo's dialog does, by the button's context: it is what is checked, and decides
        nothing by being there.
        """
        code = "".join((self.env.context.get("cloud_code") or "").split())
        try:
            if not code.isdecimal():
                return self.env._("Enter the 6 digits that your authenticator shows.")
            self.create_uid._check_credentials({"type": "totp", "token": int(code)}, {"interactive": True})
        except AccessDenied as error:
            return str(error)
        request.session[identity.FACTOR_AT] = time.time()
        return None

    def _run_cloud_passkey(self):
        before = request.session.get(identity.FACTOR_AT)
        # What follows looks for the proof. Without the passkey the check raises, and the session stays as it was.
        request.session[identity.FACTOR_AT] = time.time()
        try:
            return super().run_check()  # pylint: disable=super-method-mismatch
        except Exception:
            request.session[identity.FACTOR_AT] = before or 0
            raise

    def _get_cloud_dialog(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "name": self.env._("Confirm who you are"),
            "target": "new",
            "views": [(False, "form")],
            "context": {"dialog_size": "medium"},
        }
