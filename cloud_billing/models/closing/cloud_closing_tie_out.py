from odoo import fields, models
from odoo.tools import SQL

from ...fields import DecimalField

# What a month's end accrued of a line of a contract, beside what invoices after it have billed for the same days.
# True-ups have no line: they are compared by customer.
_QUERY = """
    WITH accrued AS (
        SELECT l.closing_id, l.company_id, closing.date_end, closing.state, l.customer_id, l.subscription_id,
               l.subscription_line_id, l.currency_id, SUM(l.amount) AS amount,
               SUM(l.company_amount) AS company_amount
          FROM cloud_closing_line l
          JOIN cloud_closing closing ON closing.id = l.closing_id
         WHERE l.kind = 'accrued_income'
      GROUP BY l.closing_id, l.company_id, closing.date_end, closing.state, l.customer_id, l.subscription_id,
               l.subscription_line_id, l.currency_id
    )
    SELECT row_number() OVER (ORDER BY a.closing_id, a.customer_id, a.subscription_line_id) AS id,
           a.*,
           -COALESCE(reversed.amount, 0) AS reversed_amount,
           COALESCE(invoiced.amount, 0) AS invoiced_amount,
           COALESCE(invoiced.amount, 0) - a.amount AS difference,
           COALESCE(invoiced.count, 0) AS invoice_count,
           CASE WHEN COALESCE(invoiced.count, 0) = 0 THEN 'open'
                WHEN invoiced.amount = a.amount THEN 'equal'
                ELSE 'different'
            END AS outcome
      FROM accrued a
 LEFT JOIN LATERAL (
           SELECT a.amount
             FROM account_move m
            WHERE m.cloud_closing_id = a.closing_id
              AND m.cloud_closing_part = 'reversal'
              AND m.state = 'posted'
           ) reversed ON TRUE
 LEFT JOIN LATERAL (
           SELECT COUNT(DISTINCT ml.move_id) AS count,
                  SUM(round(net.amount * GREATEST(LEAST(r.service_end, a.date_end + 1) - r.service_start, 0)
                            / (r.service_end - r.service_start), currency.decimal_places)) AS amount
             FROM cloud_rated_line r
             JOIN cloud_charge c ON c.id = r.charge_id AND c.is_live
             JOIN account_move_line ml ON ml.id = r.move_line_id
             JOIN account_move m ON m.id = ml.move_id AND m.state = 'posted' AND m.date > a.date_end
             JOIN res_currency currency ON currency.id = a.currency_id
             JOIN LATERAL (SELECT SUM(other.amount) AS whole
                             FROM cloud_rated_line other
                            WHERE other.move_line_id = ml.id) line ON TRUE
             JOIN LATERAL (SELECT CASE WHEN line.whole = 0 THEN r.amount
                                       ELSE round(-ml.amount_currency * r.amount / line.whole,
                                                  currency.decimal_places) END AS amount) net ON TRUE
            WHERE r.customer_id = a.customer_id
              AND r.subscription_line_id IS NOT DISTINCT FROM a.subscription_line_id
              AND r.currency_id = a.currency_id
              AND r.service_start <= a.date_end
           ) invoiced ON TRUE
"""


class CloudClosingTieOut(models.Model):
    """Accrued income, its reversal, and what was invoiced for the same service afterwards: each line of a contract."""

    _name = "cloud.closing.tie.out"
    _description = "Accrued and Later Invoiced"
    _auto = False
    _order = "date_end desc, customer_id, subscription_line_id"
    _rec_name = "subscription_line_id"

    closing_id = fields.Many2one("cloud.closing", string="Month End", readonly=True)
    date_end = fields.Date(string="Accrued At", readonly=True)
    state = fields.Char(string="State of the Month End", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    customer_id = fields.Many2one("cloud.customer", readonly=True)
    subscription_id = fields.Many2one("cloud.subscription", readonly=True)
    subscription_line_id = fields.Many2one(
        "cloud.subscription.line", readonly=True, help="Empty: true-ups of minimums."
    )
    currency_id = fields.Many2one("res.currency", readonly=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")
    amount = DecimalField(string="Accrued", currency_field="currency_id", readonly=True)
    company_amount = DecimalField(
        string="Accrued in Company Currency", currency_field="company_currency_id", readonly=True
    )
    reversed_amount = DecimalField(
        string="Reversed", currency_field="currency_id", readonly=True, help="On the first day after the month."
    )
    invoiced_amount = DecimalField(
        string="Invoiced Since",
        currency_field="currency_id",
        readonly=True,
        help="Net, on posted invoices dated after the month, for the days up to its end.",
    )
    difference = DecimalField(
        currency_field="currency_id", readonly=True, help="What was invoiced more: usage or prices became known later."
    )
    invoice_count = fields.Integer(string="Invoices", readonly=True)
    outcome = fields.Selection(
        [("open", "Not invoiced yet"), ("equal", "Invoiced as accrued"), ("different", "Invoiced differently")],
        readonly=True,
    )

    @property
    def _table_query(self):
        return SQL(_QUERY)
