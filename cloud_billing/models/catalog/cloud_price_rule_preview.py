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
_BLOCKS_SHOWN = 5
_STEPS = 40
_EVENTS_SHOWN = 10
_MAX_EVENTS = 1000
_EVENT_TERMS = ("fixed_per_event", "free_events", "event_minimum", "event_maximum")
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
        points = []
        for place, measured in self._get_chart_places():
            amount = self._price_example(measured)
            if amount is None:
                return False
            points.append([to_text(place), to_text(amount)])
        label = self._get_chart_label()
        return points and {"points": points, "marker": None, "x_label": label, "y_label": self.currency_id.name}

    def _get_chart_places(self):
        """[(place on the axis, Measured)] of the chart, rising; none where no line can be drawn."""
        if self._is_by_event():
            count = self._get_event_count()
            step = max(1, count * 2 // _STEPS)
            return [(Decimal(events), self._make_events(events)) for events in range(0, count * 2 + 1, step)]
        bounds = self._get_bends()
        if bounds is None:
            return []
        kind = "value" if self.charge_model in _BY_VALUE else "quantity"
        return [(place, Measured(kind, place)) for place in get_places(bounds, self._get_chart_middle(bounds))]

    def _get_chart_middle(self, bounds):
        """What stands in the middle of the chart; None where its bounds say how wide it is."""
        if self.charge_model == "package":
            # It ends with a package: behind that the line would rise where no step was asked for.
            return divide(bounds[-1], Decimal(2))
        return None if bounds else self._to_measured(_HUNDRED)

    def _get_chart_label(self):
        """What the axis counts."""
        if self._is_by_event():
            return self.env._("events of %(value)s", value=self._get_money(_HUNDRED))
        return self.currency_id.name if self.charge_model in _BY_VALUE else self.unit

    def _is_by_event(self):
        return self.charge_model == "percentage" and any(self[name] not in (None, 0) for name in _EVENT_TERMS)

    def _get_event_count(self):
        """So many events of a hundred each that the free ones among them do not hide the price."""
        free = (self.free_events or 0) + int((self.free_amount or 0) / _HUNDRED)
        return max(_EVENTS_SHOWN, min(_EVENTS_SHOWN + free, _MAX_EVENTS))

    @staticmethod
    def _make_events(count):
        return Measured("value", _HUNDRED * count, events=count)

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
        terms = _without_blanks(self._get_terms(self.product_id.cloud_billing_model or "metered"))
        if measured.events is not None:
            facts = replace(facts, events=(_HUNDRED,) * measured.events)
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
        if self._is_by_event():
            return [self._make_events(self._get_event_count())]
        if self.charge_model == "percentage":
            return [Measured("value", _HUNDRED * _EVENTS_SHOWN + (self.free_amount or 0))]
        if self.charge_model == "dynamic":
            return [Measured("value", _HUNDRED)]
        if self.charge_model == "package":
            return [Measured("quantity", edge) for edge in self._get_block_edges((0, 1, _HALF_MORE))]
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
            return self._get_block_edges(range(_BLOCKS_SHOWN + 1)) or None
        if self.charge_model == "percentage":
            return [self.free_amount or _HUNDRED * _EVENTS_SHOWN]
        return [] if self.charge_model in ("per_unit", "pricelist") else None

    def _get_block_edges(self, blocks):
        """Where packages begin and end, as measured: after what is free, and after each of so many packages."""
        if not self.block_size or self.block_size <= 0:
            return []
        with exact():
            free = self.free_units or Decimal(0)
            edges = [trim(free + self.block_size * number) for number in blocks]
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
        if measured.events is not None:
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


def _without_blanks(terms):
    """The terms without a row that a person has just begun: an example must not vanish while he types the next one."""
    return replace(
        terms,
        tiers=tuple(tier for tier in terms.tiers if not _is_blank(tier, terms.charge_model)),
        cells=tuple(cell for cell in terms.cells if cell.values or cell.unit_price is not None),
    )


def _is_blank(tier, charge_model):
    price = tier.percent if charge_model == "graduated_percentage" else tier.unit_price
    return tier.up_to is None and price is None and not tier.flat_amount
