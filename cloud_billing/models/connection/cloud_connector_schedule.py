from datetime import timezone
from zoneinfo import ZoneInfo

from odoo import fields, models
from odoo.exceptions import UserError

from . import fetch_times


class CloudConnector(models.Model):
    """When a connector is fetched: turned on, by schedule, by hand, paused."""

    _inherit = "cloud.connector"

    # === ACTIONS === #

    def action_turn_on(self):
        """Put what is set up in use: from now on it is fetched by schedule."""
        self._check_administrator()
        now = fields.Datetime.now()
        for connector in self._begin("setup"):
            problems = connector._get_problems(connector._get_options())
            if problems:
                raise UserError("\n".join(problems))
            connector._check_hosts()
            connector.write({"state": "active", "failures": 0, "next_at": connector._get_next(now, is_first=True)})
        self.env["cloud.connector.fetcher"]._wake_up()

    def action_fetch(self):
        """Fetch what is new as soon as a worker is free, beside the schedule."""
        connectors = self._begin("active")
        connectors.write({"is_asked": True, "asked_by_id": self.env.uid, "next_at": fields.Datetime.now()})
        self.env["cloud.connector.fetcher"]._wake_up()
        return self._notify(self.env._("It is fetched within a minute. What comes of it is told under Activity."))

    def action_pause(self):
        """Fetch nothing until somebody resumes it; what is being taken in is finished."""
        for connector in self._begin("active"):
            connector.write({"state": "paused", "paused_by_id": self.env.uid})
            connector.message_post(body=self.env._("Paused by %(user)s.", user=self.env.user.name))

    def action_resume(self):
        """Go on where it was paused, at once."""
        for connector in self._begin("paused"):
            connector.write({"state": "active", "paused_by_id": False, "next_at": fields.Datetime.now()})
            connector.message_post(body=self.env._("Resumed by %(user)s.", user=self.env.user.name))
        self.env["cloud.connector.fetcher"]._wake_up()

    # === BUSINESS === #

    def _get_next(self, now, is_first=False):
        """When it is fetched next, as naive UTC after `now`; the first time at once; False where only by hand."""
        if self.schedule == "hand":
            return False
        if is_first:
            return now
        moment, zone = now.replace(tzinfo=timezone.utc), ZoneInfo(self.tz)
        if self.schedule == "hours":
            found = fetch_times.get_next_hours(moment, self.every_hours)
        elif self.schedule == "daily":
            found = fetch_times.get_next_daily(moment, self.at_hour, zone)
        else:
            found = fetch_times.get_next_monthly(moment, self.on_day, self.at_hour, zone)
        return found.replace(tzinfo=None)

    def _notify(self, message):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"message": message, "type": "info", "next": {"type": "ir.actions.act_window_close"}},
        }
