from odoo import fields, models

from ...fields import DecimalField


class CloudPriceTier(models.Model):
    """One step of a ladder: up to and including a quantity, at a unit price and a flat amount."""

    _name = "cloud.price.tier"
    _description = "Price Tier"
    _inherit = ["cloud.protected.mixin"]
    _order = "rule_id, sequence, id"

    rule_id = fields.Many2one("cloud.price.rule", required=True, ondelete="cascade", index=True)
    sequence = fields.Integer(default=10)
    is_open = fields.Boolean(string="No Upper Bound", help="The last tier: everything above the one before it.")
    up_to = DecimalField(string="Up To", help="Inclusive upper bound; ignored on the last tier, which has none.")
    unit_price = DecimalField()
    flat_amount = DecimalField(help="Added once when the tier is reached.")
