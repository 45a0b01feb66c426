from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...engine.numbers import to_text
from ...engine.rating import Conversion, Terms, TermsError, can_count, check_terms
from ...fields import DecimalField
from .cloud_price_tier import TIER_FIELDS
from .content import as_content

_ONE = Decimal(1)
# Every way of charging that the engine can price, the common ones first.
CHARGE_MODELS = [
    ("per_unit", "Per unit"),
    ("graduated", "Graduated (ladder)"),
    ("volume", "Volume (one tier prices all)"),
    ("package", "Package (per block)"),
    ("cost_plus", "Cost plus percent"),
    ("stairstep", "Stairstep (fixed amount by tier)"),
    ("percentage", "Percentage of value"),
    ("graduated_percentage", "Graduated percentage"),
    ("matrix", "Matrix (by region, SKU, ...)"),
    ("formula", "Formula"),
    ("dynamic", "Price in the usage row"),
    ("pricelist", "Odoo pricelist"),
]
# What each of them reads, by the names of the engine's Terms. A rule may still hold the terms of a charge model that
# was chosen before; a charge model of another module finds every term that the rule has.
_READS = {
    "per_unit": ("unit_price",),
    "graduated": ("tiers",),
    "volume": ("tiers",),
    "stairstep": ("tiers",),
    "package": ("unit_price", "block_size", "block_rounding", "free_units"),
    "percentage": (
        "percent",
        "fixed_per_event",
        "free_events",
        "free_amount",
        "event_minimum",
        "event_maximum",
    ),
    "graduated_percentage": ("tiers",),
    "cost_plus": ("percent", "fixed", "cost_basis"),
    "matrix": ("cells", "rest_price"),
    "formula": ("formula", "cost_basis"),
    "dynamic": (),
    "pricelist": ("unit_price",),
}
_READS_OF_OTHERS = tuple(dict.fromkeys(name for names in _READS.values() for name in names))
# Charge models that price the number or the value of what was measured, or its cost, and nothing that was agreed.
_METERED_ONLY = {"percentage", "graduated_percentage", "cost_plus", "matrix", "dynamic"}
# The stored fields of a rule that are terms. All of them are covered by an approval.
TERM_FIELDS = (
    "charge_model",
    "unit_price",
    "percent",
    "fixed",
    "cost_basis",
    "block_size",
    "block_rounding",
    "free_units",
    "fixed_per_event",
    "free_events",
    "free_amount",
    "event_minimum",
    "event_maximum",
    "conversion_numerator",
    "conversion_denominator",
    "priced_unit",
    "quantity_rounding",
    "quantity_step",
    "is_cumulative",
    "minimum",
    "maximum",
    "is_minimum_prorated",
    "counter_cycle",
)


