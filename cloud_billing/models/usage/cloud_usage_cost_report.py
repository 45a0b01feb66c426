from odoo import fields, models
from odoo.tools import SQL

from ...fields import DecimalField
from .cloud_usage_source_policy import CHARGE_KINDS, POLICIES
from .usage_schema import ASSIGNMENT_TABLE, EXCEPTION_TABLE, ROW_TABLE, SUMMARY_TABLE

_FIGURES = "quantity, cost_billed, cost_effective, cost_list, cost_contracted"
# What each delivery brought for each stream is added up already. Rows are read only where a part of them belongs to
# somebody else, to another month, or to nobody any more.
_QUERY = f"""
    WITH replaced AS (
        SELECT DISTINCT r.delivery_id, r.stream_id
          FROM {EXCEPTION_TABLE} e
          JOIN {ROW_TABLE} r ON r.id = e.row_id
         WHERE e.kind = 'superseded'
    ),
    part AS (
        SELECT s.*,
               COALESCE(d.billing_month, date_trunc('month', s.first_service_start)::date) AS month,
               d.billing_month,
               p.delivery_id IS NOT NULL
               OR d.billing_month IS NULL
                  AND date_trunc('month', s.first_service_start) <> date_trunc('month', s.last_service_start)
               OR EXISTS (SELECT FROM {ASSIGNMENT_TABLE} a
                           WHERE a.stream_id = s.stream_id
                             AND a.to_number = 0
                             AND (a.utc_start <= s.last_service_start OR a.utc_start IS NULL)
                             AND (a.utc_end > s.first_service_start OR a.utc_end IS NULL)
                             AND (a.utc_start > s.first_service_start OR a.utc_end <= s.last_service_start)) AS is_split
          FROM {SUMMARY_TABLE} s
          JOIN cloud_usage_delivery d ON d.id = s.delivery_id
     LEFT JOIN replaced p ON p.delivery_id = s.delivery_id AND p.stream_id = s.stream_id
         WHERE d.import_number > 0
           AND d.superseded_number = 0
    ),
    figure AS (
        SELECT stream_id, month, first_service_start AS service_start, row_count, {_FIGURES}
          FROM part
         WHERE NOT is_split
     UNION ALL
        SELECT r.stream_id,
               COALESCE(r.billing_month, date_trunc('month', r.service_start)::date),
               r.service_start,
               1,
               {", ".join(f"r.{name}" for name in _FIGURES.split(", "))}
          FROM part
          JOIN {ROW_TABLE} r ON r.delivery_id = part.delivery_id AND r.stream_id = part.stream_id
     LEFT JOIN {EXCEPTION_TABLE} e ON e.row_id = r.id AND e.kind = 'superseded'
         WHERE part.is_split
           AND e.row_id IS NULL
    )
    SELECT ROW_NUMBER() OVER () AS id,
           s.company_id,
           s.source_id,
           f.stream_id,
           f.month,
           l.customer_id,
           a.subscription_line_id,
           a.analytic_account_id,
           s.provider,
           s.provider_account,
           s.sub_account,
           s.sub_account_name,
           s.service,
           s.sku,
           s.sku_name,
           s.region,
           s.charge_kind,
           s.effective_policy AS policy,
           s.unit,
           s.currency,
           SUM(f.row_count)::bigint AS row_count,
           SUM(f.quantity) AS quantity,
           SUM(f.cost_billed) AS cost_billed,
           SUM(f.cost_effective) AS cost_effective,
           SUM(f.cost_list) AS cost_list,
           SUM(f.cost_contracted) AS cost_contracted
      FROM figure f
      JOIN cloud_usage_stream s ON s.id = f.stream_id
 LEFT JOIN {ASSIGNMENT_TABLE} a ON a.stream_id = f.stream_id
                               AND a.to_number = 0
                               AND (a.utc_start IS NULL OR f.service_start >= a.utc_start)
                               AND (a.utc_end IS NULL OR f.service_start < a.utc_end)
 LEFT JOIN cloud_subscription_line l ON l.id = a.subscription_line_id
  GROUP BY s.id, f.stream_id, f.month, l.customer_id, a.subscription_line_id, a.analytic_account_id
"""


class CloudUsageCostReport(models.Model):
    """What usage cost, by month, owner and service: of everything that is live now, billed or not."""

    _name = "cloud.usage.cost.report"
    _description = "Usage by Cost Centre"
    _auto = False
    # By cost in the list; here not, for who may not see costs.
    _order = "month desc, id"

    month = fields.Date(readonly=True, help="The provider's billing month, else that of the service time.")
    company_id = fields.Many2one("res.company", readonly=True)
    source_id = fields.Many2one("cloud.usage.source", readonly=True)
    stream_id = fields.Many2one("cloud.usage.stream", readonly=True)
    customer_id = fields.Many2one("cloud.customer", readonly=True)
    subscription_line_id = fields.Many2one("cloud.subscription.line", readonly=True)
    analytic_account_id = fields.Many2one("account.analytic.account", string="Cost Centre", readonly=True)
    provider = fields.Char(readonly=True)
    provider_account = fields.Char(readonly=True)
    sub_account = fields.Char(readonly=True)
    sub_account_name = fields.Char(readonly=True)
    service = fields.Char(readonly=True)
    sku = fields.Char(string="SKU", readonly=True)
    sku_name = fields.Char(string="SKU Name", readonly=True)
    region = fields.Char(readonly=True)
    charge_kind = fields.Selection(CHARGE_KINDS, readonly=True)
    policy = fields.Selection(POLICIES, string="What It Is For", readonly=True)
    unit = fields.Char(readonly=True)
    currency = fields.Char(
        readonly=True, help="Of the provider's costs; amounts of several currencies are not added up."
    )
    row_count = fields.Integer(string="Rows", readonly=True)
    quantity = DecimalField(currency_field="unit", readonly=True, help="Added up within one unit only.")
    cost_billed = DecimalField(string="Billed Cost", currency_field="currency", readonly=True)
    cost_effective = DecimalField(
        string="Effective Cost",
        currency_field="currency",
        readonly=True,
        help="With the shares of what was paid in advance.",
    )
    cost_list = DecimalField(string="List Cost", currency_field="currency", readonly=True)
    cost_contracted = DecimalField(string="Contracted Cost", currency_field="currency", readonly=True)

    @property
    def _table_query(self):
        return SQL(_QUERY)
