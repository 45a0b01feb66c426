from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date

from ....engine import schedule
from ...catalog.cycle_terms import read_cycle_terms

CYCLE_UNITS = [("day", "Days"), ("week", "Weeks"), ("month", "Months"), ("quarter", "Quarters"), ("year", "Years")]
_SHORT_PERIODS = [("prorated", "Its share"), ("full", "In full")]


class CloudSubscription(models.Model):
    """When it is billed: how long a period is, where it begins, what a short first or last one owes."""

    _inherit = "cloud.subscription"

    cycle_unit = fields.Selection(
        CYCLE_UNITS,
        string="Period Length",
        default="month",
        required=True,
        help="A billing period lasts so many days, weeks, months, quarters or years. Prices are per period.",
    )
    cycle_count = fields.Integer(string="Billed Every", default=1, required=True)
    cycle_kind = fields.Selection(
        [
            ("calendar", "With the calendar"),
            ("anniversary", "From the day of the start"),
            ("aligned", "With the customer's common date"),
        ],
        string="Billing Periods",
        compute="_compute_cycle_kind",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="When a period begins: with the calendar's months, quarters, years or weeks; on the day on which the "
        "subscription started; or with the customer's common billing date, so that several subscriptions share "
        "their periods.",
    )
    anchor_day = fields.Integer(
        string="Periods Start on Day",
        default=1,
        help="Day of the month on which a period starts, 1 to 31; the last day where a month has fewer. From the day "
        "of the start it only says which day a start at a month's end stands for: 31 is always the last.",
    )
    anchor_date = fields.Date(
        string="Common Date",
        compute="_compute_anchor_date",
        store=True,
        readonly=False,
        precompute=True,
        help="A day on which a period begins; the others follow before and after it. Proposed from the customer.",
    )
    first_period = fields.Selection(
        _SHORT_PERIODS,
        string="Short First Period",
        default="prorated",
        required=True,
        help="What a fee owes for a first period that is shorter than the others.",
    )
    last_period = fields.Selection(
        _SHORT_PERIODS,
        string="Short Last Period",
        default="prorated",
        required=True,
        help="What a fee owes for the period in which the subscription ends.",
    )
    is_month_end = fields.Boolean(
        compute="_compute_is_month_end", help="The day from which its periods count may stand for a later one."
    )
    cycle_text = fields.Char(string="Billed", compute="_compute_cycle_text")

    _cycle_count_positive = models.Constraint("CHECK (cycle_count > 0)", "A billing period lasts 1 or more.")
    _anchor_date_if_aligned = models.Constraint(
        "CHECK ((cycle_kind = 'aligned') = (anchor_date IS NOT NULL))",
        "Periods with the customer's common date need that date: enter it here or on the customer.",
    )

    # === COMPUTE === #

    @api.depends("customer_id")
    def _compute_cycle_kind(self):
        for subscription in self:
            if subscription.customer_id.billing_date and not subscription.is_billed:
                subscription.cycle_kind = "aligned"
            elif not subscription.cycle_kind or (subscription.cycle_kind == "aligned" and not subscription.anchor_date):
                subscription.cycle_kind = "calendar"

    @api.depends("cycle_kind", "customer_id")
    def _compute_anchor_date(self):
        # A later change of the customer's date moves nothing: the subscription keeps what was agreed with it.
        for subscription in self:
            agreed = subscription.anchor_date or subscription.customer_id.billing_date
            subscription.anchor_date = subscription.cycle_kind == "aligned" and agreed

    @api.depends(
        "date_start",
        "date_end",
        "cycle_unit",
        "cycle_count",
        "cycle_kind",
        "anchor_day",
        "anchor_date",
        "line_ids.timing",
    )
    @api.depends_context("lang")
    def _compute_cycle_text(self):
        today = fields.Date.context_today(self)
        for subscription in self:
            try:
                subscription.cycle_text = subscription._get_cycle_text(today)
            except (schedule.ScheduleError, TypeError):
                # Half a form: a date or a number is still missing.
                subscription.cycle_text = False

    @api.depends("date_start", "anchor_date", "cycle_kind")
    def _compute_is_month_end(self):
        for subscription in self:
            origin = subscription.anchor_date or subscription.date_start
            is_short = origin and origin.day < 31 and (origin + timedelta(days=1)).day == 1
            subscription.is_month_end = bool(is_short and subscription.cycle_kind != "calendar")

    # === CONSTRAINTS === #

    @api.constrains("date_start", "cycle_unit", "cycle_count", "cycle_kind", "anchor_day", "anchor_date")
    def _check_cycle(self):
        for subscription in self:
            try:
                schedule.period_containing(subscription._get_cycle(), subscription.date_start, subscription.date_start)
            except schedule.ScheduleError as error:
                raise ValidationError(
                    self.env._(
                        "%(subscription)s: such billing periods cannot be: %(reason)s. Change their length, their "
                        "anchor or the start.",
                        subscription=subscription.name,
                        reason=error,
                    )
                ) from error

    # === BUSINESS === #

    def _get_cycle_terms(self):
        self.ensure_one()
        return read_cycle_terms(self)

    def _get_cycle(self):
        """The engine's Cycle of this subscription."""
        return self._get_cycle_terms().make(self.date_start)

    def _get_cycle_text(self, today):
        """The cycle in words, with the period after the one in which a day lies; False where nothing is known yet."""
        if not self.date_start:
            return False
        cycle, start = self._get_cycle(), self.date_start
        day = max(today, start)
        end = self.date_end or None
        texts = [
            self.env._(
                "%(length)s %(anchor)s, %(timing)s",
                length=self._get_length_text(),
                anchor=self._get_anchor_text(cycle),
                timing=self._get_timing_text(),
            )
        ]
        if end is None or day < end:
            period = schedule.period_containing(cycle, start, day, end)
            if today >= start:
                texts.append(self._get_period_text(self.env._("this period"), period))
            else:
                texts.append(self._get_period_text(self.env._("first period"), period))
            if end is None or period.end < end:
                following = schedule.period_containing(cycle, start, period.end, end)
                texts.append(self._get_period_text(self.env._("next period"), following))
        return "; ".join(texts)

    def _get_length_text(self):
        if self.cycle_count == 1:
            return {
                "day": self.env._("Every day"),
                "week": self.env._("Every week"),
                "month": self.env._("Every month"),
                "quarter": self.env._("Every quarter"),
                "year": self.env._("Every year"),
            }[self.cycle_unit]
        texts = {
            "day": self.env._("Every %(count)s days", count=self.cycle_count),
            "week": self.env._("Every %(count)s weeks", count=self.cycle_count),
            "month": self.env._("Every %(count)s months", count=self.cycle_count),
            "quarter": self.env._("Every %(count)s quarters", count=self.cycle_count),
            "year": self.env._("Every %(count)s years", count=self.cycle_count),
        }
        return texts[self.cycle_unit]

    def _get_anchor_text(self, cycle):
        """From where its periods begin."""
        if self.cycle_unit in ("day", "week"):
            return self.env._("from %(day)s", day=format_date(self.env, self._get_first_boundary(cycle)))
        day = cycle.anchor_day or (1 if cycle.kind == "calendar" else (cycle.origin or self.date_start).day)
        if day == 31:
            return self.env._("from the last day of the month")
        return self.env._("from day %(day)s of the month", day=day)

    def _get_first_boundary(self, cycle):
        """The first day on which a whole period begins."""
        first = schedule.period_containing(cycle, self.date_start, self.date_start)
        return first.start if first.start == first.full_start else first.end

    def _get_timing_text(self):
        timings = set(self.line_ids.mapped("timing"))
        if timings == {"advance"}:
            return self.env._("in advance")
        return self.env._("in advance and in arrears") if "advance" in timings else self.env._("in arrears")

    def _get_period_text(self, name, period):
        return self.env._(
            "%(name)s %(start)s to %(end)s",
            name=name,
            start=format_date(self.env, period.start),
            end=format_date(self.env, period.end - timedelta(days=1)),
        )
