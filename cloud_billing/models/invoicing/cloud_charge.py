from odoo import api, fields, models


class CloudCharge(models.Model):
    """A one-off amount is charged once: no second live charge of it, whatever its days are."""

    _inherit = "cloud.charge"

    kind = fields.Selection(selection_add=[("adjustment", "One-off amount")], ondelete={"adjustment": "cascade"})
    adjustment_id = fields.Many2one(related="component_id.adjustment_id")

    _adjustment_once = models.UniqueIndex(
        "(component_id) WHERE kind = 'adjustment' AND is_live AND corrects_id IS NULL",
        "This one-off amount was charged already.",
    )
    _adjustment_uncorrected = models.Constraint(
        "CHECK (kind <> 'adjustment' OR corrects_id IS NULL OR is_price_credit)",
        "A one-off amount is not rated again: it was agreed.",
    )

    # === COMPUTE === #

    @api.depends("adjustment_id")
    def _compute_display_name(self):
        result = super()._compute_display_name()
        for charge in self.filtered("adjustment_id"):
            charge.display_name = f"{charge.adjustment_id.name} {charge.service_start} – {charge.service_end}"
        return result
