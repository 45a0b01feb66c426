from odoo import models
from odoo.tools import SQL

from . import door, origin

HOUR = 3600


class ResUsersApikeys(models.Model):
    """API keys that are made, used and removed are events; use once an hour per key."""

    _inherit = "res.users.apikeys"

    def _generate(self, scope, name, expiration_date):
        key = super()._generate(scope, name, expiration_date)
        if self._is_audited():
            detail = {"name": name, "scope": scope or "all", "expires": str(expiration_date or "never")}
            self.env["cloud.audit.event"]._record("api_key_made", self.env.user, detail=detail)
        return key

    def unlink(self):
        if self._is_audited():
            self.env["cloud.audit.event"]._record(
                "api_key_removed",
                self,
                # sudo: lends the right to read whose key it is.
                detail=lambda key: {"name": key.name, "login": key.sudo().user_id.login},
            )
        return super().unlink()

    def _check_credentials(self, *, scope, key):
        user_id = super()._check_credentials(scope=scope, key=key)
        if user_id and origin.find_caller() and self._is_audited():
            self._record_use(user_id, key[:8])
        return user_id

    # === BUSINESS === #

    def _is_audited(self):
        # Devices that are trusted after a second factor are kept by the same model under another name.
        return self._name == "res.users.apikeys"

    def _record_use(self, user_id, index):
        """One event an hour per key: of this process by its own count, of all of them by the record."""
        if door.quota.take({(self.env.cr.dbname, "api_key_used", user_id, index): 1}) is None:
            return
        found = self.env.execute_query(SQL(_KEY, user_id=user_id, index=index, seconds=HOUR))
        for key_id, name, was_used in found:
            if not was_used:
                detail = {"name": name, "path": origin.find_caller().path}
                door.record_apart(self.env.registry, user_id, "api_key_used", key_id, detail, self._name, [key_id])


_KEY = """
    SELECT own.id,
           own.name,
           EXISTS (
               SELECT FROM cloud_audit_event event
                WHERE event.res_model = 'res.users.apikeys'
                  AND event.res_id = own.id
                  AND event.action = 'api_key_used'
                  AND event.occurred_at > (now() AT TIME ZONE 'UTC') - make_interval(secs => %(seconds)s)
           )
      FROM res_users_apikeys own
     WHERE own.user_id = %(user_id)s
       AND own.index = %(index)s
"""
