from odoo import api, fields, models
from odoo.exceptions import UserError


class CloudSubscriptionQuantity(models.Model):
    """Dated quantities that a snapshot of a source brought."""

    _inherit = "cloud.subscription.quantity"

    seat_row_id = fields.Many2one(
        "cloud.seat.row", string="Delivered By", readonly=True, ondelete="restrict", index="btree_not_null", copy=False
    )

    _delivered_by_source = models.Constraint(
        "CHECK (seat_row_id IS NULL OR origin = 'source')", "What a source delivered has it as its origin."
    )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        typed = {vals.get("line_id") for vals in vals_list if not vals.get("seat_row_id")}
        lines = self.env["cloud.subscription.line"].browse(line_id for line_id in typed if line_id)
        lines.filtered("seat_source_id")._refuse_typed()
        return super().create(vals_list)

    def write(self, vals):
        if "quantity" in vals or "date_start" in vals or "line_id" in vals:
            self.line_id.filtered("seat_source_id")._refuse_typed()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_typed(self):
        for dated in self:
            if dated.seat_row_id:
                raise UserError(
                    self.env._(
                        "%(quantity)s was delivered by %(delivery)s. Undo that delivery, or deliver another snapshot.",
                        quantity=dated.display_name,
                        delivery=dated.seat_row_id.delivery_id.display_name,
                    )
                )
