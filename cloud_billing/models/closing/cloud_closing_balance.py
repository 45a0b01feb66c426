from odoo import fields, models
from odoo.tools import SQL

from ...fields import DecimalField

# Debit is positive, as in the ledger. What the ledger holds is asked of posted entries dated up to the month's end.
_QUERY = """
    WITH should AS (
        SELECT closing_id, company_id, kind, counter_account_id AS account_id,
               SUM(CASE kind WHEN 'accrued_income' THEN company_amount
                             WHEN 'accrued_cost' THEN -company_amount
                             ELSE -remaining_amount END) AS amount
          FROM cloud_closing_line
      GROUP BY closing_id, company_id, kind, counter_account_id
    ),
    account AS (
        SELECT closing_id, company_id, account_id, SUM(amount) AS amount,
               string_agg(kind, ', ' ORDER BY kind) AS kinds
          FROM should
      GROUP BY closing_id, company_id, account_id
    )
    SELECT row_number() OVER (ORDER BY a.closing_id, a.account_id) AS id,
           a.closing_id,
           a.company_id,
           a.account_id,
           a.amount,
           COALESCE(ledger.amount, 0) AS ledger_amount,
           COALESCE(ledger.amount, 0) - a.amount AS difference,
           COALESCE(ledger.amount, 0) <> a.amount AS is_different
      FROM account a
      JOIN cloud_closing closing ON closing.id = a.closing_id
 LEFT JOIN LATERAL (
           SELECT SUM(ml.balance) AS amount
             FROM account_move_line ml
            WHERE ml.account_id = a.account_id
              AND ml.company_id = a.company_id
              AND ml.parent_state = 'posted'
              AND ml.date <= closing.date_end
           ) ledger ON TRUE
"""


class CloudClosingBalance(models.Model):
    """What accounts should hold at a month's end, by its lines, beside what the ledger holds."""

    _name = "cloud.closing.balance"
    _description = "Tie-out of a Month End with the Ledger"
    _auto = False
    _order = "closing_id desc, account_id"
    _rec_name = "account_id"

    closing_id = fields.Many2one("cloud.closing", string="Month End", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    account_id = fields.Many2one("account.account", readonly=True)
    amount = DecimalField(
        string="By the Lines", currency_field="currency_id", readonly=True, help="Debit is positive, credit negative."
    )
    ledger_amount = DecimalField(
        string="In the Ledger",
        currency_field="currency_id",
        readonly=True,
        help="Balance of posted entries dated up to the month's end.",
    )
    difference = DecimalField(
        currency_field="currency_id",
        readonly=True,
        help="What the ledger holds more. Before the month's end is posted it is the whole balance.",
    )
    is_different = fields.Boolean(readonly=True)

    @property
    def _table_query(self):
        return SQL(_QUERY)
