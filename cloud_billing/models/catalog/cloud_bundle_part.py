from odoo import api, fields, models

from ...engine.numbers import trim
from ...fields import DecimalField, format_decimal
from .bundle_terms import BundlePart


class CloudBundlePart(models.Model):
    """One product that a bundle is made of, and how many of it."""

    _name = "cloud.bundle.part"
    _description = "Part of a Bundle"
    _inherit = ["cloud.protected.mixin"]
    _protected_parent = "bundle_id"
    _order = "bundle_id, sequence, id"
    _check_company_auto = True

    bundle_id = fields.Many2one("cloud.bundle", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="bundle_id.company_id", store=True, precompute=True, index=True)
    sequence = fields.Integer(default=10)
    product_id = fields.Many2one(
        "product.product",
        required=True,
        ondelete="restrict",
        index=True,
        check_company=True,
        domain=[("cloud_billing_model", "not in", (False, "instalment"))],
        help="Its income account gets the part's share of the revenue.",
    )
    name = fields.Char(
        string="Description",
        compute="_compute_name",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="Printed on the invoice.",
    )
    billing_model = fields.Selection(related="product_id.cloud_billing_model")
    quantity = DecimalField(
        default=1, required=True, help="In each bundle. Of a metered product: how much is included in a period."
    )
    unit = fields.Char(compute="_compute_unit")
    is_optional = fields.Boolean(
        string="Optional",
        help="Chosen on each subscription line; it costs what the price plan says, in addition to a price for the set.",
    )
    standalone_price = DecimalField(
        string="Stand-alone Price",
        help="Of one unit when it is sold alone. A price for the set is split on the parts by these prices. Empty: as"
        " the price plan says.",
    )

    _product_once = models.UniqueIndex(
        "(bundle_id, product_id)", "A product is a part of a bundle once: give its quantity."
    )
    _quantity_positive = models.Constraint("CHECK (quantity > 0)", "The quantity of a part is more than 0.")
    _price_not_negative = models.Constraint("CHECK (standalone_price >= 0)", "A stand-alone price is 0 or more.")

    # === COMPUTE === #

    @api.depends("product_id")
    def _compute_name(self):
        for part in self:
            part.name = part.name or part.product_id.display_name

    @api.depends("product_id.cloud_meter_id.unit", "product_id.uom_id.name")
    def _compute_unit(self):
        for part in self:
            part.unit = part.product_id.cloud_meter_id.unit or part.product_id.uom_id.name

    @api.depends("name", "quantity", "unit")
    def _compute_display_name(self):
        for part in self:
            part.display_name = part._get_text()

    # === BUSINESS === #

    def _get_text(self):
        """The part in a few words: 2 × Backup, 100 GB Traffic."""
        self.ensure_one()
        quantity = format_decimal(self.env, trim(self.quantity)) if self.quantity is not None else ""
        if self.billing_model == "metered":
            return f"{quantity} {self.unit or ''} {self.name or ''}"
        return f"{quantity} × {self.name or ''}"

    def _get_effect_text(self):
        """The part as a checker reads it."""
        self.ensure_one()
        texts = [self._get_text(), self.is_optional and self.env._("optional")]
        if self.standalone_price is not None:
            price = format_decimal(self.env, self.standalone_price, self.bundle_id.currency_id.decimal_places)
            texts.append(
                self.env._("%(price)s %(currency)s each alone", price=price, currency=self.bundle_id.currency_id.name)
            )
        return ", ".join(text for text in texts if text)

    def _get_terms(self):
        self.ensure_one()
        return BundlePart(
            product_id=self.product_id.id,
            name=self.name,
            quantity=self.quantity,
            unit=self.unit or "",
            billing_model=self.billing_model,
            is_optional=self.is_optional,
            standalone_price=self.standalone_price,
        )
