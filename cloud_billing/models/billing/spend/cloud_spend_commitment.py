from odoo import api, fields, models

from ....engine import schedule
from ....engine.numbers import divide, exact, parse_decimal, round_to, trim
from ....fields import DecimalField
from .spend_share import get_share

_ZERO = parse_decimal(0)
_HUNDRED = parse_decimal(100)


class CloudSpendCommitment(models.Model):
    """What was billed of a minimum or commitment so far, and its true-ups."""

    _inherit = "cloud.spend.commitment"

    charge_ids = fields.One2many("cloud.charge", "commitment_id", string="True-ups")
    charge_count = fields.Integer(string="Number of True-ups", compute="_compute_charge_count")
    progress_start = fields.Date(
        string="Counted From",
        compute="_compute_progress",
        help="Of the billing period that today lies in, or the term.",
    )
    progress_end = fields.Date(string="Counted Until", compute="_compute_progress", help="First day after it.")
    due_amount = DecimalField(
        string="Committed",
        compute="_compute_progress",
        currency_field="currency_id",
        help="The amount; of a short period, where it is prorated, its share.",
    )
    billed_amount = DecimalField(
        string="Billed So Far",
        compute="_compute_progress",
        currency_field="currency_id",
        help="On posted invoices, less what was corrected.",
    )
    open_amount = DecimalField(
        string="Still Missing",
        compute="_compute_progress",
        currency_field="currency_id",
        help="What would be billed as a true-up if nothing more was charged.",
    )
    progress = fields.Float(string="Billed %", compute="_compute_progress", digits=(5, 1))
    days_left = fields.Integer(compute="_compute_progress", help="Until the end of the billing period or the term.")

    # === COMPUTE === #

    def _compute_charge_count(self):
        groups = self.env["cloud.charge"]._read_group(
            [("commitment_id", "in", self.ids)], ["commitment_id"], ["__count"]
        )
        counts = {commitment.id: count for commitment, count in groups}
        for commitment in self:
            commitment.charge_count = counts.get(commitment._origin.id, 0)

    @api.depends("state", "amount", "date_start", "date_end", "kind", "scope", "is_prorated", "cycle_kind")
    def _compute_progress(self):
        today = fields.Date.context_today(self)
        shown = {commitment: commitment._get_interval(today) for commitment in self}
        counted = [commitment for commitment, interval in shown.items() if interval and commitment._origin.id]
        sums = self.env["cloud.spend.sums"]._add_up([shown[commitment] for commitment in counted], only_billed=True)
        amounts = dict(zip(counted, (amount for amount, _has_errors in sums), strict=True))
        for commitment, interval in shown.items():
            if commitment not in amounts:
                commitment.update(
                    dict.fromkeys(
                        ("progress_start", "progress_end", "due_amount", "billed_amount", "open_amount", "progress"),
                        False,
                    )
                )
                commitment.days_left = 0
                continue
            commitment._set_progress(interval, amounts[commitment], today)

    def _set_progress(self, interval, billed, today):
        with exact():
            due = self._get_due_amount(interval)
            missing = max(due - billed, _ZERO)
            percent = divide(billed * _HUNDRED, due)
        self.progress_start, self.progress_end = interval["service_start"], interval["service_end"]
        self.due_amount, self.billed_amount, self.open_amount = due, billed, missing
        self.progress = float(min(max(percent, _ZERO), _HUNDRED))
        self.days_left = max((interval["service_end"] - today).days, 0)

    # === ACTIONS === #

    def action_view_charges(self):
        """The true-ups of this minimum or commitment, and their corrections."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_charge_action")
        return {**action, "domain": [("commitment_id", "=", self.id)], "context": {}}

    # === BUSINESS === #

    def _get_interval(self, today):
        """The billing period or term that a day lies in, the nearest one where it lies outside, or None.

        A dict as `cloud.spend.due` gives them: commitment_id, service_start, service_end, full_start, full_end.
        """
        self.ensure_one()
        start, end = self.date_start, self.date_end or None
        if self.state != "approved" or not start:
            return None
        if self.kind == "term":
            return self._make_interval(start, end, start, end)
        owner = self.subscription_id
        first = max(start, owner.date_start) if owner else start
        last = min((day for day in (end, owner.date_end) if day), default=None)
        if last and last <= first:
            return None
        day = max(first, min(today, fields.Date.subtract(last, days=1)) if last else today)
        cycle = owner._get_cycle() if owner else schedule.Cycle(kind=self.cycle_kind)
        period = schedule.period_containing(cycle, owner.date_start or start, day)
        return self._make_interval(
            max(first, period.start), min(last or period.end, period.end), period.full_start, period.full_end
        )

    def _make_interval(self, start, end, full_start, full_end):
        return {
            "commitment_id": self._origin.id,
            "service_start": start,
            "service_end": end,
            "full_start": full_start,
            "full_end": full_end,
        }

    def _get_due_amount(self, interval):
        """The minimum of an interval, or its share of a short one, rounded for reading."""
        proration = get_share(interval, self.is_prorated and self.kind == "period")
        if not proration:
            return self.amount
        share = divide(self.amount * proration.numerator, parse_decimal(proration.denominator))
        return round_to(share, trim(parse_decimal(repr(self.currency_id.rounding))))

    def _get_billed_until(self):
        # sudo: whether something was charged decides what may change, also for people who may not see charges.
        charges = self.env["cloud.charge"].sudo()
        groups = charges._read_group(
            [("commitment_id", "in", self.ids), ("is_live", "=", True)], [], ["service_end:max"]
        )
        return groups[0][0] or None
