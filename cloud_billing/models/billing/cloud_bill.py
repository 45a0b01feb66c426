from odoo import fields, models

from ...fields import DecimalField


class CloudBill(models.Model):
    """One prospective invoice: a customer's charges of a run in one currency. Ours until it is posted."""

    _name = "cloud.bill"
    _description = "Bill"
    _inherit = ["mail.thread"]
    _order = "run_id desc, customer_id, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    run_id = fields.Many2one("cloud.bill.run", required=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(related="run_id.company_id", store=True, index=True)
    customer_id = fields.Many2one("cloud.customer", required=True, ondelete="restrict", index=True, check_company=True)
    currency_id = fields.Many2one("res.currency", required=True, ondelete="restrict")
    tax_basis = fields.Selection([("net", "Net of tax"), ("gross", "Gross, tax included")], required=True)
    grouping_key = fields.Char(required=True, default="")
    state = fields.Selection(
        [
            ("ready", "Ready"),
            ("look", "Look"),
            ("blocked", "Blocked"),
            ("parked", "Parked"),
            ("posted", "Posted"),
        ],
        default="ready",
        required=True,
        index=True,
    )
    reasons = fields.Json(help="Codes and facts: why it is not simply ready.")
    amount = DecimalField(currency_field="currency_id", help="Sum of the rated lines.")
    previous_amount = DecimalField(
        currency_field="currency_id", help="Of the customer's bill before this one, in the same currency."
    )
    cost_amount = DecimalField(currency_field="currency_id")
    service_start = fields.Date()
    service_end = fields.Date()
    charge_ids = fields.One2many("cloud.charge", "bill_id", string="Charges")
    rated_line_ids = fields.One2many("cloud.rated.line", "bill_id", string="Rated Lines")
    move_id = fields.Many2one("account.move", string="Invoice", ondelete="restrict", readonly=True, copy=False)
    content_hash = fields.Char(help="Of the rated lines as approved; checked when posting.")
    error = fields.Text()
    claim_token = fields.Char(copy=False)
    claim_until = fields.Datetime(copy=False)
    attempts = fields.Integer(copy=False)

    _one_per_group = models.UniqueIndex(
        "(run_id, customer_id, currency_id, tax_basis, grouping_key)", "The run has this bill already."
    )
    _move_uniq = models.UniqueIndex("(move_id) WHERE move_id IS NOT NULL", "An invoice belongs to one bill.")
    _posted_has_invoice = models.Constraint(
        "CHECK (state <> 'posted' OR move_id IS NOT NULL)", "A posted bill has an invoice."
    )
