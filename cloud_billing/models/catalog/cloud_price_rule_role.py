from decimal import Decimal

from odoo import api, fields, models

from ...engine.numbers import to_text
from ...engine.rating import Adjustment, Candidate
from ...fields import DecimalField, format_decimal

_HUNDRED = Decimal(100)
_EVERY_BILLING_MODEL = {"one_time", "recurring", "metered", "instalment"}


class CloudPriceRule(models.Model):
    """What a rule does: it is a price, or changes the price that wins, or is charged beside it."""

    _inherit = "cloud.price.rule"

    role = fields.Selection(
        [("price", "Price"), ("adjust", "Adjustment"), ("extra", "Extra")],
        default="price",
        required=True,
        help="Price: the most specific one is charged. Adjustment: changes the price that is charged by a percentage "
        "or an amount; all that apply do, the broadest first. Extra: charged beside the price, as a line of its own.",
    )
    is_final = fields.Boolean(
        string="Final Price", help="No adjustment changes this price: what was agreed is what is charged."
    )
    adjustment_percent = DecimalField(
        string="Change in Percent", help="-10 takes ten percent off the price, 5 adds five percent."
    )
    adjustment_amount = DecimalField(
        string="Change in Money",
        help="Added to the price of a period, in the currency of the plan; -5 takes five off. Of a part of a period, "
        "its share.",
    )
    is_discount = fields.Boolean(
        string="Discount",
        help="Taken off at the end, after every other adjustment, and never more than the amount itself. Without it "
        "the price itself changes.",
    )
    adjustment_label = fields.Char(
        string="On the Invoice", help="What the customer reads. Empty: nothing is said of it."
    )

    _final_is_a_price = models.Constraint(
        "CHECK (NOT is_final OR role = 'price')", "Only a price can be final: nothing adjusts adjustments and extras."
    )
    _adjustment_changes_something = models.Constraint(
        "CHECK (role <> 'adjust' OR num_nonnulls(adjustment_percent, adjustment_amount) > 0)",
        "An adjustment needs a percentage, an amount, or both.",
    )

    # === COMPUTE === #

    @api.onchange("role")
    def _onchange_role(self):
        if self.role != "price":
            self.is_final = False
        if self.role != "adjust":
            self.is_discount = self.adjustment_label = False
            self.adjustment_percent = self.adjustment_amount = None
        else:
            # An adjustment has no terms of its own: none of those that were begun may be asked for.
            self.charge_model = "per_unit"

    @api.depends("role", "adjustment_percent", "adjustment_amount", "is_discount")
    def _compute_summary(self):
        return super()._compute_summary()

    # === CONSTRAINTS === #

    @api.constrains("role", "adjustment_percent", "adjustment_amount", "is_discount")
    def _check_role(self):
        self._check_terms()

    # === BUSINESS === #

    def _get_problem(self):
        return self._get_adjustment_problem() if self.role == "adjust" else super()._get_problem()

    def _get_adjustment_problem(self):
        """Why the adjustment cannot be applied, as a sentence with a remedy; None when it can."""
        changes = [change for change in (self.adjustment_percent, self.adjustment_amount) if change is not None]
        if not any(changes):
            return self.env._(
                "Adjustment %(rule)s changes nothing. Enter a percentage or an amount, for instance -10.",
                rule=self.name,
            )
        if self.adjustment_percent is not None and self.adjustment_percent < -_HUNDRED:
            return self.env._(
                "Adjustment %(rule)s: more than 100 %% off would pay the customer. Enter -100 or more.", rule=self.name
            )
        if self.is_discount and any(change > 0 for change in changes):
            return self.env._(
                "Adjustment %(rule)s is a discount, so it takes something off. Enter a number below 0, for instance "
                "-10, or clear Discount.",
                rule=self.name,
            )
        return None

    def _get_adjustment(self, valid_from=None, valid_to=None):
        """The engine's Adjustment of a rule of the role adjust. The dates: when the rule is in force."""
        self.ensure_one()
        return Adjustment(
            rule=self._get_facts(valid_from, valid_to),
            percent=self.adjustment_percent,
            amount=self.adjustment_amount,
            label=self.adjustment_label or "",
            is_discount=self.is_discount,
        )

    def _get_candidate(self, billing_model, valid_from, valid_to, **place):
        """The engine's Candidate of this rule. place: levels and depths, by the names of the engine."""
        self.ensure_one()
        if self.role == "adjust":
            adjustment = self._get_adjustment(valid_from, valid_to)
            applied = {"rule": adjustment.rule, "adjustment": adjustment}
        else:
            terms = self._get_terms(billing_model, valid_from, valid_to)
            applied = {"rule": terms.rule, "terms": terms}
        return Candidate(
            **applied,
            **place,
            role=self.role,
            matches=self._get_matches(),
            valid_from=valid_from,
            valid_to=valid_to,
            final=self.is_final,
            sequence=self.sequence,
            # The next version's price of the same scope counts on where this one stops.
            counter=self.scope_hash,
        )

    def _get_billing_models(self):
        return _EVERY_BILLING_MODEL if self.role == "adjust" else super()._get_billing_models()

    @api.model
    def _get_candidate_fields(self):
        names = ["role", "is_final", "sequence", "scope_hash"]
        names += ["adjustment_percent", "adjustment_amount", "is_discount", "adjustment_label"]
        return [*super()._get_candidate_fields(), *names]

    def _get_scope_key(self):
        # Prices compete for one place; adjustments and extras stand in a row, each at a place of its own.
        place = 0 if self.role == "price" else self.sequence
        return (*super()._get_scope_key(), self.role, place)

    def _get_content(self):
        return {
            **super()._get_content(),
            "is_final": self.is_final,
            "adjustment": [
                None if change is None else to_text(change)
                for change in (self.adjustment_percent, self.adjustment_amount)
            ],
            "is_discount": self.is_discount,
            "adjustment_label": self.adjustment_label or None,
        }

    # === BUSINESS: TEXTS === #

    def _get_summary(self):
        if self.role == "adjust":
            return self._get_adjustment_summary()
        summary = super()._get_summary()
        return self.env._("%(price)s, final", price=summary) if self.is_final else summary

    def _get_adjustment_summary(self):
        """The change in words: "10 % off", "5 % and 2.00 EUR more"."""
        parts = []
        if self.adjustment_percent:
            number = format_decimal(self.env, abs(self.adjustment_percent))
            percent = self.env._("%(number)s %%", number=number)
            parts.append(self._get_direction(percent, self.adjustment_percent))
        if self.adjustment_amount:
            number = format_decimal(self.env, abs(self.adjustment_amount), self.currency_id.decimal_places)
            parts.append(self._get_direction(f"{number} {self.currency_id.name}", self.adjustment_amount))
        text = self.env._(", ").join(parts)
        return self.env._("%(change)s (discount)", change=text) if self.is_discount else text

    def _get_direction(self, text, change):
        return self.env._("%(change)s off", change=text) if change < 0 else self.env._("%(change)s more", change=text)
