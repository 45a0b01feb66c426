from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from odoo import api, fields, models

from ...engine.numbers import divide, exact, parse_decimal, to_text, trim
from ...engine.rating import RatingError, RatingFacts, rate
from ...fields import format_decimal
from .cloud_price_rule_terms import TERM_FIELDS
from .cloud_price_tier import TIER_FIELDS
from .price_curve import get_places
from .price_example import Measured

_ONE = Decimal(1)
_HUNDRED = Decimal(100)
_LADDERS = {"graduated", "volume", "stairstep", "graduated_percentage"}
_BY_VALUE = {"percentage", "graduated_percentage", "dynamic"}
_BLOCKS_SHOWN = 4
_EVENTS_SHOWN = 10
# Of the last bound: clearly above it.
_ABOVE = Decimal("1.2")
_HALF_MORE = Decimal("1.5")


class CloudPriceRule(models.Model):
    """What a price comes to, worked out by the engine while it is typed: examples in words and a chart."""

    _inherit = "cloud.price.rule"

    example = fields.Text(
        compute="_compute_example", help="What some usage costs by these terms, for one whole period."
    )
    price_chart = fields.Json(string="Amount over Quantity", compute="_compute_price_chart")

    # === COMPUTE === #

    @api.depends(*TERM_FIELDS, *(f"tier_ids.{name}" for name in TIER_FIELDS), "currency_id", "product_id", "unit")
    @api.depends_context("lang")
    def _compute_example(self):
        for rule in self:
            rule.example = rule._get_example()

    @api.depends(*TERM_FIELDS, *(f"tier_ids.{name}" for name in TIER_FIELDS), "currency_id", "product_id", "unit")
    def _compute_price_chart(self):
        for rule in self:
            rule.price_chart = rule._get_price_chart()

    # === BUSINESS === #

    def _get_example(self):
        """A few amounts by these terms, one a line, as a customer may be told; "" while the terms are incomplete."""
        self.ensure_one()
        lines = []
        for measured in self._get_examples():
            amount = self._price_example(measured)
            if amount is None:
                return ""
            lines.append(self._tell_example(measured, self._get_money(amount)))
        return "\n".join(lines)

    def _get_price_chart(self):
        """What the widget amount_chart draws: amounts over rising quantities or values; False where there is none."""
        self.ensure_one()
        bounds = self._get_bends()
        if bounds is None:
            return False
        kind = "value" if self.charge_model in _BY_VALUE else "quantity"
        points = []
        for place in get_places(bounds):
            amount = self._price_example(Measured(kind, place, _EVENTS_SHOWN))
            if amount is None:
                return False
            points.append([to_text(place), to_text(amount)])
        label = self.currency_id.name if kind == "value" else self.unit
        return {"points": points, "marker": None, "x_label": label, "y_label": self.currency_id.name}

    def _price_example(self, measured):
        """What the engine charges for one whole period with so much of it; None where it refuses the terms."""
        try:
            return rate(*self._prepare_example(measured), pricer=self._get_pricer()).amount
        except (RatingError, TypeError):
            # TypeError: a number of the form is still empty.
            return None

    def _prepare_example(self, measured):
        """(Terms, RatingFacts) of an example."""
        start = self.version_id.date_start or fields.Date.context_today(self)
        facts = RatingFacts(
            quantity=None,
            unit=self.unit,
            currency=self.currency_id.name or "",
            rounding=trim(parse_decimal(str(self.currency_id.rounding or 1))),
            service_start=start,
            service_end=start + timedelta(days=30),
        )
        terms = self._get_terms(self.product_id.cloud_billing_model or "metered")
        if measured.kind == "value" and measured.events:
            # Equal events, so that the reader can follow; the last one takes what the division leaves.
            each = trim(divide(measured.amount, Decimal(measured.events)))
            with exact():
                last = measured.amount - each * (measured.events - 1)
            facts = replace(facts, events=(*[each] * (measured.events - 1), last))
        if measured.kind == "value":
            # A row with a value has been counted too.
            facts = replace(facts, quantity=_ONE)
        return terms, replace(facts, **{measured.kind: measured.amount})

    # === HOOKS === #

    def _get_examples(self):
        """Return what the examples are about, a few Measured: where the terms show what they mean."""
        self.ensure_one()
        if self.charge_model == "cost_plus":
            return [Measured("cost", _HUNDRED)]
        if self.charge_model == "percentage":
            return [Measured("value", _HUNDRED * _EVENTS_SHOWN, _EVENTS_SHOWN)]
        if self.charge_model == "dynamic":
            return [Measured("value", _HUNDRED)]
        kind = "value" if self.charge_model in _BY_VALUE else "quantity"
        bounds = self._get_bends() or []
        if not bounds:
            return [Measured(kind, self._to_measured(_HUNDRED))]
        with exact():
            places = [bounds[0], min(bounds[0] * _HALF_MORE, *bounds[1:2] or [bounds[0] * _HALF_MORE])]
            if len(bounds) > 1:
                places.append(bounds[-1] * _ABOVE)
        return [Measured(kind, trim(place)) for place in dict.fromkeys(places)]

    def _get_bends(self):
        """Return where the line of amounts bends or jumps, ascending, as measured; None where no line can be drawn."""
        self.ensure_one()
        if self.charge_model in _LADDERS:
            bounds = [tier.up_to for tier in self.tier_ids._in_order() if tier.up_to is not None]
            return bounds if self.charge_model in _BY_VALUE else [self._to_measured(bound) for bound in bounds]
        if self.charge_model == "package":
            return self._get_block_bends()
        if self.charge_model == "percentage":
            return [_HUNDRED * _EVENTS_SHOWN]
        return [] if self.charge_model in ("per_unit", "pricelist") else None

    def _get_block_bends(self):
        if not self.block_size or self.block_size <= 0:
            return None
        with exact():
            free = self.free_units or Decimal(0)
            edges = [free + self.block_size * number for number in range(_BLOCKS_SHOWN + 1)]
        return [self._to_measured(edge) for edge in edges if edge > 0]

    def _to_measured(self, priced):
        """How much is measured where so much is priced: the other way round through the conversion, unrounded."""
        numerator, denominator = self.conversion_numerator or _ONE, self.conversion_denominator or _ONE
        if numerator == denominator:
            return priced
        with exact():
            return trim(divide(priced * denominator, numerator))

    def _tell_example(self, measured, amount):
        """Return the example in words. amount: with its currency, as the reader writes it."""
        facts = {"amount": amount, "unit": self.unit}
        if measured.kind == "cost":
            return self.env._("A cost of %(cost)s becomes %(amount)s", cost=self._get_money(measured.amount), **facts)
        if measured.kind == "value" and measured.events:
            return self.env._(
                "%(count)s events worth %(value)s in all cost %(amount)s",
                count=measured.events,
                value=self._get_money(measured.amount),
                **facts,
            )
        if measured.kind == "value":
            return self.env._("Usage worth %(value)s costs %(amount)s", value=self._get_money(measured.amount), **facts)
        return self.env._(
            "%(quantity)s %(unit)s cost %(amount)s", quantity=format_decimal(self.env, measured.amount), **facts
        )
