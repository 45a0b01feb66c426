from datetime import timedelta
from functools import partial

from odoo import fields, models


class CloudUsageImporter(models.AbstractModel):
    """Ends imports that have collected long enough; the way to their number is that of every import."""

    _inherit = "cloud.usage.importer"

    # === BUSINESS: IN THE BACKGROUND === #

    def _cron_import_usage(self):
        self._in_transaction(partial(self._end_collected, fields.Datetime.now()))
        return super()._cron_import_usage()

    def _end_collected(self, now):
        """Whoever pushes next ends an import whose time is over; this is for sources to which nobody pushes now."""
        self.env["cloud.usage.import"].search(
            [("state", "=", "collecting"), ("collect_until", "<=", now - timedelta(seconds=1))]
        )._end_collecting()

    def _prepare(self, usage_import, token):
        if usage_import.is_push:
            usage_import._add_up_batches()
        return super()._prepare(usage_import, token)
