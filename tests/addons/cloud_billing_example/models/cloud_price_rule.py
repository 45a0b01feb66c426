from decimal import ROUND_CEILING, Decimal

from odoo import fields, models
from odoo.addons.cloud_billing.engine.rating import RatedPart


def price_per_started_thousand(terms, facts):
    """Every started thousand costs the unit price. No usage gives no part."""
    if facts.quantity is None:
        return []
    blocks = (facts.quantity / 1000).to_integral_value(rounding=ROUND_CEILING)
    return [RatedPart("usage", blocks * terms.unit_price, quantity=facts.quantity)]


class CloudPriceRule(models.Model):
    _inherit = "cloud.price.rule"

    charge_model = fields.Selection(
        selection_add=[("per_started_thousand", "Per started thousand")],
        ondelete={"per_started_thousand": "cascade"},
    )

    def _get_terms(self, *args, **kwargs):
        terms = super()._get_terms(*args, **kwargs)
        if self.charge_model != "per_started_thousand":
            return terms
        return terms.__class__(**{**vars(terms), "unit_price": self.unit_price or Decimal(0)})

    def _get_pricer(self):
        if self.charge_model == "per_started_thousand":
            return price_per_started_thousand
        return super()._get_pricer()
