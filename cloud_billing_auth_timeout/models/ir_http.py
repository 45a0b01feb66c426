import time

from odoo import models
from odoo.http import request

# In the session: when this person logged in (seconds since 1970).
LOGGED_IN_AT = "cloud-logged-in-at"


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _must_check_identity(cls):
        """A session ends so many hours after its login.

        Odoo counts them from `create_time`, which it sets anew every three hours when it gives the session another key:
        whoever goes on working would never reach a longer time.
        """
        session = request.session
        if LOGGED_IN_AT not in session:
            session[LOGGED_IN_AT] = session.get("create_time") or time.time()
        timeouts = request.env(user=session.uid).user._get_lock_timeouts()
        for timeout, mfa in reversed(timeouts["lock_timeout"]):
            if session[LOGGED_IN_AT] <= time.time() - timeout:
                return {"logout": True, "mfa": mfa}
        return super()._must_check_identity()

    def session_info(self):
        """What the web client tells a person of his or her second factor and password when it starts."""
        info = super().session_info()
        if self.env.user._is_internal():
            info["cloud_identity_notices"] = self.env.user._get_cloud_notices()
        return info
