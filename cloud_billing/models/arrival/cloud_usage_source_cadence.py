from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.tools import format_date

# Looked after at most so long back; older months are as they are.
MONTHS_BACK = 3


class CloudUsageSource(models.Model):
    """How often a source delivers, by when, and so what of it is missing."""

    _inherit = "cloud.usage.source"

    cadence = fields.Selection(
        [("hourly", "Every hour"), ("daily", "Every day"), ("monthly", "Every month")],
        string="Usage Of",
        tracking=True,
        help="Of what its accounts have usage: then a day, an hour or a month without any is missing. Empty: nothing is"
        " expected.",
    )
    expected_hours = fields.Integer(
        string="There After",
        default=24,
        required=True,
        tracking=True,
        help="Hours after a day's end by which it is delivered; later is late. Months are expected as said below.",
    )

    _expected_hours_not_negative = models.Constraint(
        "CHECK (expected_hours >= 0)", "The hours after a day's end are 0 or more."
    )

    # === ACTIONS === #

    def action_open_calendar(self):
        """The completeness calendar of this source."""
        self.ensure_one()
        return self._open_calendar()

    def _open_calendar(self, month=None):
        """The calendar at a month (date), else at the current one."""
        action = self.env["ir.actions.client"]._for_xml_id("cloud_billing.cloud_usage_calendar_action")
        context = {"source_id": self.id, "month": month and fields.Date.to_string(month)}
        return {**action, "context": context}

    # === BUSINESS: EXPECTED === #

    @api.model
    def _get_first_expected(self):
        """The source that the calendar opens with: one that says how often it delivers, else any."""
        return self.search([("cadence", "!=", False)], limit=1) or self.search([], limit=1)

    def _get_period(self):
        """By what its completeness is shown: 'day' or 'month'."""
        return "month" if self.cadence == "monthly" else "day"

    def _get_wait(self):
        """The interval text after the end of a day or month by which it is there."""
        if self._get_period() == "month":
            return f"{self.expected_days} days"
        return f"{self.expected_hours} hours"

    def _get_due(self, start):
        """The moment (naive UTC) by which the day or month that starts on `start` is there; None: nobody waits."""
        if not self.cadence or (self.cadence == "monthly" and not self.expected_days):
            return None
        _first, last = self._get_bounds(start)
        return last + (
            timedelta(days=self.expected_days) if self.cadence == "monthly" else timedelta(hours=self.expected_hours)
        )

    def _get_bounds(self, start):
        """[first, last) in naive UTC of the day or month that starts on a local date of the source."""
        step = relativedelta(months=1) if self._get_period() == "month" else relativedelta(days=1)
        return tuple(self._get_midnight(day) for day in (start, start + step))

    def _get_midnight(self, day):
        local = datetime.combine(day, datetime.min.time(), ZoneInfo(self.tz))
        return local.astimezone(timezone.utc).replace(tzinfo=None)

    def _format_period(self, start):
        return format_date(self.env, start, date_format="MMMM y" if self._get_period() == "month" else "EEE d MMM y")
