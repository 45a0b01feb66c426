import hashlib

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...fields import BigIntegerField, DecimalField, format_decimal
from .allowance_offers import Allowance
from .cloud_version_part_mixin import WHAT_FIELDS, WHO_FIELDS
from .content import as_content

# What an approval covers, besides for whom and for what.
_TERMS = (
    "name",
    "sequence",
    "quantity",
    "unit",
    "unit_product_id",
    "cycle",
    "shared",
    "rollover_periods",
    "is_prorated",
    "is_beside",
)
# What makes two of them equally specific. One that is granted beside others stands at a place of its own.
_PLACE = ("unit_product_id", "cycle", "shared", "sequence")


class CloudPriceAllowance(models.Model):
    """A quantity that is included: so much of a metered product costs nothing, in each period."""

    _name = "cloud.price.allowance"
    _description = "Included Quantity"
    _inherit = ["cloud.version.part.mixin"]
    _order = "version_id, sequence, id"
    _check_company_auto = True

    name = fields.Char(
        compute="_compute_name",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="What the customer reads on the invoice, for instance Included traffic.",
    )
    sequence = fields.Integer(default=10, help="Of what is gone on the same day, the lower one is used up first.")
    product_id = fields.Many2one(
        domain=[("cloud_billing_model", "=", "metered")], help="Of which usage so much is included."
    )
    categ_id = fields.Many2one(
        help="Of the usage of all metered products of this category, and of those below it, together so much.",
    )
    rate_class_id = fields.Many2one(
        help="For the customers that are in this class, or in one below it, when the period begins.",
    )
    quantity = DecimalField(required=True, help="In the unit that is priced, in each period.")
    unit = fields.Char(
        compute="_compute_unit",
        store=True,
        readonly=False,
        precompute=True,
        help="Usage that is priced in another unit does not draw on it. Empty: any unit.",
    )
    unit_product_id = fields.Many2one(
        "product.product",
        string="For Each",
        ondelete="restrict",
        check_company=True,
        domain=[("cloud_billing_model", "=", "recurring")],
        help="So much for each unit of this product that is in force, for instance 10 GB for each seat. Empty: once.",
    )
    cycle = fields.Selection(
        [
            ("period", "Billing period"),
            ("quarter", "Quarter"),
            ("year", "Year"),
            ("contract", "Whole contract"),
        ],
        string="In Each",
        required=True,
        default="period",
        help="How often the quantity is granted again.",
    )
    shared = fields.Selection(
        [
            ("line", "Each line has its own"),
            ("subscription", "The lines of a subscription"),
            ("customer", "The customer and those it pays for"),
        ],
        string="Shared By",
        required=True,
        default="line",
        help="Who draws on the same quantity. Of a customer, the periods are calendar months, quarters or years.",
    )
    rollover_periods = fields.Integer(
        string="Can Be Used Later",
        help="For how many further periods what is left can be used; what is gone first is used up first. 0: gone with "
        "the period.",
    )
    is_prorated = fields.Boolean(
        string="For a Part of a Period, Its Share",
        help="A contract or seats of half a period grant half. Without it a part of a period grants all of it.",
    )
    is_beside = fields.Boolean(
        string="Beside Others",
        help="Granted in addition. Without it only the one with the narrowest scope is granted, as with prices.",
    )
    summary = fields.Char(string="Included", compute="_compute_summary")
    who = fields.Char(string="For Whom", compute="_compute_texts")
    what = fields.Char(string="For What", compute="_compute_texts")
    scope_hash = BigIntegerField(
        compute="_compute_scope_hash",
        store=True,
        precompute=True,
        required=True,
        help="Digest of for whom and for what: the same in every version, so that what is left goes on.",
    )

    _one_customer_scope = models.Constraint(
        f"CHECK (num_nonnulls({', '.join(WHO_FIELDS)}) <= 1)",
        "What is included is for everyone, a rate class, one customer, one subscription or one line: choose one.",
    )
    _one_product_scope = models.Constraint(
        "CHECK (num_nonnulls(product_id, categ_id) = 1)",
        "Say of what so much is included: a metered product, or a category.",
    )
    _quantity_positive = models.Constraint("CHECK (quantity > 0)", "Included is a quantity above 0.")
    _rollover_not_negative = models.Constraint(
        "CHECK (rollover_periods >= 0)", "What is left can be used for 0 or more further periods."
    )
    _contract_has_one_period = models.Constraint(
        "CHECK (cycle <> 'contract' OR (rollover_periods = 0 AND shared <> 'customer'))",
        "What is granted once for a whole contract cannot be used after it, nor be shared by several contracts.",
    )
    _one_per_scope = models.UniqueIndex(
        "(version_id, scope_hash)",
        "The version includes something of the same product for the same customers already: change that one, or mark "
        "one of them Beside Others and give it another sequence.",
    )

    # === COMPUTE === #

    @api.depends("product_id", "categ_id")
    def _compute_name(self):
        for allowance in self:
            what = allowance.product_id.name or allowance.categ_id.name
            allowance.name = allowance.name or (self.env._("Included: %(what)s", what=what) if what else False)

    @api.depends("product_id")
    def _compute_unit(self):
        for allowance in self:
            allowance.unit = allowance.product_id.cloud_meter_id.unit or allowance.unit

    @api.depends("quantity", "unit", "unit_product_id", "cycle", "shared", "rollover_periods", "is_beside")
    @api.depends_context("lang")
    def _compute_summary(self):
        for allowance in self:
            allowance.summary = allowance._get_summary()

    @api.depends(*WHO_FIELDS, *WHAT_FIELDS)
    @api.depends_context("lang")
    def _compute_texts(self):
        for allowance in self:
            rule = self.env["cloud.price.rule"].new({name: allowance[name] for name in (*WHO_FIELDS, *WHAT_FIELDS)})
            allowance.who, allowance.what = rule._get_who(), rule._get_what()

    @api.depends("is_beside", "unit", *WHO_FIELDS, *WHAT_FIELDS, *_PLACE)
    def _compute_scope_hash(self):
        for allowance in self:
            digest = hashlib.sha256(repr(allowance._get_scope_key()).encode()).digest()
            allowance.scope_hash = int.from_bytes(digest[:8], "big", signed=True)

    @api.onchange("product_id")
    def _onchange_product_id(self):
        if self.product_id:
            self.categ_id = False

    @api.onchange("categ_id")
    def _onchange_categ_id(self):
        if self.categ_id:
            self.product_id = False

    # === CONSTRAINTS === #

    @api.constrains("product_id", "unit_product_id")
    def _check_products(self):
        for allowance in self:
            metered, units = allowance.product_id, allowance.unit_product_id
            if metered and metered.cloud_billing_model != "metered":
                raise ValidationError(
                    self.env._(
                        "%(allowance)s: %(product)s is not metered, so there is no usage to include. Choose a metered "
                        "product.",
                        allowance=allowance.name,
                        product=metered.display_name,
                    )
                )
            if units and units.cloud_billing_model != "recurring":
                raise ValidationError(
                    self.env._(
                        "%(allowance)s: nobody agrees on a number of %(product)s, so nothing can be granted for each. "
                        "Choose a recurring product, such as a seat.",
                        allowance=allowance.name,
                        product=units.display_name,
                    )
                )

    # === BUSINESS === #

    def _get_scope_key(self):
        """For whom and for what, as a tuple of whole numbers and texts; equal ones are equally specific."""
        self.ensure_one()
        scope = tuple(self[name]._origin.id or 0 for name in (*WHO_FIELDS, *WHAT_FIELDS))
        place = tuple(as_content(self[name]) for name in _PLACE) if self.is_beside else ()
        return scope, self.unit or "", place

    def _get_content(self):
        """What an approval covers, as JSON-able values."""
        self.ensure_one()
        return {
            "scope": {name: as_content(self[name]) for name in (*WHO_FIELDS, *WHAT_FIELDS)},
            **{name: as_content(self[name]) for name in _TERMS},
        }

    @api.model
    def _get_offer_fields(self):
        """Names of the stored fields that `_get_terms` and the search for what is included read."""
        return ["version_id", "plan_id", "scope_hash", *WHO_FIELDS, *WHAT_FIELDS, *_TERMS]

    def _get_terms(self):
        """The terms as the rating of charges reads them."""
        self.ensure_one()
        return Allowance(
            id=self.id,
            plan_id=self.plan_id.id,
            key=self.scope_hash,
            label=self.name,
            quantity=self.quantity,
            unit=self.unit or "",
            cycle=self.cycle,
            shared=self.shared,
            sequence=self.sequence,
            rollover=self.rollover_periods,
            unit_product_id=self.unit_product_id.id or None,
            is_prorated=self.is_prorated,
            is_beside=self.is_beside,
        )

    # === BUSINESS: TEXTS === #

    def _get_summary(self):
        """The allowance in one line of words: "10 GB for each Seat in each billing period, shared by ..."."""
        self.ensure_one()
        quantity = f"{format_decimal(self.env, self.quantity)} {self.unit or ''}".strip() if self.quantity else "-"
        if self.unit_product_id:
            quantity = self.env._(
                "%(quantity)s for each %(product)s", quantity=quantity, product=self.unit_product_id.name
            )
        cycle = self._get_label("cycle").lower()
        texts = [
            self.env._("%(quantity)s for the whole contract", quantity=quantity)
            if self.cycle == "contract"
            else self.env._("%(quantity)s in each %(cycle)s", quantity=quantity, cycle=cycle),
            self._get_label("shared") if self.shared != "line" else "",
            self.env._("can be used for %(count)s more", count=self.rollover_periods) if self.rollover_periods else "",
            self.env._("beside others") if self.is_beside else "",
        ]
        return ", ".join(text[:1].lower() + text[1:] for text in texts if text)

    def _get_label(self, name):
        return dict(self._fields[name]._description_selection(self.env)).get(self[name], "")
