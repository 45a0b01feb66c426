from odoo import api, fields, models
from odoo.tools import format_date

from ...engine.numbers import to_text
from ...fields import DecimalField, format_decimal


class CloudCoupon(models.Model):
    """A discount that customers redeem: off which prices, how much, for how long and up to how much money."""

    _name = "cloud.coupon"
    _description = "Coupon"
    _inherit = ["cloud.agreed.mixin", "mail.thread"]
    _request_kind = "coupon"
    _protected_fields = (
        "company_id", "code", "name", "percent", "amount", "currency_id", "date_start", "date_end", "periods",
        "max_redemptions", "amount_limit", "customer_limit", "state",
    )  # fmt: skip
    _order = "code, id"
    _check_company_auto = True

    code = fields.Char(required=True, tracking=True, help="By which it is found, for instance SPRING26.")
    name = fields.Char(string="Description", required=True, tracking=True, help="Printed on the invoice.")
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        ondelete="restrict",
        default=lambda self: self.env.company.currency_id,
        help="Only charges whose prices are in this currency are discounted.",
    )
    percent = DecimalField(string="Percent Off", tracking=True, help="20 takes twenty per cent off.")
    amount = DecimalField(
        string="Amount Off",
        currency_field="currency_id",
        tracking=True,
        help="Off all charges of a customer's month together.",
    )
    date_start = fields.Date(string="Redeemed From", help="First day on which a redemption may begin. Empty: any.")
    date_end = fields.Date(
        string="Redeemed Until", help="First day on which a redemption may no longer begin. Empty: open."
    )
    periods = fields.Integer(
        string="For Months", help="How many months it holds for a customer who redeems it. 0: without end."
    )
    max_redemptions = fields.Integer(string="Redemptions at Most", help="By all customers together. 0: without limit.")
    amount_limit = DecimalField(
        string="Money at Most", currency_field="currency_id", help="For all customers together. Empty: without limit."
    )
    customer_limit = DecimalField(
        string="Money at Most per Customer", currency_field="currency_id", help="Empty: without limit."
    )
    item_ids = fields.One2many(
        "cloud.coupon.item", "coupon_id", string="For What", copy=True, help="Empty: everything that is charged."
    )
    what_text = fields.Char(string="For What, In Words", compute="_compute_texts")
    discount_text = fields.Char(string="Discount", compute="_compute_texts")
    # Written by whoever is about to use a limit up: of two at once the second one starts anew and sees the first.
    use_version = fields.Integer(default=0, readonly=True, copy=False)

    _code_uniq = models.UniqueIndex("(company_id, lower(code))", "The company has a coupon with this code already.")
    _one_discount = models.Constraint(
        "CHECK (num_nonnulls(percent, amount) = 1)", "A coupon takes off a percentage or an amount: enter one of them."
    )
    # A check that is neither true nor false holds: what is empty has no bound.
    _discount_in_range = models.Constraint(
        "CHECK ((percent > 0 AND percent <= 100) AND amount > 0)",
        "A coupon takes off more than 0 and at most 100 per cent, or an amount above 0.",
    )
    _limits_positive = models.Constraint(
        "CHECK (amount_limit > 0 AND customer_limit > 0 AND periods >= 0 AND max_redemptions >= 0)",
        "A limit is above 0; leave it empty where there is none.",
    )
    _dates_ordered = models.Constraint("CHECK (date_start < date_end)", "A coupon ends after it begins.")

    # === COMPUTE === #

    @api.depends("code", "name")
    def _compute_display_name(self):
        for coupon in self:
            coupon.display_name = f"{coupon.code}: {coupon.name}" if coupon.code else coupon.name

    @api.depends("percent", "amount", "currency_id", "periods", "item_ids.product_id", "item_ids.categ_id")
    @api.depends_context("lang")
    def _compute_texts(self):
        for coupon in self:
            names = coupon.item_ids.mapped("display_name")
            coupon.what_text = ", ".join(names) if names else self.env._("everything")
            coupon.discount_text = coupon._get_discount_text()

    # === BUSINESS === #

    def _get_discount_text(self):
        """What it takes off, in a few words."""
        self.ensure_one()
        off = self._money(self.amount) if self.percent is None else f"{format_decimal(self.env, self.percent)} %"
        if self.periods:
            return self.env._("%(off)s for %(count)s months", off=off, count=self.periods)
        return off

    def _money(self, amount):
        if amount is None:
            return ""
        return f"{format_decimal(self.env, amount, self.currency_id.decimal_places)} {self.currency_id.name}"

    def _is_redeemable_on(self, day):
        """Whether a redemption may begin on a day."""
        self.ensure_one()
        return (not self.date_start or self.date_start <= day) and (not self.date_end or day < self.date_end)

    # === BUSINESS: APPROVAL === #

    def _get_content(self):
        numbers = ("percent", "amount", "amount_limit", "customer_limit")
        return {
            **{name: self[name] for name in ("code", "name", "periods", "max_redemptions")},
            **{name: None if self[name] is None else to_text(self[name]) for name in numbers},
            "company": self.company_id.id,
            "currency": self.currency_id.name,
            "dates": [fields.Date.to_string(self.date_start), fields.Date.to_string(self.date_end)],
            "items": [[item.product_id.id, item.categ_id.id] for item in self.item_ids.sorted("id")],
        }

    def _get_effect_values(self):
        def label(name):
            return self._fields[name]._description_string(self.env)

        def day(value, empty):
            return format_date(self.env, value) if value else empty

        none = self.env._("without limit")
        return {
            label("discount_text"): self.discount_text,
            label("item_ids"): self.what_text,
            label("date_start"): day(self.date_start, self.env._("any day")),
            label("date_end"): day(self.date_end, self.env._("open")),
            label("max_redemptions"): str(self.max_redemptions) if self.max_redemptions else none,
            label("amount_limit"): self._money(self.amount_limit) or none,
            label("customer_limit"): self._money(self.customer_limit) or none,
        }
