import logging
from datetime import timedelta

from odoo import fields, models
from odoo.http import request

from .ir_http import LOGGED_IN_AT

_logger = logging.getLogger(__name__)
_KNOWN_DAYS = 90


class ResUsers(models.Model):
    """Tells people of our roles of a login from a device that is new.

    Odoo tells those alone who have a second factor; these are told by Odoo, and not once more.
    """

    _inherit = "res.users"

    # === BUSINESS === #

    def authenticate(self, credential, user_agent_env):
        auth_info = super().authenticate(credential, user_agent_env)
        # Odoo hides the request from programs that send their password with each call: they are no devices.
        if request:
            # A login begins the time of the session anew.
            request.session.pop(LOGGED_IN_AT, None)
            self._tell_cloud_new_device(auth_info["uid"])
        return auth_info

    def _tell_cloud_new_device(self, user_id):
        """Mail Odoo's notice where the device is unknown. Whatever goes wrong, the login goes on."""
        try:
            with self.env.cr.savepoint():
                user = self.env(user=user_id).user
                if user._is_cloud_device_new(request.httprequest.user_agent, fields.Datetime.now()):
                    user._notify_security_setting_update(
                        subject=self.env._("New Connection to your Account"),
                        content=self.env._("A new device was used to sign in to your account."),
                    )
        except Exception:
            _logger.exception("The notice of a new device was not sent to user %s", user_id)

    def _is_cloud_device_new(self, agent, now):
        """Whether this login was not seen with this platform and browser in the last 90 days, and has to be told so."""
        self.ensure_one()
        # sudo: asked while logging in, of the login's own roles and devices.
        user = self.sudo()
        if not user.email or user._mfa_type() or not user._get_cloud_roles()[user.id]:
            return False
        return not user.env["res.device.log"].search_count(
            [
                ("user_id", "=", user.id),
                ("platform", "=", agent.platform),
                ("browser", "=", agent.browser),
                ("last_activity", ">=", now - timedelta(days=_KNOWN_DAYS)),
            ],
            limit=1,
        )
