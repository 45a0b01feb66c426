from odoo import api, fields, models
from odoo.exceptions import UserError

from ...fields import get_changed

# What a charge has counted cannot come to mean something else.
_FIXED_ONCE_CHARGED = ("aggregation", "basis", "unit", "company_id")


class CloudMeter(models.Model):
    """What is counted of the usage of a metered product."""

    _name = "cloud.meter"
    _description = "Meter"
    _order = "name, id"

    name = fields.Char(required=True, translate=True, help="What people call it, for instance Compute hours.")
    code = fields.Char(required=True, help="Your own short key; unique in a company.")
    company_id = fields.Many2one("res.company", index=True, help="Empty: for all companies.")
    active = fields.Boolean(default=True)
    aggregation = fields.Selection(
        [("sum", "Sum"), ("count", "Count of rows"), ("max", "Maximum")],
        required=True,
        default="sum",
        help="Sum: the rows of a period added up. Count of rows: whatever they say. Maximum: the highest row.",
    )
    basis = fields.Selection(
        [
            ("quantity", "Quantity"),
            ("cost_billed", "Provider's billed cost"),
            ("cost_effective", "Provider's effective cost"),
            ("cost_list", "Provider's list cost"),
            ("cost_contracted", "Provider's contracted cost"),
        ],
        required=True,
        default="quantity",
        help="Which number of a usage row is aggregated. Cost plus prices take their cost by their own setting.",
    )
    unit = fields.Char(help="Unit of the quantity as the source writes it, for instance GB-Months. Empty for costs.")
    product_ids = fields.One2many("product.template", "cloud_meter_id", string="Products")
    product_count = fields.Integer(compute="_compute_product_count", string="Number of Products")
    is_charged = fields.Boolean(
        compute="_compute_is_charged", help="Something was charged by this meter, so what it counts stays as it is."
    )

    _code_company_uniq = models.UniqueIndex(
        "(code, COALESCE(company_id, 0))", "A meter with this code exists already: choose another code."
    )

    # === COMPUTE === #

    @api.depends("product_ids")
    def _compute_product_count(self):
        groups = self.env["product.template"]._read_group(
            [("cloud_meter_id", "in", self.ids)], ["cloud_meter_id"], ["__count"]
        )
        counts = {meter.id: count for meter, count in groups}
        for meter in self:
            meter.product_count = counts.get(meter._origin.id, 0)

    @api.depends_context("uid")
    def _compute_is_charged(self):
        charged = self._get_charged()
        for meter in self:
            meter.is_charged = meter._origin in charged

    # === CRUD === #

    def write(self, vals):
        self._check_fixed_once_charged(vals)
        return super().write(vals)

    def _check_fixed_once_charged(self, vals):
        changed = self.filtered(lambda meter: get_changed(meter, vals, _FIXED_ONCE_CHARGED))
        charged = changed._get_charged() if changed else changed
        if charged:
            raise UserError(
                self.env._(
                    "The meter %(meter)s was charged already, so what it counts stays as it is. "
                    "Make a new meter and a new product, and end the subscription lines of the old product.",
                    meter=charged[0].name,
                )
            )

    # === ACTIONS === #

    def action_open_products(self):
        """The products that this meter counts for."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Products"),
            "res_model": "product.template",
            "view_mode": "list,form",
            "domain": [("cloud_meter_id", "=", self.id)],
            "context": {
                "default_cloud_billing_model": "metered",
                "default_cloud_meter_id": self.id,
                "default_type": "service",
            },
        }

    # === BUSINESS === #

    def _get_charged(self):
        """Those of the meters that a charge of any company names."""
        # sudo: a meter shared by companies is fixed by the charges of each, also those the user may not see.
        groups = self.env["cloud.charge"].sudo()._read_group([("meter_id", "in", self.ids)], ["meter_id"])
        return self.browse(meter.id for (meter,) in groups)
