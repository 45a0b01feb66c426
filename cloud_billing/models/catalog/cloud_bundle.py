from odoo import api, fields, models
from odoo.tools import format_date

from ...engine.schedule import RUNNING
from ...fields import DecimalField, format_decimal
from .bundle_terms import BundleTerms
from .content import as_content


class CloudBundle(models.Model):
    """What a product is made of from a day on, and how it is priced and shown."""

    _name = "cloud.bundle"
    _description = "Bundle"
    _inherit = ["cloud.agreed.mixin", "mail.thread"]
    _request_kind = "bundle"
    _protected_fields = (
        "company_id", "product_id", "date_start", "pricing", "discount_percent", "discount_amount", "currency_id",
        "invoice_display", "state",
    )  # fmt: skip
    _order = "product_id, date_start desc, id desc"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    product_id = fields.Many2one(
        "product.product",
        string="Bundle",
        required=True,
        ondelete="restrict",
        index=True,
        check_company=True,
        tracking=True,
        domain=[("cloud_billing_model", "in", ("recurring", "one_time"))],
        help="The product that is put on a subscription; recurring or one-time.",
    )
    date_start = fields.Date(
        string="From",
        required=True,
        tracking=True,
        default=fields.Date.context_today,
        help="First day of service for which it is made of these parts. It holds until the next approved one begins.",
    )
    date_end = fields.Date(
        string="Until", compute="_compute_date_end", help="First day of the next approved one. Empty: open."
    )
    pricing = fields.Selection(
        [("fixed", "One price for the set"), ("sum", "Sum of the parts less a discount")],
        default="fixed",
        required=True,
        help="One price: of the bundle's own product in the price plan. Sum: of the parts' prices in the price plan.",
    )
    discount_percent = DecimalField(string="Discount %", help="Off the sum of the parts: 10 takes ten per cent off.")
    discount_amount = DecimalField(
        string="Discount Amount", currency_field="currency_id", help="Off the sum of the parts, for a whole period."
    )
    currency_id = fields.Many2one(
        "res.currency", required=True, ondelete="restrict", default=lambda self: self.env.company.currency_id
    )
    invoice_display = fields.Selection(
        [
            ("total", "One line"),
            ("names", "Its parts without prices"),
            ("prices", "Its parts with prices"),
        ],
        string="On the Invoice",
        default="total",
        required=True,
        help="What the customer reads. In the ledger each part is a line of its own on its income account.",
    )
    part_ids = fields.One2many("cloud.bundle.part", "bundle_id", string="Parts", copy=True)
    parts_text = fields.Char(string="Made Of", compute="_compute_parts_text")
    status = fields.Selection(
        [
            ("draft", "Draft"),
            ("waiting", "Waiting for approval"),
            ("rejected", "Rejected"),
            ("future", "Approved for later"),
            ("in_force", "In force"),
            ("superseded", "Superseded"),
        ],
        compute="_compute_status",
        help="Where it stands today.",
    )

    _one_approved_per_date = models.UniqueIndex(
        "(company_id, product_id, date_start) WHERE state = 'approved'",
        "The bundle has approved parts from this date already: choose another date.",
    )
    _one_discount = models.Constraint(
        "CHECK (num_nonnulls(discount_percent, discount_amount) <= 1)",
        "The discount of a bundle is a percentage or an amount: leave one of them empty.",
    )
    _discount_in_range = models.Constraint(
        # A check that is neither true nor false holds: an empty discount is none.
        "CHECK (discount_percent BETWEEN 0 AND 100 AND discount_amount >= 0)",
        "A discount is 0 to 100 per cent, or an amount of 0 or more.",
    )
    _discount_of_a_sum = models.Constraint(
        "CHECK (pricing = 'sum' OR num_nonnulls(discount_percent, discount_amount) = 0)",
        "A price for the set has no discount besides: lower the price.",
    )

    # === COMPUTE === #

    @api.depends("product_id", "date_start")
    def _compute_display_name(self):
        for bundle in self:
            day = format_date(self.env, bundle.date_start) if bundle.date_start else ""
            bundle.display_name = self.env._(
                "%(product)s from %(day)s", product=bundle.product_id.display_name or "", day=day
            )

    @api.depends("state", "date_start", "product_id")
    def _compute_date_end(self):
        approved = self.search([("product_id", "in", self.product_id.ids), ("state", "=", "approved")])
        for bundle in self:
            later = [
                other.date_start
                for other in approved
                if (other.company_id, other.product_id) == (bundle.company_id, bundle.product_id)
                and bundle.date_start
                and other.date_start > bundle.date_start
            ]
            bundle.date_end = min(later, default=False) if bundle.state == "approved" else False

    @api.depends("state", "date_start", "date_end")
    def _compute_status(self):
        today = fields.Date.context_today(self)
        for bundle in self:
            if bundle.state != "approved":
                bundle.status = {"pending": "waiting"}.get(bundle.state, bundle.state)
            elif bundle.date_start > today:
                bundle.status = "future"
            else:
                bundle.status = "superseded" if bundle.date_end and bundle.date_end <= today else "in_force"

    @api.depends("part_ids.name", "part_ids.quantity", "part_ids.is_optional", "part_ids.product_id")
    @api.depends_context("lang")
    def _compute_parts_text(self):
        for bundle in self:
            bundle.parts_text = bundle._get_parts_text(bundle.part_ids.filtered(lambda part: not part.is_optional))

    # === ACTIONS === #

    def action_change(self):
        """A draft with these parts from the first of next month on; opens it."""
        self.ensure_one()
        start = max(fields.Date.context_today(self), self.date_start)
        return self.copy({"date_start": fields.Date.add(start.replace(day=1), months=1)}).get_formview_action()

    # === BUSINESS === #

    def _get_parts_text(self, parts):
        return ", ".join(part._get_text() for part in parts)

    @api.model
    def _get_terms_by_product(self, company, product_ids):
        """{product id: BundleTerms of each approved version, oldest first} of a company; two statements."""
        bundles = self.search_fetch(
            [("company_id", "=", company.id), ("product_id", "in", list(product_ids)), ("state", "=", "approved")],
            ["product_id", "date_start", "pricing", "discount_percent", "discount_amount", "currency_id"],
            order="date_start",
        )
        terms = {}
        if bundles:
            parts = self.env["cloud.bundle.part"].search([("bundle_id", "in", bundles.ids)]).grouped("bundle_id")
            for bundle in bundles:
                terms.setdefault(bundle.product_id.id, []).append(bundle._get_terms(parts.get(bundle, ())))
        return terms

    def _get_terms(self, parts):
        self.ensure_one()
        return BundleTerms(
            id=self.id,
            name=self.product_id.display_name,
            date_start=self.date_start,
            pricing=self.pricing,
            parts=tuple(part._get_terms() for part in parts),
            discount_percent=self.discount_percent,
            discount_amount=self.discount_amount,
            currency_id=self.currency_id.id,
        )

    @api.model
    def _get_in_force(self, company, products, day):
        """{product: the approved bundle that holds on a day} of those products that are bundles then."""
        found = {}
        for bundle in self.search(
            [
                ("company_id", "=", company.id),
                ("product_id", "in", products.ids),
                ("state", "=", "approved"),
                ("date_start", "<=", day),
            ],
            order="date_start",
        ):
            found[bundle.product_id] = bundle
        return found

    # === BUSINESS: APPROVAL === #

    def _get_problems(self):
        problems = super()._get_problems()
        values = {"bundle": self.display_name}
        parts = self.part_ids
        if not parts.filtered(lambda part: not part.is_optional):
            problems.append(self.env._("%(bundle)s has no part that belongs to it. Add its parts.", **values))
        if self.product_id.cloud_billing_model not in ("recurring", "one_time"):
            problems.append(
                self.env._("%(bundle)s: the bundle's product is recurring or one-time. Choose another one.", **values)
            )
        nested = self.search([("product_id", "in", parts.product_id.ids), ("company_id", "=", self.company_id.id)])
        if nested or self.product_id in parts.product_id:
            problems.append(
                self.env._(
                    "%(bundle)s: %(part)s is a bundle itself. Add its parts instead.",
                    part=(nested.product_id | self.product_id)[0].display_name,
                    **values,
                )
            )
        return problems + self._get_price_problems(parts, values)

    def _get_price_problems(self, parts, values):
        """A price for the set needs to know what each part is worth, all of them by the same measure."""
        split = parts.filtered(lambda part: not part.is_optional)
        typed = split.filtered(lambda part: part.standalone_price is not None)
        if self.pricing == "sum":
            return []
        if typed and typed != split:
            missing = ", ".join((split - typed).mapped("name"))
            return [
                self.env._(
                    "%(bundle)s: give %(parts)s a stand-alone price too, or leave all of them empty: then the price"
                    " plan says what the parts are worth.",
                    parts=missing,
                    **values,
                )
            ]
        metered = (split - typed).filtered(lambda part: part.billing_model == "metered")
        if metered:
            return [
                self.env._(
                    "%(bundle)s: %(part)s is metered, so the price plan does not say what the included quantity is"
                    " worth. Give every part a stand-alone price.",
                    part=metered[0].name,
                    **values,
                )
            ]
        return []

    def _get_content(self):
        return {
            "company": self.company_id.id,
            "product": self.product_id.id,
            "date_start": fields.Date.to_string(self.date_start),
            "pricing": self.pricing,
            "discount": [as_content(self.discount_percent), as_content(self.discount_amount), self.currency_id.name],
            "invoice_display": self.invoice_display,
            "parts": [
                [
                    part.sequence,
                    part.product_id.id,
                    part.name,
                    as_content(part.quantity),
                    part.is_optional,
                    as_content(part.standalone_price),
                ]
                for part in self.part_ids.sorted("id")
            ],
        }

    def _get_replaced(self):
        return self._get_in_force(self.company_id, self.product_id, self.date_start).get(self.product_id, self.browse())

    def _get_effect_values(self):
        def choice(name):
            return dict(self._fields[name]._description_selection(self.env))[self[name]]

        def label(name):
            return self._fields[name]._description_string(self.env)

        discount = self._get_discount_text()
        return {
            label("date_start"): format_date(self.env, self.date_start),
            label("pricing"): choice("pricing"),
            **({self.env._("Discount"): discount} if discount else {}),
            label("invoice_display"): choice("invoice_display"),
            **{part.name: part._get_effect_text() for part in self.part_ids},
        }

    def _get_discount_text(self):
        if self.discount_percent is not None:
            return f"{format_decimal(self.env, self.discount_percent)} %"
        if self.discount_amount is not None:
            amount = format_decimal(self.env, self.discount_amount, self.currency_id.decimal_places)
            return f"{amount} {self.currency_id.name}"
        return ""

    def _get_effect_notes(self):
        lines = self.env["cloud.subscription.line"].search_count(
            [("product_id", "=", self.product_id.id), ("state", "in", RUNNING)]
        )
        notes = [self.env._("Subscription lines with this bundle: %(count)s.", count=lines)]
        metered = self.part_ids.filtered(lambda part: part.billing_model == "metered")
        if metered:
            notes.append(
                self.env._(
                    "%(parts)s: usage within the quantity is free only where the price plan includes it for each"
                    " %(bundle)s.",
                    parts=", ".join(metered.mapped("name")),
                    bundle=self.product_id.display_name,
                )
            )
        return notes
