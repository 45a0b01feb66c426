from datetime import timezone
from zoneinfo import ZoneInfo

from odoo import fields, models

from . import fetch_windows


class CloudConnector(models.Model):
    """Which stretches of time a connector is asked for."""

    _inherit = "cloud.connector"

    backfill_ids = fields.One2many("cloud.connector.backfill", "connector_id", string="Back-fills")

    # === ACTIONS === #

    def action_backfill(self):
        """Ask for the range of a back-fill."""
        self.ensure_one()
        self._begin("active")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Back-fill"),
            "res_model": "cloud.connector.backfill",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_connector_id": self.id, "default_date_end": fields.Date.to_string(self.fetch_from)},
        }

    # === BUSINESS === #

    def _plan(self, since, until, overlap=None):
        """[(start, end), ...] to ask for, aware and in UTC: whole months of a bill, pieces of an event stream."""
        self.ensure_one()
        engine = self._get_engine()
        wait = {} if overlap is None else {"overlap": overlap}
        if not engine.has_windows:
            return [(since, until)] if since < until else []
        if self.source_id.shape == "snapshot":
            return fetch_windows.plan_months(since, until, ZoneInfo(self.source_id.tz), **wait)
        return fetch_windows.plan_stretches(since, until, engine.max_window, **wait)

    def _get_due_windows(self, now):
        """What a scheduled fetch asks for at a moment (naive UTC)."""
        until = now.replace(tzinfo=timezone.utc)
        start = fetch_windows.get_midnight(self.fetch_from, ZoneInfo(self.source_id.tz))
        if not self._get_engine().has_windows:
            return [(start, until)]
        if not self.watermark:
            return self._plan(start, until)
        since = self.watermark.replace(tzinfo=timezone.utc)
        overlap = min(self._get_engine().overlap, max(since - start, since - since))
        return self._plan(since, until, overlap)
