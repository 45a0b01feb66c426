from odoo import fields, models


class CloudBillEditLine(models.TransientModel):
    """One invoice line in the window of texts."""

    _name = "cloud.bill.edit.line"
    _description = "Text of a Line of a Bill"

    edit_id = fields.Many2one("cloud.bill.edit", required=True, ondelete="cascade")
    line_key = fields.Char(required=True, readonly=True)
    proposed = fields.Text(string="By Itself", readonly=True)
    text = fields.Text(help="Empty: as it would be by itself.")
