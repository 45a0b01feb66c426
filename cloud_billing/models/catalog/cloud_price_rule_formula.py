import re
from dataclasses import replace
from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import LazyTranslate

from ...engine.rating import TermsError, get_variables
from ...engine.rating.formula import parse as parse_formula
from ...fields import format_decimal
from .price_example import Measured

_lt = LazyTranslate(__name__)

# What a formula may name: what was measured, as the engine calls it, and the numbers that rating gives besides.
_NAMES = {
    "quantity": _lt("the measured quantity"),
    "cost": _lt("the provider's cost"),
    "value": _lt("the value of the usage"),
    "events": _lt("the number of events"),
    "seats": _lt("the quantity agreed on the subscription line"),
    "days": _lt("the days that are charged"),
    "period_days": _lt("the days of the whole period"),
}
_EXAMPLE = {
    "cost": Decimal(100),
    "value": Decimal(1000),
    "events": Decimal(10),
    "seats": Decimal(5),
    "days": Decimal(30),
    "period_days": Decimal(30),
}
_HUNDRED = Decimal(100)
_LITERAL = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])", re.ASCII)


class CloudPriceRule(models.Model):
    """A price by a formula, checked while it is typed: what is wrong is told with its place."""

    _inherit = "cloud.price.rule"

    formula = fields.Char(help="Numbers, names, + - * / ( ) and min(.., ..), max(.., ..), round(.., step).")
    formula_problem = fields.Char(compute="_compute_formula_problem")
    formula_names = fields.Text(string="What It May Name", compute="_compute_formula_names")
    is_formula_on_cost = fields.Boolean(compute="_compute_formula_problem")

    # === COMPUTE === #

    @api.depends("formula")
    @api.depends_context("lang")
    def _compute_formula_problem(self):
        for rule in self:
            rule.formula_problem = rule._get_formula_problem() if rule.formula else False
            rule.is_formula_on_cost = "cost" in rule._parse_formula()

    @api.depends("charge_model")
    @api.depends_context("lang")
    def _compute_formula_names(self):
        for rule in self:
            rule.formula_names = "\n".join(f"{name}: {text}" for name, text in rule._get_formula_names().items())

    @api.depends("formula")
    def _compute_summary(self):
        return super()._compute_summary()

    @api.depends("formula")
    def _compute_example(self):
        return super()._compute_example()

    @api.depends("formula")
    def _compute_price_chart(self):
        return super()._compute_price_chart()

    @api.depends("formula")
    def _compute_charge_model_choices(self):
        return super()._compute_charge_model_choices()

    # === CONSTRAINTS === #

    @api.constrains("formula")
    def _check_formula(self):
        self._check_terms()

    # === BUSINESS === #

    def _parse_formula(self):
        """The names in the formula, in the order in which they come first; none where it cannot be read."""
        try:
            return dict(parse_formula(self.formula).names) if self.formula else {}
        except TermsError:
            return {}

    def _get_formula_problem(self):
        """What is wrong with the formula, as a sentence; None where nothing is."""
        try:
            parse_formula(self.formula or "")
        except TermsError as error:
            return self._get_terms_sentence(error)
        known = self._get_formula_names()
        for name, position in self._parse_formula().items():
            if name not in known:
                return self._get_terms_sentence(
                    TermsError("formula_unknown_name", position=position, name=name, known=tuple(known))
                )
        return None

    def _get_problem(self):
        problem = super()._get_problem()
        return problem or (self._get_formula_problem() if self.charge_model == "formula" else None)

    def _get_billing_models(self):
        if self.charge_model != "formula":
            return super()._get_billing_models()
        # What was agreed has a quantity and nothing else.
        return (
            {"one_time", "recurring", "metered", "instalment"}
            if set(self._parse_formula()) <= {"quantity"}
            else {"metered"}
        )

    def _is_on_value(self):
        names = {"value", "events"}.intersection(self._parse_formula()) if self.charge_model == "formula" else ()
        return bool(names) or super()._is_on_value()

    @api.model
    def _get_candidate_fields(self):
        return [*super()._get_candidate_fields(), "formula"]

    def _get_term(self, name):
        return self.formula or "" if name == "formula" else super()._get_term(name)

    def _get_content(self):
        return {**super()._get_content(), **self._get_content_of(["formula"])}

    # === BUSINESS: TEXTS AND EXAMPLES === #

    def _get_formula_summary(self):
        text = self.env._("formula: %(formula)s", formula=self.formula or "-")
        if self.is_formula_on_cost:
            return self.env._(
                "%(formula)s (on the %(basis)s)", formula=text, basis=self._get_label("cost_basis").lower()
            )
        return text

    def _get_examples(self):
        if self.charge_model != "formula":
            return super()._get_examples()
        # Nothing is worked out with a name that rating does not know.
        return [] if self._get_formula_problem() else [Measured("quantity", self._to_measured(_HUNDRED))]

    def _get_bends(self):
        """Beside the numbers that the formula holds: where it does something else, it does so at one of them."""
        if self.charge_model != "formula":
            return super()._get_bends()
        if "quantity" not in self._parse_formula() or self._get_formula_problem():
            return None
        numbers = {Decimal(text) for text in _LITERAL.findall(self.formula)} | {_HUNDRED}
        return sorted(self._to_measured(number) for number in numbers if number > 1)

    def _prepare_example(self, measured):
        terms, facts = super()._prepare_example(measured)
        if terms.charge_model != "formula":
            return terms, facts
        names = self._parse_formula()
        variables = get_variables(terms) if names else ()
        return terms, replace(
            facts,
            cost=_EXAMPLE["cost"] if "cost" in names else None,
            value=_EXAMPLE["value"] if "value" in names else None,
            events=(_HUNDRED,) * int(_EXAMPLE["events"]) if "events" in names else None,
            variables=tuple((name, _EXAMPLE.get(name, _HUNDRED)) for name in variables),
        )

    def _tell_example(self, measured, amount):
        if self.charge_model != "formula":
            return super()._tell_example(measured, amount)
        given = [f"{name} = {format_decimal(self.env, _EXAMPLE.get(name, _HUNDRED))}" for name in self._parse_formula()]
        return self.env._("With %(numbers)s: %(amount)s", numbers=", ".join(given) or "-", amount=amount)

    # === HOOKS === #

    @api.model
    def _get_formula_names(self):
        """Return {name: what it is} of all that a formula may name. To add one: give its number in rating too."""
        return {name: self.env._(text) for name, text in _NAMES.items()}
