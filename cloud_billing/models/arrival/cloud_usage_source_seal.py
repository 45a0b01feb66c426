from datetime import timedelta
from decimal import Decimal

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models

from ...engine.numbers import exact
from ...fields import DecimalField

# The column in which a provider writes the number of its invoice, as the readers keep it.
INVOICE_TAGS = {"focus": "InvoiceId", "aws_cur": "bill/InvoiceId"}


class CloudUsageSource(models.Model):
    """When a month of a source is complete: by which mark it is final, what must match, and who waits for its seal."""

    _inherit = "cloud.usage.source"

    needs_seal = fields.Boolean(
        compute="_compute_needs_seal",
        store=True,
        readonly=False,
        tracking=True,
        help="Bills that count its usage wait until the month of their accounts is sealed: complete, final and beside"
        " its control totals, or signed by a person with a reason. Proposed for provider bills with a cadence.",
    )
    final_by = fields.Selection(
        [
            ("day", "It came on or after its final day"),
            ("invoice", "Every row of usage has the provider's invoice number"),
            ("unchanged", "It came again unchanged some days after it last changed"),
        ],
        string="Final When",
        default="day",
        required=True,
        tracking=True,
        help="A month that a person called final is final anyway.",
    )
    invoice_tag = fields.Char(
        string="Column of the Invoice Number",
        compute="_compute_invoice_tag",
        store=True,
        readonly=False,
        help="For instance InvoiceId in FOCUS, bill/InvoiceId in reports of AWS.",
    )
    unchanged_days = fields.Integer(string="Unchanged After", default=3, required=True)
    needs_total = fields.Boolean(
        string="Needs a Control Total", help="A month closes itself only where a control total is beside it."
    )
    tolerance_amount = DecimalField(
        default="0",
        required=True,
        help="A total that differs by no more than this matches: of costs, in their currency.",
    )
    tolerance_percent = DecimalField(
        default="0", required=True, help="Or by no more than these percent of what it should be."
    )

    _seal_not_negative = models.Constraint(
        "CHECK (unchanged_days >= 0 AND tolerance_amount >= 0 AND tolerance_percent >= 0)",
        "Days and tolerances are 0 or more.",
    )

    # === COMPUTE === #

    @api.depends("cadence", "shape")
    def _compute_needs_seal(self):
        for source in self:
            source.needs_seal = bool(source.cadence) and source.shape == "snapshot"

    @api.depends("reader")
    def _compute_invoice_tag(self):
        for source in self:
            source.invoice_tag = INVOICE_TAGS.get(source.reader, False)

    # === BUSINESS === #

    def _get_tolerance(self, control):
        """How much of a control total of this source may differ."""
        with exact():
            percent = abs(control.amount) * self.tolerance_percent * Decimal("0.01")
        return max(self.tolerance_amount if control.measure == "cost_billed" else Decimal(0), percent)

    def _is_final(self, partition, now):
        """Whether the provider, or a person, says that a Partition (seal_sql.py) does not change any more.

        Without a final day a month is final once it is over and has arrived.
        """
        over = partition.month + relativedelta(months=1)
        if partition.is_called_final:
            return True
        if self.final_by == "invoice":
            return bool(partition.row_count) and not partition.rows_without_invoice
        if self.final_by == "unchanged":
            confirmed, changed = partition.confirmed_at, partition.changed_at
            wait = timedelta(days=self.unchanged_days)
            return bool(confirmed and confirmed.date() >= over and confirmed >= changed + wait)
        came = max(filter(None, (partition.changed_at, partition.confirmed_at)), default=None)
        if not came:
            return False
        if not self.final_days:
            return now >= self._get_midnight(over)
        return came.date() >= over + timedelta(days=self.final_days)
