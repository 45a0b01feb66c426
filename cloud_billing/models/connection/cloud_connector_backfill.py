from datetime import timezone
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from .fetch_windows import get_midnight


class CloudConnectorBackfill(models.Model):
    """A past range that is fetched window by window, beside the schedule; it can be paused and stopped.

    It is here up to `position`, which moves behind each window that was taken in and committed.
    """

    _name = "cloud.connector.backfill"
    _description = "Back-fill"
    _order = "id desc"
    _rec_name = "connector_id"

    connector_id = fields.Many2one("cloud.connector", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="connector_id.company_id", store=True, index=True)
    date_start = fields.Date(string="From", required=True)
    date_end = fields.Date(string="Until", required=True, help="The first day that is not fetched.")
    state = fields.Selection(
        [("running", "Running"), ("paused", "Paused"), ("stopped", "Stopped"), ("done", "Done")],
        default="running",
        required=True,
        readonly=True,
    )
    position = fields.Datetime(readonly=True, string="Fetched Up To")
    window_count = fields.Integer(compute="_compute_progress", string="Windows")
    done_count = fields.Integer(compute="_compute_progress", string="Windows Done")
    progress = fields.Float(compute="_compute_progress", help="Percent of the windows.")
    retry_at = fields.Datetime(readonly=True, string="Next Try")
    failures = fields.Integer(readonly=True, default=0, required=True)
    run_ids = fields.One2many("cloud.connector.run", "backfill_id", string="Activity", readonly=True)
    story = fields.Char(compute="_compute_story", string="How It Stands")

    _range_possible = models.Constraint("CHECK (date_start < date_end)", "A back-fill ends after it begins.")
    _one_at_a_time = models.UniqueIndex(
        "(connector_id) WHERE state IN ('running', 'paused')",
        "A back-fill of this connector is under way: stop it, or wait for its end.",
    )

    # === COMPUTE === #

    @api.depends("date_start", "date_end", "position", "state")
    def _compute_progress(self):
        for backfill in self:
            windows = backfill._get_windows(fields.Datetime.now()) if backfill.date_start and backfill.date_end else []
            done = [end for _start, end in windows if backfill.state == "done" or backfill._is_behind(end)]
            backfill.window_count, backfill.done_count = len(windows), len(done)
            backfill.progress = 100.0 * len(done) / len(windows) if windows else 0.0

    @api.depends("date_start", "date_end", "position", "state", "failures")
    @api.depends_context("lang")
    def _compute_story(self):
        labels = dict(self._fields["state"]._description_selection(self.env))
        for backfill in self:
            backfill.story = self.env._(
                "Back-fill of %(start)s to %(end)s: %(state)s, %(done)s of %(count)s windows.",
                start=format_date(self.env, backfill.date_start),
                end=format_date(self.env, backfill.date_end),
                state=labels[backfill.state].lower(),
                done=backfill.done_count,
                count=backfill.window_count,
            )

    @api.constrains("date_end")
    def _check_past(self):
        for backfill in self:
            if backfill.date_end > fields.Date.context_today(self):
                raise ValidationError(self.env._("A back-fill is of the past: end it today or before."))

    # === ACTIONS === #

    def action_start(self):
        """Begin, as soon as a worker is free: what the dialog's button does."""
        self.connector_id._begin("active")
        self.env["cloud.connector.fetcher"]._wake_up()
        return {"type": "ir.actions.act_window_close"}

    def action_pause(self):
        """Stop behind the window that is being fetched, for a while."""
        self._change("running", "paused")

    def action_resume(self):
        """Go on behind the last window."""
        self._change("paused", "running", retry_at=False, failures=0)
        self.env["cloud.connector.fetcher"]._wake_up()

    def action_stop(self):
        """End it where it stands; what was fetched stays."""
        self.filtered(lambda one: one.state == "running")._change("running", "stopped")
        self.filtered(lambda one: one.state == "paused")._change("paused", "stopped")

    def _change(self, former, state, **vals):
        self.connector_id._begin("active", "paused", "setup")
        if any(backfill.state != former for backfill in self):
            raise UserError(self.env._("This back-fill has gone on meanwhile. Look again."))
        # sudo: operators run connectors, which only administrators write; their role was checked above.
        self.sudo().write({"state": state, **vals})

    # === BUSINESS === #

    def _get_windows(self, now):
        """[(start, end), ...] of the whole range, aware and in UTC, oldest first."""
        self.ensure_one()
        zone = ZoneInfo(self.connector_id.source_id.tz)
        start, end = (get_midnight(day, zone) for day in (self.date_start, self._get_end_day()))
        return self.connector_id._plan(start, min(end, now.replace(tzinfo=timezone.utc)))

    def _get_end_day(self):
        """The first day that is not asked for: of a source that restates months the first of one, because half a month
        would take the place of the whole one.
        """
        first = self.date_end.replace(day=1)
        if self.connector_id.source_id.shape != "snapshot" or first == self.date_end:
            return self.date_end
        return first + relativedelta(months=1)

    def _get_left(self, now):
        """The windows that are still to be fetched."""
        return [(start, end) for start, end in self._get_windows(now) if not self._is_behind(end)]

    def _is_behind(self, moment):
        return bool(self.position) and moment.replace(tzinfo=None) <= self.position

    def _set_position(self, end, is_last):
        """A window was taken in as a whole."""
        vals = {"position": end.replace(tzinfo=None), "retry_at": False, "failures": 0}
        # Somebody may have paused or stopped it meanwhile: that stays.
        if is_last and self.state == "running":
            vals["state"] = "done"
        self.write(vals)
