from odoo import fields, models


class CloudCutoverRow(models.Model):
    """One row of a cutover file: what becomes of it, and what is wrong with it."""

    _name = "cloud.cutover.row"
    _description = "Row of a Cutover"
    _order = "cutover_id, row_no, id"
    _rec_name = "row_no"

    cutover_id = fields.Many2one("cloud.cutover", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="cutover_id.company_id", store=True, index=True)
    row_no = fields.Integer(string="Row", required=True, help="In the file; the row with the names is 1.")
    customer_key = fields.Char(string="Customer")
    subscription_key = fields.Char(string="Subscription")
    line_key = fields.Char(string="Line")
    outcome = fields.Selection(
        [("new", "New"), ("known", "Here already"), ("changed", "Here, and different"), ("problem", "Problem")],
        required=True,
        help="Here already: nothing is done. Different: nothing is done either; change the contract itself.",
    )
    text = fields.Text(string="What", help="What is wrong and what to do, or what differs.")
    line_id = fields.Many2one("cloud.subscription.line", string="Subscription Line", ondelete="set null", index=True)
