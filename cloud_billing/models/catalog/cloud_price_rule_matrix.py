from dataclasses import replace
from decimal import Decimal

from odoo import api, fields, models

from ...engine.rating import DimensionQuantity
from ...fields import DecimalField, format_decimal
from .cloud_price_cell import CELL_FIELDS
from .meter_dimensions import DIMENSIONS, get_dimension_text
from .price_example import Measured

_HUNDRED = Decimal(100)

_PLACES = (1, 2, 3)
MATRIX_FIELDS = (*(f"dimension_{place}" for place in _PLACES), *(f"tag_{place}" for place in _PLACES), "rest_price")


class CloudPriceRule(models.Model):
    """A matrix of prices: by region, SKU or whatever else usage rows say, up to three of them at once."""

    _inherit = "cloud.price.rule"

    dimension_1 = fields.Selection(DIMENSIONS, string="First Dimension", help="What the price depends on.")
    dimension_2 = fields.Selection(DIMENSIONS, string="Second Dimension")
    dimension_3 = fields.Selection(DIMENSIONS, string="Third Dimension")
    tag_1 = fields.Char(string="First Tag", help="The name of the tag, for instance environment.")
    tag_2 = fields.Char(string="Second Tag")
    tag_3 = fields.Char(string="Third Tag")
    cell_ids = fields.One2many("cloud.price.cell", "rule_id", string="Prices by Dimension", copy=True)
    cell_labels = fields.Json(compute="_compute_cell_labels")
    rest_price = DecimalField(
        string="Price of the Rest",
        help="For usage that no price above names. Empty: there is none, and such usage waits until it has a price.",
    )

    # === COMPUTE === #

    @api.depends(*MATRIX_FIELDS)
    @api.depends_context("lang")
    def _compute_cell_labels(self):
        for rule in self:
            labels = rule._get_dimension_labels()
            rule.cell_labels = {
                f"value_{place}": label[:1].upper() + label[1:]
                for place, label in zip(_PLACES, labels, strict=True)
                if label
            }

    @api.depends(*MATRIX_FIELDS, *(f"cell_ids.{name}" for name in CELL_FIELDS))
    def _compute_summary(self):
        return super()._compute_summary()

    @api.depends(*MATRIX_FIELDS, *(f"cell_ids.{name}" for name in CELL_FIELDS))
    def _compute_example(self):
        return super()._compute_example()

    @api.onchange(*(f"dimension_{place}" for place in _PLACES))
    def _onchange_dimensions(self):
        """Without a gap, and without the tag of a dimension that is none any more."""
        chosen = [(self[f"dimension_{place}"], self[f"tag_{place}"]) for place in _PLACES if self[f"dimension_{place}"]]
        chosen += [(False, False)] * (len(_PLACES) - len(chosen))
        for place, (dimension, tag) in zip(_PLACES, chosen, strict=True):
            self[f"dimension_{place}"], self[f"tag_{place}"] = dimension, tag if dimension == "tag" else False

    # === CONSTRAINTS === #

    @api.constrains(*MATRIX_FIELDS, "cell_ids")
    def _check_matrix(self):
        self._check_terms()

    # === BUSINESS === #

    def _get_dimensions(self):
        """The engine's names of the three dimensions, "" where there is none."""
        self.ensure_one()
        names = []
        for place in _PLACES:
            dimension, tag = self[f"dimension_{place}"], (self[f"tag_{place}"] or "").strip()
            names.append(f"tag:{tag}" if dimension == "tag" and tag else dimension or "")
        return names

    def _get_dimension_labels(self):
        """What people call the three dimensions within a sentence, "" where there is none."""
        self.ensure_one()
        return [
            get_dimension_text(self, f"dimension_{place}", f"tag_{place}") if self[f"dimension_{place}"] else ""
            for place in _PLACES
        ]

    def _get_problem(self):
        return (self._get_matrix_problem() if self.charge_model == "matrix" else None) or super()._get_problem()

    def _get_matrix_problem(self):
        """What the engine cannot know of the dimensions, as a sentence; None where nothing is wrong."""
        names = self._get_dimensions()
        if not any(names):
            return self.env._(
                "Price %(rule)s: a matrix needs a dimension that its prices depend on. Choose the first one, for "
                "instance Region.",
                rule=self.name,
            )
        if "tag" in names:
            return self.env._(
                "Price %(rule)s: which tag? Enter the name of the tag that the prices depend on.", rule=self.name
            )
        for number, cell in enumerate(self.cell_ids._in_order(), 1):
            values = cell._get_values()
            if any(not name for name, _value in values):
                return self.env._(
                    "Price %(rule)s: row %(number)s has a value for a dimension that was not chosen. Choose the "
                    "dimension above the rows, or clear the value.",
                    rule=self.name,
                    number=number,
                )
            problem = self._get_charge_kind_problem(dict(values).get("charge_kind"), number)
            if problem:
                return problem
        return None

    def _get_charge_kind_problem(self, kind, number):
        kinds = dict(self.env["cloud.usage.stream"]._fields["charge_kind"]._description_selection(self.env))
        if kind is None or kind in kinds:
            return None
        return self.env._(
            "Price %(rule)s: row %(number)s names the charge kind %(kind)s, which no usage has. Choose from %(kinds)s.",
            rule=self.name,
            number=number,
            kind=kind,
            kinds=", ".join(kinds),
        )

    @api.model
    def _get_candidate_fields(self):
        return [*super()._get_candidate_fields(), *MATRIX_FIELDS]

    def _prefetch_terms(self):
        self._prefetch_parts("cell_ids", CELL_FIELDS)
        return super()._prefetch_terms()

    def _get_term(self, name):
        if name == "cells":
            return tuple(cell._get_cell() for cell in self.cell_ids._in_order())
        return super()._get_term(name)

    def _get_content(self):
        return {
            **super()._get_content(),
            **self._get_content_of(MATRIX_FIELDS),
            "cells": [cell._get_content() for cell in self.cell_ids._in_order()],
        }

    # === BUSINESS: TEXTS AND EXAMPLES === #

    def _get_examples(self):
        if self.charge_model != "matrix":
            return super()._get_examples()
        cells = [cell._get_values() for cell in self.cell_ids._in_order()[:1]]
        return [Measured("quantity", self._to_measured(_HUNDRED), values=values) for values in cells]

    def _prepare_example(self, measured):
        terms, facts = super()._prepare_example(measured)
        if measured.values:
            facts = replace(facts, dimensions=(DimensionQuantity(measured.values, measured.amount),))
        return terms, facts

    def _tell_example(self, measured, amount):
        text = super()._tell_example(measured, amount)
        values = ", ".join(value for _name, value in measured.values)
        return self.env._("%(values)s: %(example)s", values=values, example=text) if values else text

    def _get_matrix_summary(self):
        text = self.env._(
            "%(count)s prices by %(dimensions)s (%(currency)s per %(unit)s)",
            count=len(self.cell_ids),
            dimensions=", ".join(filter(None, self._get_dimension_labels())) or "-",
            currency=self.currency_id.name,
            unit=self.price_unit,
        )
        if self.rest_price is None:
            return text
        rest = format_decimal(self.env, self.rest_price, self.currency_id.decimal_places)
        return self.env._("%(prices)s, the rest at %(rest)s", prices=text, rest=rest)

    def _get_effect_text(self):
        text = super()._get_effect_text()
        if self.charge_model != "matrix":
            return text
        return "\n".join([text, *(cell._get_summary() for cell in self.cell_ids._in_order())])
