from odoo import fields, models

from ..fields import DecimalField


class CloudRateAgainLine(models.TransientModel):
    """A billed line beside what it would be now."""

    _name = "cloud.rate.again.line"
    _description = "Line That Differs"
    _order = "id"

    wizard_id = fields.Many2one("cloud.rate.again", required=True, ondelete="cascade")
    original_line_id = fields.Many2one("cloud.rated.line", string="Billed Line", ondelete="cascade")
    customer_name = fields.Char(string="Customer")
    name = fields.Char(string="Line")
    service_start = fields.Date(string="From")
    service_last = fields.Date(string="To")
    invoice = fields.Char(help="On which it was billed.")
    currency_id = fields.Many2one("res.currency")
    amount_billed = DecimalField(string="Billed", currency_field="currency_id")
    amount_now = DecimalField(string="Right Now", currency_field="currency_id")
    difference = DecimalField(currency_field="currency_id")
    problem = fields.Char(help="Why it cannot be rated, and what to do.")
