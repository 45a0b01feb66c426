import time

from odoo import models
from odoo.addons.base.models.ir_cron import MIN_TIME_PER_JOB
from odoo.tools import config

from .usage_importer import OutOfTime

# Of one call of the scheduled action. Who goes on behind a mark looks for the place again, which costs a second per
# million rows of a compressed file: Odoo's ten seconds would go into that.
_CALL_SECONDS = 40
# A scheduled action that takes longer than Odoo allows is killed, and the end of an import may take twice a call.
_PART_OF_LIMIT = 3
_END_SECONDS_PER_ROW = 10e-6


class CloudUsageImporter(models.AbstractModel):
    """How long one call of the scheduled action works before other ones have their turn."""

    _inherit = "cloud.usage.importer"

    def _with_time(self):
        """The importer whose time ends so long after the scheduled action began; elsewhere it never ends."""
        end = self.env.context.get("cron_end_time")
        return self.with_context(cron_end_time=end - MIN_TIME_PER_JOB + _get_call_seconds()) if end else self

    def _is_time_over(self):
        """Whether this call comes after the time is over: Odoo calls ten times before it looks at the clock."""
        return time.monotonic() >= self.env.context.get("cron_end_time", float("inf"))

    def _check_time(self, needed=0):
        """Raise OutOfTime where the scheduled action has not more than `needed` seconds left."""
        if self.env["ir.cron"]._commit_progress() <= needed:
            raise OutOfTime

    def _check_time_for_end(self, usage_import):
        """Leave the end of a large import, which is one long statement, to the first half of a call."""
        self._check_time(min(usage_import.rows_read * _END_SECONDS_PER_ROW, _get_call_seconds() / 2))


def _get_call_seconds():
    """Seconds that a call works: 40, or a third of what Odoo allows a scheduled action where that is less."""
    limit = config["limit_time_real_cron"]
    if limit < 0:
        limit = config["limit_time_real"]
    return min(_CALL_SECONDS, limit / _PART_OF_LIMIT) if limit else _CALL_SECONDS
