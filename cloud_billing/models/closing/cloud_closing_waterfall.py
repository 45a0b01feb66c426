from odoo import fields, models
from odoo.tools import SQL

from ...fields import DecimalField

# What is still deferred at the end of each month is what day_shares.take_served leaves of it: halves away from zero,
# div() is exact. A month releases the difference of two such balances, so that the months of a line add up to it.
_QUERY = """
    WITH cut AS (
        SELECT l.*, closing.date_end, closing.state AS closing_state,
               currency.rounding, currency.decimal_places,
               CASE WHEN l.source = 'freed' THEN 1
                    ELSE (date_part('year', l.service_end - 1) - date_part('year', closing.date_end)) * 12
                         + date_part('month', l.service_end - 1) - date_part('month', closing.date_end)
                END::integer AS months
          FROM cloud_closing_line l
          JOIN cloud_closing closing ON closing.id = l.closing_id
          JOIN res_company company ON company.id = l.company_id
          JOIN res_currency currency ON currency.id = company.currency_id
         WHERE l.remaining_amount <> 0
    ),
    balance AS (
        SELECT cut.*, number,
               (date_trunc('month', date_end) + number * interval '1 month')::date AS month,
               CASE WHEN source = 'freed' THEN CASE number WHEN 0 THEN company_total ELSE 0 END
                    ELSE company_total - sign(company_total) * rounding * div(
                         2 * abs(company_total)
                         * GREATEST(LEAST((date_trunc('month', date_end) + (number + 1) * interval '1 month')::date,
                                          service_end) - service_start, 0)
                         + (service_end - service_start) * rounding,
                         2 * (service_end - service_start) * rounding)
                END AS amount_left
          FROM cut
          JOIN LATERAL generate_series(0, months) AS number ON TRUE
    ),
    release AS (
        SELECT balance.*,
               lag(amount_left) OVER (PARTITION BY balance.id ORDER BY number) - amount_left AS amount_released
          FROM balance
    )
    SELECT row_number() OVER (ORDER BY closing_id, id, number) AS id,
           id AS line_id,
           closing_id,
           closing_state AS state,
           date_end,
           company_id,
           customer_id,
           subscription_id,
           product_id,
           account_id,
           month,
           round(amount_released, decimal_places) AS amount
      FROM release
     WHERE number > 0
       AND amount_released <> 0
"""


class CloudClosingWaterfall(models.Model):
    """When the revenue that is deferred at a month's end will be earned, month by month, in the company's currency."""

    _name = "cloud.closing.waterfall"
    _description = "Deferred Revenue by Month"
    _auto = False
    _order = "date_end desc, month, customer_id"
    _rec_name = "month"

    line_id = fields.Many2one("cloud.closing.line", readonly=True)
    closing_id = fields.Many2one("cloud.closing", string="Month End", readonly=True)
    state = fields.Char(string="State of the Month End", readonly=True)
    date_end = fields.Date(string="Deferred At", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    customer_id = fields.Many2one("cloud.customer", readonly=True)
    subscription_id = fields.Many2one("cloud.subscription", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    account_id = fields.Many2one("account.account", string="Income Account", readonly=True)
    month = fields.Date(string="Earned In", readonly=True)
    amount = DecimalField(string="Earned", currency_field="currency_id", readonly=True)

    @property
    def _table_query(self):
        return SQL(_QUERY)
