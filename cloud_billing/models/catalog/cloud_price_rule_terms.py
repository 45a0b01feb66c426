from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...engine.numbers import to_text
from ...engine.rating import Terms, TermsError, Tier, check_terms
from ...fields import DecimalField

_ZERO = Decimal(0)
# What a rule may still hold of a charge model that was chosen before.
_UNUSED_TERMS = {
    "per_unit": ("tiers", "percent"),
    "graduated": ("unit_price", "percent"),
    "cost_plus": ("unit_price", "tiers"),
}


class CloudPriceRule(models.Model):
    """How a price is charged: the charge model and its terms, as the engine reads them."""

    _inherit = "cloud.price.rule"

    charge_model = fields.Selection(
        [
            ("per_unit", "Per unit"),
            ("graduated", "Graduated (ladder)"),
            ("cost_plus", "Cost plus percent"),
        ],
        required=True,
        default="per_unit",
        help="Per unit: quantity times unit price. Graduated: each part of the quantity at the price of its tier. "
        "Cost plus: the provider's cost and a percentage of it.",
    )
    unit_price = DecimalField(help="In the currency of the plan, with as many digits as you need.")
    percent = DecimalField(help="Cost plus: 20 adds twenty percent to the provider's cost.")
    cost_basis = fields.Selection(
        [
            ("cost_billed", "Billed cost"),
            ("cost_effective", "Effective cost"),
            ("cost_list", "List cost"),
            ("cost_contracted", "Contracted cost"),
        ],
        default="cost_billed",
        required=True,
        help="Which of the provider's costs the percentage is added to.",
    )
    tier_ids = fields.One2many("cloud.price.tier", "rule_id", string="Tiers", copy=True)

    # === CONSTRAINTS === #

    @api.constrains("charge_model", "unit_price", "percent", "cost_basis", "tier_ids", "product_id", "categ_id")
    def _check_terms(self):
        for rule in self:
            problem = rule._get_problem()
            if problem:
                raise ValidationError(problem)

    # === BUSINESS === #

    def _get_problem(self):
        """Why the rule cannot price anything, as a sentence with a remedy; None when it can."""
        self.ensure_one()
        if self.charge_model == "cost_plus" and self.product_id.cloud_billing_model not in (False, "metered"):
            return self.env._(
                "Price %(rule)s: %(product)s is not metered, so there is no provider's cost to add a percentage to. "
                "Choose Per unit, or a metered product.",
                rule=self.name,
                product=self.product_id.display_name,
            )
        if self._get_pricer():
            return None
        try:
            check_terms(self._get_terms())
        except TermsError as error:
            return self._get_terms_sentence(error)
        return None

    @api.model
    def _get_candidate_fields(self):
        return [*super()._get_candidate_fields(), "charge_model", "unit_price", "percent", "cost_basis"]

    def _prefetch_terms(self):
        super()._prefetch_terms()
        tiers = self.env["cloud.price.tier"].search_fetch(
            [("rule_id", "in", self.ids)], ["rule_id", "up_to", "unit_price", "flat_amount"]
        )
        by_rule = tiers.grouped("rule_id")
        for rule in self:
            rule._fields["tier_ids"]._update_cache(rule, by_rule.get(rule, tiers.browse())._ids)

    def _get_content(self):
        return {
            **super()._get_content(),
            "charge_model": self.charge_model,
            "unit_price": _as_text(self.unit_price),
            "percent": _as_text(self.percent),
            "cost_basis": self.cost_basis,
            "tiers": [
                [_as_text(tier.up_to), _as_text(tier.unit_price), _as_text(tier.flat_amount)]
                for tier in self.tier_ids._in_order()
            ],
        }

    # === HOOKS === #

    def _get_terms(self, billing_model="metered", valid_from=None, valid_to=None):
        """The engine's Terms of this rule, unchecked.

        billing_model: of the product that is priced. A price per unit of a quantity that was agreed, not measured, is
        a flat fee. valid_from, valid_to: when the rule is in force. To add a term: override, call super(), and
        return `dataclasses.replace(terms, ...)`.
        """
        self.ensure_one()
        is_agreed = billing_model != "metered"
        model = self.charge_model
        # A charge model of another module finds every number that the rule has.
        unused = _UNUSED_TERMS.get(model, ())
        return Terms(
            charge_model="flat" if is_agreed and model == "per_unit" else model,
            unit_price=None if "unit_price" in unused else self.unit_price,
            tiers=() if "tiers" in unused else self._get_tiers(),
            percent=None if "percent" in unused else self.percent,
            cost_basis=self.cost_basis.removeprefix("cost_"),
            rule=self._get_facts(valid_from, valid_to),
        )

    def _get_tiers(self):
        return tuple(Tier(tier.up_to, tier.unit_price, tier.flat_amount or _ZERO) for tier in self.tier_ids._in_order())

    def _get_pricer(self):
        """Return the function (terms, facts) -> list of RatedPart that prices this rule, or None for the engine's own.

        To add a charge model: extend the `charge_model` selection, override, return yours for your value, else super().
        """
        self.ensure_one()
        return

    def _get_billing_models(self):
        """Return the set of product billing models that this charge model can price; others never see the rule."""
        self.ensure_one()
        return {"metered"} if self.charge_model == "cost_plus" else {"one_time", "recurring", "metered"}


def _as_text(number):
    return None if number is None else to_text(number)