class CloudPriceRule(models.Model):
    """How a price is charged: the charge model and its terms, as the engine reads them."""

    _inherit = "cloud.price.rule"

    charge_model = fields.Selection(
        CHARGE_MODELS,
        required=True,
        default="per_unit",
        help="How a quantity becomes an amount.",
    )
    unit_price = DecimalField(help="In the currency of the plan, with as many digits as you need.")
    percent = DecimalField(
        help="Cost plus: 20 adds twenty percent to the provider's cost. Percentage of value: 2.5 charges two and a "
        "half percent of it."
    )
    fixed = DecimalField(
        string="Fixed Amount", help="Added once to the cost and its percentage, where anything was used."
    )
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
    tier_entry = fields.Selection(
        [("bounds", "Upper bounds"), ("capacities", "Sizes of the tiers")],
        string="Enter Tiers By",
        default="bounds",
        help="Upper bounds: up to 1,000, up to 5,000. Sizes: the first 1,000, the next 4,000. Both mean the same.",
    )
    block_size = DecimalField(help="How many units one package holds.")
    block_rounding = fields.Selection(
        [("up", "A started package counts in full"), ("down", "Only full packages count")],
        string="Started Packages",
        default="up",
    )
    free_units = DecimalField(help="So many units cost nothing; packages are counted from there on.")
    fixed_per_event = DecimalField(string="Fixed Amount per Event", help="For each payment, call or order.")
    free_events = fields.Integer(help="So many events at the beginning of the period cost nothing.")
    free_amount = DecimalField(string="Free Value", help="So much of the value costs no percentage.")
    event_minimum = DecimalField(string="Minimum per Event", help="One event costs at least this.")
    event_maximum = DecimalField(string="Maximum per Event", help="One event costs at most this.")
    conversion_numerator = DecimalField(
        string="Multiply By", help="The measured quantity times this, divided by Price Is For. Empty: 1."
    )
    conversion_denominator = DecimalField(
        string="Price Is For", help="How many measured units the price is for: 1000 for a price per thousand. Empty: 1."
    )
    priced_unit = fields.Char(
        compute="_compute_priced_unit",
        store=True,
        readonly=False,
        precompute=True,
        help="What the price is per, as the invoice prints it, for instance 1000 requests.",
    )
    quantity_rounding = fields.Selection(
        [("none", "Not rounded"), ("up", "Rounded up"), ("down", "Rounded down"), ("half_up", "Rounded half up")],
        default="none",
        help="What happens to the quantity before it is priced.",
    )
    quantity_step = DecimalField(string="To a Multiple Of", help="1: whole units. 0.001: three decimals. Empty: 1.")
    is_cumulative = fields.Boolean(
        string="Round the Running Total",
        help="Where tiers are counted over more than a billing period: the total since the count began is rounded, not "
        "each period's quantity, so that a split into months costs nothing.",
    )
    minimum = DecimalField(string="Minimum Amount", help="A period costs at least this, where the price applies to it.")
    maximum = DecimalField(string="Maximum Amount", help="A period costs at most this.")
    is_minimum_prorated = fields.Boolean(
        string="For a Part of a Period, Its Share",
        default=True,
        help="A part of a period owes its share of the minimum and is capped at its share of the maximum.",
    )
    counter_cycle = fields.Selection(
        [
            ("period", "Billing period"),
            ("month", "Month"),
            ("quarter", "Quarter"),
            ("year", "Year"),
            ("contract", "Whole contract"),
        ],
        string="Counted Over",
        default="period",
        help="Over what the quantity is added up before a tier is chosen, by the subscription's own calendar. Longer "
        "than the billing period: a bill is the price of the total so far, less what was billed of it.",
    )

    # === COMPUTE === #

    @api.depends("conversion_denominator", "conversion_numerator", "measured_unit")
    def _compute_priced_unit(self):
        for rule in self:
            rule.priced_unit = rule._propose_priced_unit()

    @api.onchange("tier_ids", "tier_entry")
    def _onchange_tier_ids(self):
        """Sizes that were typed become bounds, in the order in which the tiers stand on the screen, and vice versa."""
        if self.tier_entry == "capacities":
            self.tier_ids._set_bounds(self.tier_ids.mapped("capacity"))
        else:
            self.tier_ids._compute_capacity()

    # === CONSTRAINTS === #

    @api.constrains(*TERM_FIELDS, "tier_ids", "product_id", "categ_id")
    def _check_terms(self):
        for rule in self:
            problem = rule._get_problem()
            if problem:
                raise ValidationError(problem)

    # === BUSINESS === #

    def _get_problem(self):
        """Why the rule cannot price anything, as a sentence with a remedy; None when it can."""
        self.ensure_one()
        billing_model = self.product_id.cloud_billing_model
        if billing_model and billing_model not in self._get_billing_models():
            return self._get_billing_model_sentence()
        if self._get_pricer():
            return None
        try:
            check_terms(self._get_terms())
        except TermsError as error:
            return self._get_terms_sentence(error)
        return None

    @api.model
    def _get_candidate_fields(self):
        return [*super()._get_candidate_fields(), *TERM_FIELDS]

    def _prefetch_terms(self):
        self._prefetch_parts("tier_ids", TIER_FIELDS)
        return super()._prefetch_terms()

    def _prefetch_parts(self, name, fields_of_part):
        """Load a one2many of all these rules with one statement; its rows need `rule_id`."""
        field = self._fields[name]
        parts = self.env[field.comodel_name].search_fetch([("rule_id", "in", self.ids)], ["rule_id", *fields_of_part])
        by_rule = parts.grouped("rule_id")
        for rule in self:
            field._update_cache(rule, by_rule.get(rule, parts.browse())._ids)

    def _get_content(self):
        return {
            **super()._get_content(),
            **self._get_content_of(TERM_FIELDS),
            "tiers": [tier._get_content() for tier in self.tier_ids._in_order()],
        }

    def _get_content_of(self, names):
        return {name: as_content(self[name]) for name in names}

    def _propose_priced_unit(self):
        """The unit of a price for many units, such as 1000 requests; empty where the measured unit is priced."""
        if self.conversion_numerator not in (None, _ONE):
            # Only a person knows what so many bytes are called.
            return self.priced_unit
        if self.conversion_denominator in (None, _ONE):
            return False
        return f"{to_text(self.conversion_denominator)} {self.measured_unit or ''}".strip()

    # === HOOKS === #

    def _get_terms(self, billing_model="metered", valid_from=None, valid_to=None):
        """The engine's Terms of this rule, unchecked.

        billing_model: of the product that is priced. A price per unit of a quantity that was agreed, not measured, is
        a flat fee. valid_from, valid_to: when the rule is in force. To add a term: override, call super(), and
        return `dataclasses.replace(terms, ...)`.
        """
        self.ensure_one()
        model = self.charge_model
        return Terms(
            charge_model=self._get_engine_model(billing_model),
            **{name: self._get_term(name) for name in _READS.get(model, _READS_OF_OTHERS)},
            conversion=self._get_conversion(),
            minimum=self.minimum,
            maximum=self.maximum,
            is_minimum_prorated=self.is_minimum_prorated,
            rule=self._get_facts(valid_from, valid_to),
        )

    def _get_engine_model(self, billing_model):
        """What the engine calls the charge model of a rule for products of this billing model."""
        if self.charge_model not in ("per_unit", "pricelist"):
            return self.charge_model
        return "per_unit" if billing_model == "metered" else "flat"

    def _get_term(self, name):
        """One of the engine's Terms by its name."""
        if name == "tiers":
            return tuple(tier._get_tier() for tier in self.tier_ids._in_order())
        if name == "cost_basis":
            return self.cost_basis.removeprefix("cost_")
        if name == "block_rounding":
            return self.block_rounding or "up"
        if name == "free_events":
            return self.free_events or None
        return self[name]

    def _get_conversion(self):
        """The engine's Conversion, or None where the measured quantity is priced as it is."""
        rounding = self.quantity_rounding or "none"
        if rounding == "none" and not self._is_converted():
            return None
        return Conversion(
            numerator=_ONE if self.conversion_numerator is None else self.conversion_numerator,
            denominator=_ONE if self.conversion_denominator is None else self.conversion_denominator,
            unit=self.priced_unit or "",
            rounding=rounding,
            step=_ONE if self.quantity_step is None else self.quantity_step,
            is_cumulative=self.is_cumulative,
        )

    def _is_converted(self):
        """Whether the price is per something else than what the meter counts."""
        numbers = (self.conversion_numerator, self.conversion_denominator)
        return any(number not in (None, _ONE) for number in numbers) or bool(self.priced_unit)

    def _get_pricer(self):
        """Return the function (terms, facts) -> list of RatedPart that prices this rule, or None for the engine's own.

        To add a charge model: extend the `charge_model` selection, override, return yours for your value, else super().
        """
        self.ensure_one()
        return

    def _get_counter_cycle(self):
        """Return over what tiers are counted: month, quarter, year or contract; None: the billing period."""
        self.ensure_one()
        is_longer = self.counter_cycle not in (False, "period") and can_count(self.charge_model)
        return self.counter_cycle if is_longer else None

    def _get_billing_models(self):
        """Return the set of product billing models that this charge model can price; others never see the rule."""
        self.ensure_one()
        return {"metered"} if self.charge_model in _METERED_ONLY else {"one_time", "recurring", "metered", "instalment"}
