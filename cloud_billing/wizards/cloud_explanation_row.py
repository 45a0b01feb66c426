from odoo import fields, models

from ..fields import DecimalField


class CloudExplanationRow(models.TransientModel):
    """One usage row behind an amount, with its place in the file."""

    _name = "cloud.explanation.row"
    _description = "Usage Row behind an Amount"
    _order = "id"

    explanation_id = fields.Many2one("cloud.explanation", required=True, ondelete="cascade", index=True)
    change = fields.Selection(
        [("counted", "Counted"), ("added", "Added"), ("gone", "Gone")],
        help="Of a correction: rows that came, and rows that were billed before and are gone.",
    )
    file_name = fields.Char(string="File")
    row_no = fields.Integer(string="Row")
    external_id = fields.Char(string="ID at the Source")
    service_start = fields.Datetime()
    service_end = fields.Datetime()
    sub_account = fields.Char()
    service = fields.Char()
    sku = fields.Char(string="SKU")
    region = fields.Char()
    resource = fields.Char()
    quantity = DecimalField()
    unit = fields.Char()
    cost_billed = DecimalField(string="Billed Cost")
    currency = fields.Char()
