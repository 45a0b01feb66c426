from decimal import Decimal

from odoo import api, fields, models

from ...fields import format_decimal


class CloudPriceRule(models.Model):
    """The terms of a price in words: what it costs, and what is wrong with it."""

    _inherit = "cloud.price.rule"

    unit = fields.Char(compute="_compute_unit", help="Of the quantity, as the product's meter says.")
    summary = fields.Char(string="Price", compute="_compute_summary")

    # === COMPUTE === #

    @api.depends("product_id.cloud_meter_id.unit")
    def _compute_unit(self):
        for rule in self:
            rule.unit = rule.product_id.cloud_meter_id.unit or self.env._("unit")

    @api.depends(
        "charge_model",
        "unit_price",
        "percent",
        "cost_basis",
        "currency_id",
        "product_id",
        "tier_ids.up_to",
        "tier_ids.unit_price",
        "tier_ids.flat_amount",
    )
    @api.depends_context("lang")
    def _compute_summary(self):
        for rule in self:
            rule.summary = rule._get_summary()

    # === BUSINESS === #

    def _get_terms_sentence(self, error):
        """The sentence for what the engine refused. Facts of a tier: its number and lower bound."""
        sentences = {
            "term_missing": self.env._(
                "Price %(rule)s: %(term)s is missing. Fill it in.",
                rule=self.name,
                term=self._get_term_label(error.facts.get("term")),
            ),
            "percent_below_minus_100": self.env._(
                "Price %(rule)s: a discount of more than 100 %% of the cost would pay the customer. "
                "Enter -100 or more.",
                rule=self.name,
            ),
            "no_tiers": self.env._(
                "Price %(rule)s: a ladder needs tiers. Add at least one; leave Up To empty on the last.", rule=self.name
            ),
            "bound_not_positive": self.env._(
                "Price %(rule)s: the first tier ends at 0 or below. Enter the quantity up to which it holds.",
                rule=self.name,
            ),
            "bound_not_ascending": self.env._(
                "Price %(rule)s: tier %(tier)s ends where the one before it does. Enter a higher bound or delete it.",
                rule=self.name,
                tier=error.facts.get("tier"),
            ),
            "bound_missing": self.env._(
                "Price %(rule)s: tier %(tier)s has no upper bound and is not the last. Only the last tier may be open.",
                rule=self.name,
                tier=error.facts.get("tier"),
            ),
            "last_tier_closed": self.env._(
                "Price %(rule)s: quantities above the last tier have no price. Leave Up To empty on the last tier.",
                rule=self.name,
            ),
        }
        return sentences.get(error.reason) or self.env._(
            "Price %(rule)s cannot be used (%(reason)s). Check how it is charged.", rule=self.name, reason=error.reason
        )

    def _get_term_label(self, name):
        field = self._fields.get(name)
        return field._description_string(self.env) if field else name

    # === HOOKS === #

    def _get_summary(self):
        """Return the price in one line of words. To add a charge model: return yours for your value, else super()."""
        self.ensure_one()
        if self.charge_model == "per_unit":
            price = format_decimal(self.env, self.unit_price, self.currency_id.decimal_places)
            return self.env._(
                "%(price)s %(currency)s per %(unit)s", price=price, currency=self.currency_id.name, unit=self.unit
            )
        if self.charge_model == "graduated":
            return self._get_ladder_summary()
        if self.charge_model == "cost_plus":
            return self._get_cost_plus_summary()
        return dict(self._fields["charge_model"]._description_selection(self.env)).get(self.charge_model, "")

    def _get_ladder_summary(self):
        steps = [tier._get_summary() for tier in self.tier_ids._in_order()]
        return self.env._(
            "%(steps)s (%(currency)s per %(unit)s)",
            steps=", ".join(steps) or "-",
            currency=self.currency_id.name,
            unit=self.unit,
        )

    def _get_cost_plus_summary(self):
        basis = dict(self._fields["cost_basis"]._description_selection(self.env))[self.cost_basis].lower()
        percent = format_decimal(self.env, abs(self.percent or Decimal(0)).normalize())
        if self.percent and self.percent < 0:
            return self.env._("%(basis)s - %(percent)s %%", basis=basis, percent=percent)
        return self.env._("%(basis)s + %(percent)s %%", basis=basis, percent=percent)
