from dataclasses import replace
from decimal import Decimal

from odoo import api, fields, models

from ...fields import DecimalField, format_decimal

# A float says so many digits for sure; what stands behind them is noise of its binary arithmetic.
_FLOAT_DIGITS = ".15g"
_ONE = Decimal(1)
# What the price that is read depends on, besides the pricelist itself.
_READ_BY = (
    "charge_model",
    "pricelist_id",
    "pricelist_quantity",
    "product_id",
    "date_start",
    "version_id",
    "unit_price",
)


class CloudPriceRule(models.Model):
    """A price that Odoo's own pricelist says: read when the rule is written and when its version is approved.

    It is read, not followed: whoever edits a pricelist would change prices that others approved. The next version reads
    it again.
    """

    _inherit = "cloud.price.rule"

    pricelist_id = fields.Many2one(
        "product.pricelist",
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
        domain="[('currency_id', '=', currency_id)]",
        help="Odoo's pricelist that says the price. It is read until the version is approved, and stays from then on.",
    )
    pricelist_quantity = DecimalField(
        string="For a Quantity Of", help="A pricelist may say another price for more: that of so many. Empty: 1."
    )

    # === COMPUTE === #

    @api.depends("pricelist_id", "pricelist_quantity")
    def _compute_summary(self):
        return super()._compute_summary()

    @api.onchange("charge_model", "pricelist_id", "pricelist_quantity", "product_id", "date_start")
    def _onchange_pricelist(self):
        if self._is_pricelist_complete():
            self.unit_price = self._get_pricelist_price()

    # === CONSTRAINTS === #

    @api.constrains("pricelist_id", "pricelist_quantity")
    def _check_pricelist(self):
        self._check_terms()

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("charge_model") == "pricelist":
                rule = self.new(vals)
                if rule._is_pricelist_complete():
                    vals["unit_price"] = rule._get_pricelist_price()
        return super().create(vals_list)

    def write(self, vals):
        if vals.keys().isdisjoint(_READ_BY):
            return super().write(vals)
        reading = self.filtered(lambda rule: vals.get("charge_model", rule.charge_model) == "pricelist")
        for rule in reading:
            draft = rule.new(vals, origin=rule)
            price = {"unit_price": draft._get_pricelist_price()} if draft._is_pricelist_complete() else {}
            super(CloudPriceRule, rule).write({**vals, **price})
        return super(CloudPriceRule, self - reading).write(vals)

    # === BUSINESS === #

    def _is_pricelist_complete(self):
        return bool(self.charge_model == "pricelist" and self.pricelist_id and self.product_id and self.version_id)

    def _get_pricelist_price(self):
        """The pricelist's price of the product on the first day of the rule, in the currency of both."""
        quantity = _ONE if self.pricelist_quantity is None else self.pricelist_quantity
        price = self.pricelist_id.with_company(self.company_id)._get_product_price(
            self.product_id,
            # Odoo works with floats; what leaves here is exactly what the text of its answer says.
            float(quantity),
            date=self.date_start or self.version_id.date_start or fields.Date.context_today(self),
        )
        return Decimal(format(price, _FLOAT_DIGITS))

    def _read_pricelists(self):
        """Read the prices of pricelists once more, before they are approved and stay."""
        for rule in self.filtered(lambda rule: rule._is_pricelist_complete()):
            price = rule._get_pricelist_price()
            if price != rule.unit_price:
                rule.unit_price = price

    def _get_problem(self):
        return (self._get_pricelist_problem() if self.charge_model == "pricelist" else None) or super()._get_problem()

    def _get_pricelist_problem(self):
        """What is missing to read the price, as a sentence; None where nothing is."""
        if not self.product_id:
            return self.env._(
                "Price %(rule)s: a pricelist says the price of one product. Choose the product, or another way to "
                "charge.",
                rule=self.name,
            )
        if not self.pricelist_id:
            return self.env._("Price %(rule)s: which pricelist says the price? Choose it.", rule=self.name)
        if self.pricelist_id.currency_id != self.currency_id:
            # Odoo would give the fixed price of an item as it stands, without a word about its currency.
            return self.env._(
                "Price %(rule)s: the pricelist %(pricelist)s is in %(other)s and the price plan in %(currency)s. "
                "Choose a pricelist in %(currency)s, or a plan in %(other)s.",
                rule=self.name,
                pricelist=self.pricelist_id.name,
                other=self.pricelist_id.currency_id.name,
                currency=self.currency_id.name,
            )
        return None

    def _prefetch_terms(self):
        self._get_pricelist_in_one_language().fetch(["name"])
        return super()._prefetch_terms()

    def _get_facts(self, valid_from=None, valid_to=None):
        """Also names the pricelist: whoever reads an amount can see where its price comes from."""
        facts = super()._get_facts(valid_from, valid_to)
        if self.charge_model != "pricelist" or not self.pricelist_id:
            return facts
        name = self._get_pricelist_in_one_language().name
        return replace(facts, rule_name=f"{facts.rule_name} ({name})")

    def _get_pricelist_in_one_language(self):
        """Workings are read by many people and say the same to each."""
        return self.pricelist_id.with_context(lang=None)

    @api.model
    def _get_candidate_fields(self):
        return [*super()._get_candidate_fields(), "pricelist_id", "pricelist_quantity"]

    def _get_content(self):
        return {**super()._get_content(), **self._get_content_of(["pricelist_id", "pricelist_quantity"])}

    # === BUSINESS: TEXTS === #

    def _get_pricelist_summary(self):
        text = self.env._(
            "%(price)s (pricelist %(pricelist)s)",
            price=self._get_per_unit_summary(),
            pricelist=self.pricelist_id.name or "-",
        )
        if self.pricelist_quantity in (None, _ONE):
            return text
        return self.env._(
            "%(price)s, its price for %(quantity)s",
            price=text,
            quantity=format_decimal(self.env, self.pricelist_quantity),
        )
