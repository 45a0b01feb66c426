from odoo import api, fields, models
from odoo.tools import SQL

from ...fields import DecimalField
from ..usage.usage_schema import ASSIGNMENT_TABLE, EXCEPTION_TABLE, ROW_TABLE
from .broken_messages import explain_broken

_QUERY = f"""
    SELECT e.id,
           e.row_id AS record_id,
           d.company_id,
           r.source_id,
           r.import_id,
           r.stream_id,
           s.provider_account,
           s.service,
           s.unit,
           s.currency,
           l.customer_id,
           r.service_start,
           r.billing_month,
           r.quantity,
           r.cost_billed,
           e.from_number,
           e.to_number,
           e.reason,
           e.check_id,
           e.broken,
           e.user_id,
           e.created_at,
           e.end_reason,
           e.end_user_id,
           e.ended_at,
           CASE WHEN e.to_number > 0 THEN 'ended'
                WHEN d.superseded_number > 0 THEN 'replaced'
                ELSE e.kind
            END AS state
      FROM {EXCEPTION_TABLE} e
      JOIN {ROW_TABLE} r ON r.id = e.row_id
      JOIN cloud_usage_delivery d ON d.id = r.delivery_id
      JOIN cloud_usage_stream s ON s.id = r.stream_id
 LEFT JOIN {ASSIGNMENT_TABLE} a ON a.stream_id = r.stream_id
                               AND a.to_number = 0
                               AND (a.utc_start IS NULL OR r.service_start >= a.utc_start)
                               AND (a.utc_end IS NULL OR r.service_start < a.utc_end)
 LEFT JOIN cloud_subscription_line l ON l.id = a.subscription_line_id
     WHERE e.kind IN ('held', 'waived')
"""


class CloudUsageException(models.Model):
    """A usage row that is, or was, held for review or waived: since when, why, and how much money waits with it.

    Read-only window on facts that `cloud.usage.store` writes; a row that was held twice has two.
    """

    _name = "cloud.usage.exception"
    _description = "Held or Waived Row"
    _auto = False
    _order = "created_at desc, id desc"
    _depends = {
        "cloud.usage.delivery": ["company_id", "superseded_number"],
        "cloud.usage.stream": ["provider_account", "service", "unit", "currency"],
        "cloud.subscription.line": ["customer_id"],
    }

    record_id = fields.Many2one("cloud.usage.record", string="Row", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    source_id = fields.Many2one("cloud.usage.source", readonly=True)
    import_id = fields.Many2one("cloud.usage.import", readonly=True)
    stream_id = fields.Many2one("cloud.usage.stream", readonly=True)
    provider_account = fields.Char(readonly=True)
    service = fields.Char(readonly=True)
    unit = fields.Char(readonly=True)
    currency = fields.Char(readonly=True, help="Of the provider's costs.")
    customer_id = fields.Many2one(
        "cloud.customer", readonly=True, help="Who would be billed for it. Empty: it has no owner."
    )
    service_start = fields.Datetime(readonly=True)
    billing_month = fields.Date(readonly=True)
    quantity = DecimalField(currency_field="unit", readonly=True)
    cost_billed = DecimalField(
        string="Billed Cost", currency_field="currency", readonly=True, help="The money that waits with the row."
    )
    from_number = fields.Integer(string="Since Number", readonly=True, help="Usage as of it and later leaves it out.")
    to_number = fields.Integer(string="Until Number", readonly=True, help="From it on the row counts again. 0: open.")
    check_id = fields.Many2one("cloud.usage.check", readonly=True, help="The check that held it. Empty: a person did.")
    reason = fields.Char(readonly=True, help="What a person said, or the name of the check.")
    broken = fields.Json(readonly=True)
    why = fields.Char(compute="_compute_why", help="With the figures by which it broke its checks.")
    user_id = fields.Many2one("res.users", string="By", readonly=True)
    created_at = fields.Datetime(string="Since", readonly=True)
    end_reason = fields.Char(string="Why It Ended", readonly=True)
    end_user_id = fields.Many2one("res.users", string="Ended By", readonly=True)
    ended_at = fields.Datetime(string="Ended", readonly=True)
    state = fields.Selection(
        [("held", "Held for review"), ("waived", "Waived"), ("ended", "Decided"), ("replaced", "Replaced")],
        readonly=True,
        help="Decided: released, or waived after it was held. Replaced: its month was delivered again or undone; what"
        " people decided of a row holds for the same row of the next delivery.",
    )
    age = fields.Integer(string="Days", compute="_compute_age", help="Days since it is held, or was until it ended.")

    @property
    def _table_query(self):
        return SQL(_QUERY)

    # === COMPUTE === #

    @api.depends("created_at", "ended_at")
    def _compute_age(self):
        now = fields.Datetime.now()
        for exception in self:
            # The clock is cut to the second and the fact's moment is not: a fresh one would be held since tomorrow.
            since = (exception.created_at or now).replace(microsecond=0)
            exception.age = ((exception.ended_at or now) - since).days

    @api.depends("record_id")
    def _compute_display_name(self):
        for exception in self:
            exception.display_name = exception.record_id.display_name

    @api.depends("broken", "reason")
    @api.depends_context("lang")
    def _compute_why(self):
        for exception in self:
            sentences = explain_broken(self.env, exception.broken or [], exception.source_id.tz)
            exception.why = " ".join(sentences) or exception.reason

    # === ACTIONS === #

    def action_ask_release(self):
        """Ask why these rows are released."""
        return self.record_id.action_ask_release()

    def action_ask_waive(self):
        """Ask why these rows are waived."""
        return self.record_id.action_ask_waive()

    def action_open_row(self):
        """The row with all its columns."""
        self.ensure_one()
        return self.record_id.get_formview_action()
