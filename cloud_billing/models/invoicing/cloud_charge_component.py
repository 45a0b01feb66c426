from odoo import fields, models


class CloudChargeComponent(models.Model):
    """Each one-off amount is a component of its own: it is charged once, whatever else is billed of those days."""

    _inherit = "cloud.charge.component"

    kind = fields.Selection(selection_add=[("adjustment", "One-off amount")], ondelete={"adjustment": "cascade"})
    adjustment_id = fields.Many2one(
        "cloud.adjustment", string="One-off Amount", ondelete="restrict", index="btree_not_null"
    )

    _adjustment_uniq = models.UniqueIndex(
        "(adjustment_id) WHERE adjustment_id IS NOT NULL", "The component is known already."
    )
    _adjustment_has_amount = models.Constraint(
        "CHECK ((kind = 'adjustment') = (adjustment_id IS NOT NULL))", "A one-off amount is a component of its own."
    )
