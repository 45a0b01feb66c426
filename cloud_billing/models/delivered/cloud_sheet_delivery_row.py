from odoo import fields, models


class CloudSheetDeliveryRow(models.Model):
    """What would come of one row of a delivered table, or came of it."""

    _name = "cloud.sheet.delivery.row"
    _description = "Row of a Delivered Table"
    _order = "id"

    table_id = fields.Many2one("cloud.sheet.delivery", required=True, ondelete="cascade", index=True, readonly=True)
    company_id = fields.Many2one(related="table_id.company_id", store=True, index=True)
    row_no = fields.Integer(string="Row", readonly=True, help="As the file counts them.")
    outcome = fields.Selection(
        [("refused", "Refused"), ("changed", "Changed"), ("new", "New")], required=True, readonly=True
    )
    name = fields.Char(readonly=True)
    text = fields.Text(string="What", readonly=True, help="What is wrong and what to do, or what changes.")
