import hashlib
from contextlib import contextmanager
from itertools import pairwise

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import format_date

from ....engine.numbers import to_text
from ....fields import BigIntegerField, DecimalField, format_decimal

# For what a rate is, besides its dates: two prices of one scope are equally specific.
SCOPE_FIELDS = ("subscription_id", "line_id", "product_id", "billing_model", "kind")
# Adjustments stand in a row: each has a place of its own.
PLACE_FIELDS = ("origin", "sequence")
VALUE_FIELDS = ("unit_price", "is_final", "percent", "amount", "label")


class CloudContractRate(models.Model):
    """A price that a contract itself says, or a change of the price that applies to it; from a day to a day.

    It comes before every rule of a plan. How it becomes an engine price: cloud_contract_rate_price.py; how it is
    agreed: cloud_contract_rate_approval.py.
    """

    _name = "cloud.contract.rate"
    _description = "Price of a Contract"
    _inherit = ["cloud.agreed.mixin", "mail.thread"]
    _request_kind = "contract_rate"
    _protected_fields = (
        *SCOPE_FIELDS, *PLACE_FIELDS, *VALUE_FIELDS, "date_start", "date_end", "company_id", "state",
    )  # fmt: skip
    _order = "subscription_id, date_start, sequence, id"
    _check_company_auto = True

    name = fields.Char(
        compute="_compute_name",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="Printed in the workings of every amount; proposed from why it was agreed.",
    )
    subscription_id = fields.Many2one("cloud.subscription", required=True, ondelete="cascade", index=True)
    customer_id = fields.Many2one(related="subscription_id.customer_id", store=True, precompute=True, index=True)
    company_id = fields.Many2one(related="subscription_id.company_id", store=True, precompute=True, index=True)
    subscription_state = fields.Selection(related="subscription_id.state", string="State of the Subscription")
    currency_id = fields.Many2one(
        related="subscription_id.plan_id.currency_id", help="Of the plan, and billed in another one as its prices are."
    )
    line_id = fields.Many2one(
        "cloud.subscription.line",
        ondelete="cascade",
        index="btree_not_null",
        check_company=True,
        domain="[('subscription_id', '=', subscription_id)]",
        help="Empty: every line of the subscription, also those that are added later.",
    )
    product_id = fields.Many2one(
        "product.product",
        ondelete="restrict",
        check_company=True,
        domain=[("cloud_billing_model", "!=", False)],
        help="Only for this product: one of the lines, or a part of a bundle. Empty: what the lines are for.",
    )
    billing_model = fields.Selection(
        [("recurring", "Recurring fees"), ("metered", "Usage"), ("one_time", "One-time charges")],
        string="Only For",
        help="Empty: whatever is charged.",
    )
    kind = fields.Selection(
        [("price", "Price"), ("adjust", "Adjustment")],
        required=True,
        default="price",
        help="Price: charged in place of the plan's. Adjustment: changes the price that applies, whatever that is, "
        "after all that the plan changes.",
    )
    origin = fields.Selection(
        [
            ("negotiated", "Negotiated"),
            ("order", "Order"),
            ("phase", "Phase"),
            ("ramp", "Ramp"),
            ("uplift", "Uplift at renewal"),
            ("index", "Indexation"),
        ],
        string="Why",
        required=True,
        default="negotiated",
    )
    reason = fields.Char(help="In your own words; for colleagues and for whoever approves.")
    sequence = fields.Integer(
        default=10, help="Of adjustments that hold at the same time, the one with the lower number is applied first."
    )
    unit_price = DecimalField(
        string="Unit Price", help="Per unit; of fees, per unit and billing period. In the currency of the plan."
    )
    is_final = fields.Boolean(
        string="Final Price",
        help="Nothing adjusts this price: no rule of the plan, no phase, uplift or indexation of the contract.",
    )
    percent = DecimalField(string="Change in Percent", help="-50 takes half off the price, 3 adds three percent.")
    amount = DecimalField(
        string="Change in Money",
        help="Added to the price of a period of each line it is for; -5 takes five off. Of a part of a period, its "
        "share.",
    )
    label = fields.Char(string="On the Invoice", help="What the customer reads. Empty: nothing is said of it.")
    date_start = fields.Date(
        string="From", required=True, default=fields.Date.context_today, help="First day, as the customer's calendar."
    )
    date_end = fields.Date(string="Until", help="First day on which it no longer holds. Empty: open.")
    summary = fields.Char(compute="_compute_summary")
    what = fields.Char(string="For What", compute="_compute_what")
    scope_hash = BigIntegerField(
        compute="_compute_scope_hash",
        store=True,
        precompute=True,
        required=True,
        help="Digest of for what it is: of two with the same one only one holds on a day.",
    )

    _dates_ordered = models.Constraint("CHECK (date_start < date_end)", "A price of a contract ends after it starts.")
    _price_has_one = models.Constraint(
        "CHECK (kind <> 'price' OR unit_price IS NOT NULL AND num_nonnulls(line_id, product_id) > 0)",
        "A price of a contract needs a number, and a line or a product that it is for.",
    )
    _adjustment_changes_something = models.Constraint(
        "CHECK (kind <> 'adjust' OR num_nonnulls(percent, amount) = 1 AND NOT is_final)",
        "An adjustment is a percentage or an amount: enter one of them.",
    )
    _one_at_a_time = models.Constraint(
        "EXCLUDE USING gist (int8range(scope_hash, scope_hash, '[]') WITH &&, daterange(date_start, date_end) WITH &&)"
        " WHERE (state = 'approved') DEFERRABLE INITIALLY IMMEDIATE",
        "Two prices of a contract are for the same thing on the same days: end one of them before the other begins.",
    )

    # === COMPUTE === #

    @api.depends("origin", "reason", "kind")
    @api.depends_context("lang")
    def _compute_name(self):
        labels = dict(self._fields["origin"]._description_selection(self.env))
        for rate in self:
            rate.name = rate.name or rate.reason or labels.get(rate.origin)

    @api.depends("kind", "unit_price", "is_final", "percent", "amount", "currency_id", "product_id", "line_id")
    @api.depends_context("lang")
    def _compute_summary(self):
        for rate in self:
            rate.summary = rate._get_summary()

    @api.depends("line_id.name", "product_id", "billing_model")
    @api.depends_context("lang")
    def _compute_what(self):
        for rate in self:
            rate.what = rate._get_what()

    @api.depends(*SCOPE_FIELDS, *PLACE_FIELDS)
    def _compute_scope_hash(self):
        for rate in self:
            digest = hashlib.sha256(repr(rate._get_scope_key()).encode()).digest()
            # One bit less than the column has: the constraint's range ends one above.
            rate.scope_hash = int.from_bytes(digest[:8], "big", signed=True) >> 1

    @api.depends("name", "subscription_id.name")
    def _compute_display_name(self):
        for rate in self:
            rate.display_name = ": ".join(filter(None, (rate.subscription_id.name, rate.name)))

    @api.onchange("kind")
    def _onchange_kind(self):
        if self.kind == "price":
            self.percent = self.amount = None
        else:
            self.unit_price = None
            self.is_final = False

    # === CONSTRAINTS === #

    @api.constrains("line_id", "product_id", "subscription_id", "kind", "unit_price", "percent", "amount")
    def _check_rate(self):
        for rate in self:
            problem = rate._get_problem()
            if problem:
                raise ValidationError(problem)

    @api.constrains("state", "date_start", "date_end", *SCOPE_FIELDS, *PLACE_FIELDS)
    def _check_overlap(self):
        """Name both; the EXCLUDE constraint is what guarantees it."""
        domain = Domain("scope_hash", "in", self.mapped("scope_hash")) & Domain("state", "=", "approved")
        for rates in self.search(domain, order="date_start, id").grouped("scope_hash").values():
            for former, latter in pairwise(rates):
                if not former.date_end or former.date_end > latter.date_start:
                    raise ValidationError(former._get_overlap_sentence(latter))

    def _get_overlap_sentence(self, other):
        return self.env._(
            "%(former)s (%(former_summary)s, %(former_dates)s) and %(latter)s (%(latter_summary)s, %(latter_dates)s) "
            "are both for %(what)s on the same days. End one of them before the other begins, or delete one.",
            former=self.display_name,
            former_summary=self.summary,
            former_dates=self._get_dates_text(),
            latter=other.display_name,
            latter_summary=other.summary,
            latter_dates=other._get_dates_text(),
            what=self.what,
        )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        with self._overlap_said_first():
            return super().create(vals_list)

    def write(self, vals):
        if not vals.keys() & {"state", "date_start", "date_end", *SCOPE_FIELDS, *PLACE_FIELDS}:
            return super().write(vals)
        with self._overlap_said_first():
            return super().write(vals)

    @contextmanager
    def _overlap_said_first(self):
        """Let `_check_overlap` say which two overlap before the database refuses them without their names."""
        self.env.cr.execute("SET CONSTRAINTS cloud_contract_rate_one_at_a_time DEFERRED")
        yield
        self.flush_model(["scope_hash", "date_start", "date_end", "state"])
        self.env.cr.execute("SET CONSTRAINTS cloud_contract_rate_one_at_a_time IMMEDIATE")

    # === BUSINESS === #

    def _get_problem(self):
        """Why nothing can be priced by it, as a sentence with a remedy; None where it can."""
        self.ensure_one()
        values = {"rate": self.display_name}
        if self.line_id and self.line_id.subscription_id != self.subscription_id:
            return self.env._("%(rate)s: the line is of another subscription. Choose one of this one.", **values)
        if self.kind == "price":
            if self.unit_price is not None and self.unit_price < 0:
                return self.env._(
                    "%(rate)s: a price below 0 would pay the customer. Enter 0 or more, or an adjustment.", **values
                )
            return None
        if not self.percent and not self.amount:
            return self.env._("%(rate)s changes nothing. Enter a percentage or an amount, for instance -10.", **values)
        if self.percent is not None and self.percent < -100:
            return self.env._("%(rate)s: more than 100 %% off would pay the customer. Enter -100 or more.", **values)
        return None

    def _get_scope_key(self):
        """For what it is, as a tuple of whole numbers and texts: of two with an equal one, one holds on a day."""
        self.ensure_one()
        names = SCOPE_FIELDS if self.kind == "price" else (*SCOPE_FIELDS, *PLACE_FIELDS)
        return tuple(
            self[name]._origin.id or 0 if self._fields[name].type == "many2one" else self[name] or "" for name in names
        )

    # === BUSINESS: TEXTS === #

    def _get_summary(self):
        """The price or change in words: "80.00 EUR per unit", "50 % off"."""
        self.ensure_one()
        if self.kind == "price":
            product = self.product_id or self.line_id.product_id
            text = self.env._(
                "%(price)s %(currency)s per %(unit)s",
                price=format_decimal(self.env, self.unit_price, self.currency_id.decimal_places),
                currency=self.currency_id.name or "",
                unit=product.cloud_meter_id.unit or self.env._("unit"),
            )
            return self.env._("%(price)s, final", price=text) if self.is_final else text
        if self.percent is not None:
            text, change = f"{format_decimal(self.env, abs(self.percent))} %", self.percent
        else:
            change = self.amount or 0
            number = format_decimal(self.env, abs(change), self.currency_id.decimal_places)
            text = f"{number} {self.currency_id.name or ''}"
        return self.env._("%(change)s off", change=text) if change < 0 else self.env._("%(change)s more", change=text)

    def _get_what(self):
        self.ensure_one()
        parts = [
            self.line_id.name or self.env._("every line"),
            self.product_id.display_name if self.product_id else "",
            dict(self._fields["billing_model"]._description_selection(self.env)).get(self.billing_model, ""),
        ]
        return self.env._(", ").join(part for part in parts if part)

    def _get_dates_text(self):
        start = format_date(self.env, self.date_start)
        if not self.date_end:
            return self.env._("from %(start)s on", start=start)
        return self.env._("%(start)s to %(end)s", start=start, end=format_date(self.env, self.date_end))

    def _get_sentence(self):
        """One line of words: "1 January to 1 April 2026: every line, Recurring fees, 50 % off (Phase)"."""
        self.ensure_one()
        return self.env._(
            "%(dates)s: %(what)s, %(summary)s (%(name)s)",
            dates=self._get_dates_text(),
            what=self.what,
            summary=self.summary,
            name=self.name,
        )

    def _get_content(self):
        """What an approval is about, as JSON-able values; a new field must be added here to be covered by it."""
        self.ensure_one()
        return {
            "name": self.name,
            "scope": self._get_scope_key(),
            "values": [self[name] and to_text(self[name]) for name in ("unit_price", "percent", "amount")],
            "is_final": self.is_final,
            "label": self.label or None,
            "dates": [fields.Date.to_string(self.date_start), fields.Date.to_string(self.date_end)],
            "policy": self.policy or None,
        }
