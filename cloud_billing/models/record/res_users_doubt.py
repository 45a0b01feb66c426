from datetime import timedelta

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import format_datetime

# Long enough for the person to notice that the login does not open any more.
DOUBT_DAYS = 7


class ResUsers(models.Model):
    """Whoever sets the password of a colleague could log in and vote in that name: so such a login waits with votes.

    A second factor that is older than the password shows that it is the person all the same. A login that nobody had
    used before is a new one, whose roles two people have agreed on.
    """

    _inherit = "res.users"

    # === BUSINESS === #

    def _get_login_doubt(self, asks_factor):
        doubt = super()._get_login_doubt(asks_factor)
        taken = None if doubt else self._find_foreign_password()
        if not taken or (asks_factor and not self._has_factor_since(taken.occurred_at)):
            return doubt
        return self.env._(
            "The password of %(login)s was set on %(day)s by %(who)s, and nothing that only you have shows since that "
            "it is you. So that nobody votes in your name, this login votes again from %(until)s on: ask a colleague "
            "meanwhile. Was it not you who asked for it, tell your auditor.",
            login=self.login,
            day=format_datetime(self.env, taken.occurred_at),
            who=taken.user_login,
            until=format_datetime(self.env, taken.occurred_at + timedelta(days=DOUBT_DAYS)),
        )

    def _find_foreign_password(self):
        """The last event of these days that tells that another login, or a link, set the password of this one."""
        since = fields.Datetime.now() - timedelta(days=DOUBT_DAYS)
        events = self._get_own_events()
        foreign = Domain("occurred_at", ">=", since) & Domain("user_id", "!=", self.id)
        found = events.search(self._get_event_domain("password_set") & foreign, order="id desc", limit=1)
        used = self._get_event_domain("login") & Domain("id", "<", found.id)
        return found if found and events.search_count(used, limit=1) else events.browse()

    def _has_factor_since(self, moment):
        """Whether an authenticator was enrolled, or a passkey made, after a moment."""
        since = self._get_event_domain("factor_set") & Domain("occurred_at", ">=", moment)
        if self._get_own_events().search_count(since, limit=1):
            return True
        if "auth.passkey.key" not in self.env:
            return False
        # sudo: lends the right to know when one's own passkeys were made.
        keys = self.env["auth.passkey.key"].sudo()
        return bool(keys.search_count([("create_uid", "=", self.id), ("create_date", ">=", moment)], limit=1))

    def _get_own_events(self):
        # sudo: lends the right to know what the record tells of one's own login.
        return self.env["cloud.audit.event"].sudo()

    def _get_event_domain(self, action):
        return Domain("action", "=", action) & Domain("res_model", "=", "res.users") & Domain("res_id", "=", self.id)
