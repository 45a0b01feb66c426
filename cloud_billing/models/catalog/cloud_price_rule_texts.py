from decimal import Decimal

from odoo import api, fields, models

from ...engine.numbers import trim
from ...fields import format_decimal
from .cloud_price_rule_terms import TERM_FIELDS
from .cloud_price_tier import TIER_FIELDS
from .terms_messages import get_terms_sentence

# The engine's terms that stand on the rule under another name.
_FIELD_OF_TERM = {
    "conversion.numerator": "conversion_numerator",
    "conversion.denominator": "conversion_denominator",
    "conversion.step": "quantity_step",
}


class CloudPriceRule(models.Model):
    """The terms of a price in words: what it costs, and what is wrong with it."""

    _inherit = "cloud.price.rule"

    unit = fields.Char(compute="_compute_unit", help="Of the measured quantity.")
    price_unit = fields.Char(compute="_compute_price_unit", help="What the price is per.")
    # A text, so that lists show all of it.
    summary = fields.Text(string="Price", compute="_compute_summary")

    # === COMPUTE === #

    @api.depends("measured_unit", "product_id.cloud_meter_id.unit")
    @api.depends_context("lang")
    def _compute_unit(self):
        for rule in self:
            rule.unit = rule.measured_unit or rule.product_id.cloud_meter_id.unit or self.env._("unit")

    @api.depends("unit", "priced_unit", "conversion_denominator", "conversion_numerator")
    def _compute_price_unit(self):
        for rule in self:
            rule.price_unit = rule.priced_unit if rule._is_converted() and rule.priced_unit else rule.unit

    @api.depends(*TERM_FIELDS, *(f"tier_ids.{name}" for name in TIER_FIELDS), "currency_id", "product_id")
    @api.depends_context("lang")
    def _compute_summary(self):
        for rule in self:
            rule.summary = rule._get_summary()

    # === BUSINESS === #

    def _get_terms_sentence(self, error):
        """The sentence for what the engine refused: this price, what is wrong, what to do."""
        term = error.facts.get("term")
        field = self._fields.get(_FIELD_OF_TERM.get(term, term)) if isinstance(term, str) else None
        label = field._description_string(self.env) if field else term
        return get_terms_sentence(self.env, self.name, error, label)

    def _get_billing_model_sentence(self):
        """Why a product that is not metered cannot be charged this way."""
        facts = {"rule": self.name, "product": self.product_id.display_name}
        if self.charge_model == "cost_plus":
            return self.env._(
                "Price %(rule)s: %(product)s is not metered, so there is no provider's cost to add a percentage to. "
                "Choose Per unit, or a metered product.",
                **facts,
            )
        return self.env._(
            "Price %(rule)s: %(product)s is not metered, so no usage says what %(model)s is charged on. "
            "Choose Per unit, or a metered product.",
            model=self._get_label("charge_model"),
            **facts,
        )

    def _get_label(self, name):
        """What the value of a selection is called on the screen."""
        return dict(self._fields[name]._description_selection(self.env)).get(self[name], "")

    # === HOOKS === #

    def _get_summary(self):
        """Return the price in one line of words. To add a charge model: return yours for your value, else super()."""
        self.ensure_one()
        tell = getattr(self, f"_get_{self.charge_model}_summary", None)
        if tell is None:
            return self._get_label("charge_model")
        return ", ".join([tell(), *self._get_limits()])

    def _get_effect_text(self):
        """Return every term in words, for the person who approves a change: no two terms may read the same.

        The summary, unless a charge model has more than fits in a line.
        """
        self.ensure_one()
        return self._get_summary()

    def _get_limits(self):
        """Return what is agreed around the charge model, one text each: unit, rounding, count, minimum, maximum."""
        return [*self._get_quantity_texts(), *self._get_amount_texts()]

    def _get_quantity_texts(self):
        texts = []
        if self.conversion_numerator not in (None, 1):
            texts.append(
                self.env._(
                    "quantity × %(numerator)s / %(denominator)s",
                    numerator=format_decimal(self.env, self.conversion_numerator),
                    denominator=format_decimal(self.env, self.conversion_denominator or Decimal(1)),
                )
            )
        if self.quantity_rounding not in (False, "none"):
            facts = {
                "rounded": self._get_label("quantity_rounding").lower(),
                "step": format_decimal(self.env, Decimal(1) if self.quantity_step is None else self.quantity_step),
            }
            texts.append(
                self.env._("running total %(rounded)s to %(step)s", **facts)
                if self.is_cumulative
                else self.env._("quantity %(rounded)s to %(step)s", **facts)
            )
        if self._get_counter_cycle():
            texts.append(self.env._("counted over: %(cycle)s", cycle=self._get_label("counter_cycle").lower()))
        return texts

    def _get_amount_texts(self):
        texts = []
        if self.minimum is not None:
            texts.append(self.env._("at least %(amount)s", amount=self._get_money(self.minimum)))
        if self.maximum is not None:
            texts.append(self.env._("at most %(amount)s", amount=self._get_money(self.maximum)))
        if texts and not self.is_minimum_prorated:
            texts.append(self.env._("in full for a part of a period"))
        return texts

    # === BUSINESS: ONE SUMMARY PER CHARGE MODEL === #

    def _get_per_unit_summary(self):
        return self.env._("%(price)s per %(unit)s", price=self._get_money(self.unit_price), unit=self.price_unit)

    def _get_graduated_summary(self):
        return self.env._(
            "%(steps)s (%(currency)s per %(unit)s)",
            steps=self._get_steps(),
            currency=self.currency_id.name,
            unit=self.price_unit,
        )

    def _get_volume_summary(self):
        return self.env._("%(ladder)s for all of it", ladder=self._get_graduated_summary())

    def _get_stairstep_summary(self):
        return self.env._(
            "%(steps)s (%(currency)s, by %(unit)s)",
            steps=self._get_steps(),
            currency=self.currency_id.name,
            unit=self.price_unit,
        )

    def _get_graduated_percentage_summary(self):
        return self.env._(
            "%(steps)s (of the value in %(currency)s)", steps=self._get_steps(), currency=self.currency_id.name
        )

    def _get_steps(self):
        return ", ".join(tier._get_summary() for tier in self.tier_ids._in_order()) or "-"

    def _get_package_summary(self):
        texts = [
            self.env._(
                "%(price)s per %(size)s %(unit)s",
                price=self._get_money(self.unit_price),
                size=format_decimal(self.env, self.block_size),
                unit=self.price_unit,
            )
        ]
        if self.block_rounding == "down":
            texts.append(self.env._("full packages only"))
        if self.free_units:
            texts.append(self.env._("the first %(count)s free", count=format_decimal(self.env, self.free_units)))
        return ", ".join(texts)

    def _get_percentage_summary(self):
        texts = [
            self.env._("%(percent)s %% of the value", percent=format_decimal(self.env, self.percent or Decimal(0)))
        ]
        if self.fixed_per_event:
            texts[0] = self.env._(
                "%(price)s + %(amount)s per event", price=texts[0], amount=self._get_money(self.fixed_per_event)
            )
        if self.free_events:
            texts.append(self.env._("%(count)s events free", count=self.free_events))
        if self.free_amount:
            texts.append(self.env._("%(amount)s of value free", amount=self._get_money(self.free_amount)))
        if self.event_minimum is not None:
            texts.append(self.env._("at least %(amount)s per event", amount=self._get_money(self.event_minimum)))
        if self.event_maximum is not None:
            texts.append(self.env._("at most %(amount)s per event", amount=self._get_money(self.event_maximum)))
        return ", ".join(texts)

    def _get_cost_plus_summary(self):
        text = self._get_label("cost_basis").lower()
        percent = format_decimal(self.env, trim((self.percent or Decimal(0)).copy_abs()))
        if self.percent and self.percent < 0:
            text = self.env._("%(basis)s - %(percent)s %%", basis=text, percent=percent)
        elif self.percent is not None:
            text = self.env._("%(basis)s + %(percent)s %%", basis=text, percent=percent)
        if self.fixed:
            text = self.env._("%(price)s + %(amount)s", price=text, amount=self._get_money(self.fixed))
        return text

    def _get_dynamic_summary(self):
        return self.env._("the price in each usage row")

    def _get_money(self, amount):
        number = format_decimal(self.env, amount, self.currency_id.decimal_places)
        return self.env._("%(amount)s %(currency)s", amount=number, currency=self.currency_id.name)
