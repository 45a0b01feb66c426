from odoo import api, fields, models
from odoo.exceptions import UserError

from ...fields import DecimalField, get_changed
from .meter_dimensions import DIMENSIONS, get_tag_check

# What a charge has counted cannot come to mean something else; its filters and conversions neither.
_FIXED_ONCE_CHARGED = (
    "aggregation",
    "basis",
    "basis_tag",
    "unit",
    "uom_id",
    "company_id",
    "counted_dimension",
    "counted_tag",
    "operation_tag",
    "weighting",
    "is_recurring",
    "apart_dimension",
    "apart_tag",
    "rounding",
    "rounding_step",
    "rounding_scope",
    "value_basis",
    "value_tag",
)
_NUMBERS = [
    ("quantity", "Quantity"),
    ("cost_billed", "Provider's billed cost"),
    ("cost_effective", "Provider's effective cost"),
    ("cost_list", "Provider's list cost"),
    ("cost_contracted", "Provider's contracted cost"),
    ("tag", "Number in a tag"),
]


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
        [
            ("sum", "Sum"),
            ("count", "Count of rows"),
            ("max", "Maximum"),
            ("min", "Minimum"),
            ("average", "Average"),
            ("latest", "Latest"),
            ("unique_count", "Unique count"),
            ("time_weighted", "Time-weighted"),
            ("percentile_95", "95th percentile"),
            ("value", "Sum of value"),
        ],
        required=True,
        default="sum",
        help="What is made of the rows of a period. Latest and time-weighted are for rows that say a new level, such as"
        " the size of a disk; the 95th percentile is for samples of bandwidth; the sum of value is money that each row"
        " moves, for percentages and for prices that the row itself brings.",
    )
    basis = fields.Selection(
        _NUMBERS,
        required=True,
        default="quantity",
        help="Which number of a usage row is aggregated. Cost plus prices take their cost by their own setting.",
    )
    basis_tag = fields.Char(
        string="Number's Tag", help="Name of the tag, or of the file's other column, that holds the number."
    )
    unit = fields.Char(help="Unit of the quantity that prices see, for instance GB-Months. Empty for costs.")
    uom_id = fields.Many2one(
        "uom.uom",
        string="Unit in Odoo",
        ondelete="restrict",
        help="Only to convert by Odoo's units: which of them the meter's unit is.",
    )
    filter_ids = fields.One2many("cloud.meter.filter", "meter_id", string="Filters", copy=True)
    conversion_ids = fields.One2many("cloud.meter.conversion", "meter_id", string="Conversions", copy=True)
    conversion_denominator = DecimalField(
        compute="_compute_conversion_denominator",
        store=True,
        help="What all conversions are divided by, so that rows of several units can be compared without rounding.",
    )
    counted_dimension = fields.Selection(DIMENSIONS, string="Counted Once", help="Each value of it counts once.")
    counted_tag = fields.Char(help="Name of the tag whose values are counted.")
    operation_tag = fields.Char(
        string="Add or Remove",
        help="Name of the tag that says 'add' or 'remove': a value then counts from the row that adds it until the row"
        " that removes it, also in later periods. Empty: a value counts in each period in which a row has it.",
    )
    weighting = fields.Selection(
        [("seconds", "By the second"), ("days", "By the day")],
        help="How the time counts for which a level holds. By the second: its seconds of the period's. By the day: a"
        " day that has begun counts whole, with its highest level.",
    )
    is_recurring = fields.Boolean(
        string="Carried Over",
        default=True,
        help="A period starts from the last level before it. Otherwise it starts from nothing.",
    )
    apart_dimension = fields.Selection(
        DIMENSIONS,
        string="Each Alone",
        help="Each value of it is measured alone, for instance each resource, and the results are added up.",
    )
    apart_tag = fields.Char(string="Each Alone by Tag", help="Name of the tag whose values are measured alone.")
    rounding = fields.Selection(
        [
            ("none", "Not rounded"),
            ("up", "Up"),
            ("down", "Down"),
            ("half_up", "Half up"),
        ],
        required=True,
        default="none",
        help="To a multiple of the step. Up is away from zero and down towards it, so that a row that takes usage back"
        " takes back what it gave.",
    )
    rounding_step = DecimalField(required=True, default=1, help="For instance 60 or 0.001.")
    rounding_scope = fields.Selection(
        [("event", "Each row"), ("period", "The period's quantity")],
        string="Rounded",
        required=True,
        default="period",
        help="Calls are often rounded up one by one, storage once.",
    )
    value_basis = fields.Selection(
        _NUMBERS,
        string="Value of a Row",
        help="Which number is the money that a row moves, besides its quantity: for dynamic prices and percentages.",
    )
    value_tag = fields.Char(string="Value's Tag", help="Name of the tag that holds the value.")
    product_ids = fields.One2many("product.template", "cloud_meter_id", string="Products")
    product_count = fields.Integer(compute="_compute_product_count", string="Number of Products")
    is_charged = fields.Boolean(
        compute="_compute_is_charged", help="Something was charged by this meter, so what it counts stays as it is."
    )

    _code_company_uniq = models.UniqueIndex(
        "(code, COALESCE(company_id, 0))", "A meter with this code exists already: choose another code."
    )
    _basis_tag_named = models.Constraint(
        get_tag_check("basis", "basis_tag"), "Name the tag that holds the number, or choose another number."
    )
    _value_tag_named = models.Constraint(
        get_tag_check("value_basis", "value_tag"), "Name the tag that holds the value, or choose another number."
    )
    _counted_tag_named = models.Constraint(
        get_tag_check("counted_dimension", "counted_tag"), "Name the tag whose values are counted."
    )
    _apart_tag_named = models.Constraint(
        get_tag_check("apart_dimension", "apart_tag"), "Name the tag whose values are measured alone."
    )
    _counted_named = models.Constraint(
        "CHECK ((aggregation = 'unique_count') = (counted_dimension IS NOT NULL))",
        "A unique count, and no other meter, says what counts once: choose a dimension.",
    )
    _operation_of_unique_count = models.Constraint(
        "CHECK (aggregation = 'unique_count' OR COALESCE(operation_tag, '') = '')",
        "Only a unique count adds and removes values.",
    )
    _weighting_where_levels_hold = models.Constraint(
        "CHECK (CASE WHEN aggregation = 'time_weighted' THEN weighting IS NOT NULL"
        " WHEN aggregation = 'unique_count' AND COALESCE(operation_tag, '') <> '' THEN TRUE"
        " ELSE weighting IS NULL END)",
        "Time counts for time-weighted meters, by the second or by the day, and for unique counts with a tag that says"
        " add or remove.",
    )
    _apart_where_it_differs = models.Constraint(
        "CHECK (apart_dimension IS NULL OR aggregation IN ('max', 'min', 'latest', 'time_weighted', 'percentile_95'))",
        "Sums, counts and averages are not measured apart: leave Each Alone empty.",
    )
    _value_once = models.Constraint(
        "CHECK (aggregation <> 'value' OR value_basis IS NULL)",
        "A sum of value has its value as its number: leave Value of a Row empty.",
    )
    _rounding_step_positive = models.Constraint("CHECK (rounding_step > 0)", "A rounding step is above 0.")

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

    @api.depends("conversion_ids.numerator", "conversion_ids.denominator")
    def _compute_conversion_denominator(self):
        for meter in self:
            meter.conversion_denominator = meter.conversion_ids._get_common_denominator()

    @api.onchange("aggregation", "operation_tag")
    def _onchange_aggregation(self):
        """Forget what the chosen aggregation does not read, and offer what it needs."""
        is_unique = self.aggregation == "unique_count"
        if not is_unique:
            self.counted_dimension = self.counted_tag = self.operation_tag = False
        if self.aggregation == "time_weighted":
            self.weighting = self.weighting or "seconds"
        elif not (is_unique and self.operation_tag):
            self.weighting = False
        if self.aggregation not in ("max", "min", "latest", "time_weighted", "percentile_95"):
            self.apart_dimension = self.apart_tag = False
        if self.aggregation == "value":
            self.value_basis = self.value_tag = False

    @api.onchange("basis", "value_basis", "counted_dimension", "apart_dimension")
    def _onchange_dimensions(self):
        for name, tag in (
            ("basis", "basis_tag"),
            ("value_basis", "value_tag"),
            ("counted_dimension", "counted_tag"),
            ("apart_dimension", "apart_tag"),
        ):
            if self[name] != "tag":
                self[tag] = False

    @api.onchange("uom_id")
    def _onchange_uom_id(self):
        if self.uom_id and not self.unit:
            self.unit = self.uom_id.name

    # === CONSTRAINTS === #

    @api.constrains("unit", "uom_id")
    def _check_conversions(self):
        self.conversion_ids._check_units()

    # === CRUD === #

    def write(self, vals):
        changed = self.filtered(lambda meter: get_changed(meter, vals, _FIXED_ONCE_CHARGED))
        changed._refuse_once_charged()
        return super().write(vals)

    def _refuse_once_charged(self):
        """Raise where something was charged by one of these meters: what it counts stays as it is."""
        charged = self._get_charged() if self else self
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
