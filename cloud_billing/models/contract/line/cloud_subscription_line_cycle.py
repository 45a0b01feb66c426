from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...catalog.product_template_proration import PRORATIONS
from ..subscription.cloud_subscription_cycle import CYCLE_UNITS


class CloudSubscriptionLine(models.Model):
    """A fee's own period length, and how a part of a period is shared, where they differ from contract and product."""

    _inherit = "cloud.subscription.line"

    cycle_unit = fields.Selection(
        CYCLE_UNITS,
        string="Own Period Length",
        help="For a fee with longer or shorter periods than the contract: a year in advance beside usage by the month. "
        "They begin where the contract's would with this length. Empty: as the contract.",
    )
    cycle_count = fields.Integer(string="Own Billed Every", default=1, required=True)
    proration = fields.Selection(
        PRORATIONS, help="How a part of a period is charged, from the next charge on. Empty: as on the product."
    )

    _cycle_count_positive = models.Constraint("CHECK (cycle_count > 0)", "A billing period lasts 1 or more.")

    # === CONSTRAINTS === #

    @api.constrains("cycle_unit", "product_id")
    def _check_own_cycle(self):
        for line in self:
            if line.cycle_unit and line.billing_model != "recurring":
                raise ValidationError(
                    self.env._(
                        "%(line)s: only a recurring fee has a period length of its own. Leave it empty.",
                        line=line.display_name,
                    )
                )
