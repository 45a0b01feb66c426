from decimal import Decimal

from odoo import api, fields, models

from ..fields import DecimalField


class CloudCreditLine(models.TransientModel):
    """A rated line of the invoice, and what is given back of it."""

    _name = "cloud.credit.line"
    _description = "Line of a Credit by Hand"

    credit_id = fields.Many2one("cloud.credit", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="credit_id.currency_id")
    rated_line_id = fields.Many2one("cloud.rated.line", string="Line", required=True, readonly=True)
    name = fields.Char(related="rated_line_id.name")
    service_start = fields.Date(related="rated_line_id.service_start")
    service_end = fields.Date(related="rated_line_id.service_end")
    billed_amount = DecimalField(related="rated_line_id.amount", string="Billed", currency_field="currency_id")
    left = DecimalField(currency_field="currency_id", readonly=True, help="Less what was corrected and given back.")
    is_chosen = fields.Boolean(string="Chosen", default=True)
    amount = DecimalField(currency_field="currency_id", help="What is given back of this line.")
    credit_amount = DecimalField(string="Given Back", currency_field="currency_id", compute="_compute_credit_amount")

    # === COMPUTE === #

    @api.depends(
        "is_chosen", "amount", "credit_id.way", "credit_id.amount", "credit_id.percent", "credit_id.date_first",
        "credit_id.date_last", "credit_id.line_ids.is_chosen",
    )  # fmt: skip
    def _compute_credit_amount(self):
        for credit in self.credit_id:
            credits = credit._get_credits()
            for line in credit.line_ids:
                line.credit_amount = credits[line].amount if line in credits else Decimal(0)
