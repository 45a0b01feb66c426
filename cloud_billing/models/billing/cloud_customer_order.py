from decimal import Decimal

from odoo import fields, models
from odoo.tools import SQL

from ...engine.numbers import exact, parse_decimal
from ...fields import DecimalField

_ZERO = Decimal(0)


class CloudCustomerOrder(models.Model):
    """What is left of an order: its budget less the sum of posted bills, their credit notes given back. No counter."""

    _inherit = "cloud.customer.order"

    bill_ids = fields.One2many("cloud.bill", "order_id", string="Bills")
    billed_amount = DecimalField(string="Billed", compute="_compute_billed", currency_field="currency_id")
    remaining_amount = DecimalField(
        string="Remaining", compute="_compute_billed", currency_field="currency_id", help="Empty: there is no budget."
    )
    state = fields.Selection(
        [
            ("coming", "Not yet valid"),
            ("open", "Open"),
            ("used", "Used up"),
            ("expired", "Expired"),
            ("closed", "Closed"),
        ],
        compute="_compute_billed",
    )

    # === COMPUTE === #

    def _compute_billed(self):
        billed, today = self._fetch_billed(), fields.Date.context_today(self)
        for order in self:
            order.billed_amount = billed.get(order._origin.id, _ZERO)
            with exact():
                order.remaining_amount = None if order.amount is None else order.amount - order.billed_amount
            order.state = order._get_state_on(today)

    def _get_state_on(self, day):
        """The state of one order for an invoice of a day."""
        if self.is_closed:
            return "closed"
        if self.date_start and day < self.date_start:
            return "coming"
        if self.date_end and day >= self.date_end:
            return "expired"
        return "used" if self.remaining_amount is not None and self.remaining_amount <= 0 else "open"

    # === ACTIONS === #

    def action_view_bills(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_bill_action")
        return {**action, "domain": [("order_id", "=", self.id)], "context": {}}

    # === BUSINESS === #

    def _fetch_billed(self):
        """{order id: sum of its posted bills}, in one statement.

        A credit note that is a bill of its own counts as that. One that was made of such an invoice gives back what it
        credits, by its share of the invoice's total: so a gross plan's bill counts with its tax on both sides.
        """
        for model in ("cloud.bill", "account.move"):
            self.env[model].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
            SELECT b.order_id,
                   SUM(b.amount - COALESCE((
                       SELECT SUM(CASE b.tax_basis WHEN 'gross' THEN credit.amount_total ELSE credit.amount_untaxed END)
                         FROM account_move credit
                        WHERE credit.reversed_entry_id = b.move_id
                          AND credit.state = 'posted'
                          AND credit.cloud_bill_id IS NULL), 0) * SIGN(b.amount))::text
              FROM cloud_bill b
             WHERE b.order_id = ANY(%s)
               AND b.state = 'posted'
          GROUP BY b.order_id
            """,
                list(self._origin.ids),
            )
        )
        return {order_id: parse_decimal(amount) for order_id, amount in rows}
