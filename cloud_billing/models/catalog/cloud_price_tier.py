from odoo import api, fields, models

from ...fields import DecimalField, format_decimal


class CloudPriceTier(models.Model):
    """One step of a ladder: up to and including a quantity, at a unit price and a flat amount.

    Tiers stand in the order of their bounds, so that a ladder has no gaps; the open one is the last.
    """

    _name = "cloud.price.tier"
    _description = "Price Tier"
    _inherit = ["cloud.protected.mixin"]
    _protected_parent = "rule_id"
    # PostgreSQL puts the empty bound last.
    _order = "rule_id, up_to, id"

    rule_id = fields.Many2one("cloud.price.rule", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="rule_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="rule_id.currency_id")
    starts_at = DecimalField(string="From", compute="_compute_starts_at", help="Where the tier before it ends.")
    up_to = DecimalField(string="Up To", help="Inclusive upper bound. Empty on the last tier, which has none.")
    is_open = fields.Boolean(string="No Upper Bound", compute="_compute_is_open")
    unit_price = DecimalField(required=True, help="For each unit within the tier.")
    flat_amount = DecimalField(help="Added once when the quantity reaches the tier.")

    _bound_positive = models.Constraint("CHECK (up_to > 0)", "A tier ends above 0: enter its upper bound.")

    # === COMPUTE === #

    @api.depends("rule_id.tier_ids.up_to")
    def _compute_starts_at(self):
        for tier in self:
            below = [
                other.up_to
                for other in tier.rule_id.tier_ids
                if other.up_to is not None and (tier.up_to is None or other.up_to < tier.up_to)
            ]
            tier.starts_at = max(below, default=0)

    @api.depends("up_to")
    def _compute_is_open(self):
        for tier in self:
            tier.is_open = tier.up_to is None

    # === BUSINESS === #

    def _in_order(self):
        """The tiers by their bounds, the open one last; also those of a form that is not saved yet."""
        return self.sorted(lambda tier: (tier.up_to is None, tier.up_to or 0))

    def _get_summary(self):
        """The step in words: "0-100 at 0.10", the open one "then 0.08"."""
        self.ensure_one()
        decimals = self.currency_id.decimal_places
        price = format_decimal(self.env, self.unit_price, decimals)
        if self.is_open:
            text = self.env._("then %(price)s", price=price) if self.starts_at else price
        else:
            text = self.env._(
                "%(start)s-%(end)s at %(price)s",
                start=format_decimal(self.env, self.starts_at),
                end=format_decimal(self.env, self.up_to),
                price=price,
            )
        if not self.flat_amount:
            return text
        amount = format_decimal(self.env, self.flat_amount, decimals)
        return self.env._("%(step)s + %(amount)s once", step=text, amount=amount)
