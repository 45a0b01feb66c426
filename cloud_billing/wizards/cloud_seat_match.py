from odoo import fields, models


class CloudSeatMatch(models.TransientModel):
    """Asks which subscription line has a licence; the answer is remembered for every later snapshot."""

    _name = "cloud.seat.match"
    _description = "Choose the Line of a Licence"

    row_id = fields.Many2one("cloud.seat.row", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="row_id.company_id")
    key = fields.Char(related="row_id.key")
    quantity = fields.Char(compute="_compute_seats", string="Seats")
    text = fields.Text(related="row_id.text")
    line_id = fields.Many2one("cloud.subscription.line", string="Subscription Line", required=True, ondelete="cascade")

    def _compute_seats(self):
        for wizard in self:
            wizard.quantity = (
                self.env["cloud.seat.row"]._fields["quantity"].convert_to_export(wizard.row_id.quantity, wizard.row_id)
            )

    # === ACTIONS === #

    def action_match(self):
        """Remember the line of the licence, and compare the delivery with it."""
        self.ensure_one()
        self.row_id.delivery_id.check_access("write")
        self.line_id.check_access("write")
        self.row_id._match(self.line_id)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
