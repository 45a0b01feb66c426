from odoo import api, fields, models
from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

# What each charge model does, in the words of a contract. The common ones stand on the screen, the others behind More.
_COMMON = {"per_unit", "graduated", "volume", "package", "cost_plus"}
_DESCRIPTIONS = {
    "per_unit": _lt("every unit costs the same"),
    "graduated": _lt("each part of the quantity at the price of the tier it falls in"),
    "volume": _lt("the tier that the whole quantity reaches prices all of it"),
    "package": _lt("a price for each started package of so many units"),
    "cost_plus": _lt("what the provider charged, and a percentage of it"),
    "stairstep": _lt("one fixed amount, that of the tier which the quantity reaches"),
    "percentage": _lt("a share of the money that payments, orders or calls moved"),
    "graduated_percentage": _lt("each part of the value at the percentage of the tier it falls in"),
    "matrix": _lt("a price for each region, SKU or other value that usage rows have"),
    "formula": _lt("numbers, names and + - * / as your contract writes them"),
    "dynamic": _lt("each usage row says what it costs"),
    "pricelist": _lt("the price of the product in one of Odoo's pricelists"),
}


class CloudPriceRule(models.Model):
    """Which charge models the screen offers, and what it says of each."""

    _inherit = "cloud.price.rule"

    charge_model_choices = fields.Json(compute="_compute_charge_model_choices")

    # === COMPUTE === #

    @api.depends("charge_model", "product_id")
    @api.depends_context("lang")
    def _compute_charge_model_choices(self):
        for rule in self:
            rule.charge_model_choices = rule._get_charge_model_choices()

    # === HOOKS === #

    def _get_charge_model_choices(self):
        """Return {charge model: {"description", "is_common"}} of those that can price the product.

        Without a product every one can. To describe a charge model of another module: add yours to what super() gives.
        """
        self.ensure_one()
        billing_model = self.product_id.cloud_billing_model
        choices = {}
        for name, _label in self._fields["charge_model"]._description_selection(self.env):
            other = self.new({"charge_model": name})
            if not billing_model or billing_model in other._get_billing_models():
                description = self.env._(_DESCRIPTIONS[name]) if name in _DESCRIPTIONS else ""
                choices[name] = {"description": description, "is_common": name in _COMMON}
        return choices
