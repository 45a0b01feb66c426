from odoo import api, fields, models
from odoo.tools import sql


class CloudPriceRule(models.Model):
    """What a price expects of the meter whose usage it prices: its unit, and a value where it looks at one."""

    _inherit = "cloud.price.rule"

    measured_unit = fields.Char(
        string="Measured In",
        compute="_compute_measured_unit",
        store=True,
        readonly=False,
        precompute=True,
        help="The unit of the usage that the price was made for, as its meter says. A meter that counts another unit "
        "is refused.",
    )

    def _auto_init(self):
        # Nobody said what older prices were made for: they are asked nothing, and no update stops at one of them.
        is_update = sql.table_exists(self.env.cr, self._table)
        for name in ("measured_unit", "priced_unit"):
            if is_update and not sql.column_exists(self.env.cr, self._table, name):
                sql.create_column(self.env.cr, self._table, name, "varchar")
        return super()._auto_init()

    # === COMPUTE === #

    # Not by the meter's unit: a price that was made for hours is not one for days when somebody edits the meter.
    @api.depends("product_id")
    def _compute_measured_unit(self):
        for rule in self:
            rule.measured_unit = rule.product_id.cloud_meter_id.unit if rule.product_id else rule.measured_unit

    # === CONSTRAINTS === #

    @api.constrains("measured_unit")
    def _check_measured_unit(self):
        self._check_terms()

    # === BUSINESS === #

    def _get_problem(self):
        return self._get_meter_problem() or super()._get_problem()

    def _get_meter_problem(self):
        """Why the meters of its products do not fit the price, as a sentence; None where they do."""
        for meter, product in self._get_meters():
            if self.measured_unit and meter.unit and meter.unit != self.measured_unit:
                return self.env._(
                    "Price %(rule)s is for usage in %(unit)s, and the meter of %(product)s counts %(other)s. Enter the "
                    "price per %(other)s and say so in Measured In, or use a meter that counts %(unit)s.",
                    rule=self.name,
                    unit=self.measured_unit,
                    product=product.display_name,
                    other=meter.unit,
                )
            if self._is_on_value() and not meter.value_basis and meter.aggregation != "value":
                return self.env._(
                    "Price %(rule)s looks at the value of the usage, and the meter %(meter)s of %(product)s takes "
                    "none. Choose its Value of a Row, or another way to charge.",
                    rule=self.name,
                    meter=meter.name,
                    product=product.display_name,
                )
        return None

    def _get_meters(self):
        """Pairs (meter, one of its products) that the price is for; a category is asked only where it matters."""
        if self.product_id:
            return [(self.product_id.cloud_meter_id, self.product_id)] if self.product_id.cloud_meter_id else []
        if not self.categ_id or not (self.measured_unit or self._is_on_value()):
            return []
        products = self.env["product.template"].search(
            [("categ_id", "child_of", self.categ_id.id), ("cloud_meter_id", "!=", False)]
        )
        return [(meter, of_meter[0]) for meter, of_meter in products.grouped("cloud_meter_id").items()]

    def _get_content(self):
        return {**super()._get_content(), **self._get_content_of(["measured_unit"])}

    # === HOOKS === #

    def _is_on_value(self):
        """Return whether the price looks at the value that usage moves, so that its meter must take one."""
        self.ensure_one()
        return self.charge_model in ("percentage", "graduated_percentage", "dynamic")
