import hashlib

from dateutil.relativedelta import relativedelta
from markupsafe import Markup
from odoo import api, fields, models

_ACTIVITY = "cloud_billing.mail_activity_missing_usage"
_MISSING = ("missing", "partial")
# So many days of one account are named in an activity.
_NAMED = 10


class CloudUsageSource(models.Model):
    """Days, or months, without usage are told to who is responsible for their source, and taken back once they came."""

    _inherit = "cloud.usage.source"

    missing_told = fields.Char(readonly=True, copy=False, help="Digest of the missing days that were told last.")

    # === BUSINESS: MISSING === #

    def _get_missing(self, first, last, now):
        """[(account, [day or month, in order])] of what lies in [first, last) and should be there and is not."""
        if not self.cadence:
            return []
        found = [
            (account, [key for key, state in cells if state in _MISSING])
            for account, cells in self.env["cloud.usage.calendar"]._get_cells(self, first, last, now)
        ]
        return [(account, keys) for account, keys in found if keys]

    @api.model
    def _warn_of_missing(self, now):
        """One activity for each source with days missing, of this month and the one before; none once all is there.

        Who marks it done is not told again before something else is missing. now: naive UTC.
        """
        first = now.date().replace(day=1) - relativedelta(months=1)
        last = first + relativedelta(months=2)
        for source in self.search([("cadence", "!=", False)]):
            source._tell_missing(source._get_missing(first, last, now))

    def _tell_missing(self, missing):
        digest = hashlib.sha256(repr(missing).encode()).hexdigest() if missing else False
        if digest == (self.missing_told or False):
            return
        # sudo: the schedule tells; who may write a source has nothing to do with it.
        source = self.sudo()
        source.missing_told = digest
        source.activity_unlink([_ACTIVITY])
        if not missing:
            return
        count = sum(len(keys) for _account, keys in missing)
        if self._get_period() == "month":
            summary = self.env._("Missing months: %(count)s", count=count)
        else:
            summary = self.env._("Missing days: %(count)s", count=count)
        for user in self._get_responsible():
            source.activity_schedule(_ACTIVITY, summary=summary, note=self._list_missing(missing), user_id=user.id)

    def _list_missing(self, missing):
        """A list of accounts and their days, as HTML."""
        lines = []
        for account, keys in missing:
            days = ", ".join(self._format_period(key) for key in keys[:_NAMED])
            lines.append(f"{account or self.name}: {days}{', ...' if len(keys) > _NAMED else ''}")
        return Markup("<ul>%s</ul>") % Markup().join(Markup("<li>%s</li>") % line for line in lines)
