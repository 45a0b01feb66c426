from odoo import fields, models

from ...engine.rating import MatrixCell
from ...fields import DecimalField, format_decimal
from .content import as_content

# The stored fields of a cell that are terms. All of them are covered by an approval.
CELL_FIELDS = ("sequence", "value_1", "value_2", "value_3", "unit_price")
VALUE_FIELDS = ("value_1", "value_2", "value_3")


class CloudPriceCell(models.Model):
    """One price of a matrix: for these values of the dimensions that its rule names, in their order."""

    _name = "cloud.price.cell"
    _description = "Matrix Price"
    _inherit = ["cloud.protected.mixin"]
    _protected_parent = "rule_id"
    _order = "rule_id, sequence, id"

    sequence = fields.Integer(default=10, help="Of cells that name equally many values the first one wins.")
    rule_id = fields.Many2one("cloud.price.rule", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="rule_id.company_id", store=True, precompute=True, index=True)
    currency_id = fields.Many2one(related="rule_id.currency_id")
    value_1 = fields.Char(string="First Dimension", help="As the usage writes it. Empty: any value.")
    value_2 = fields.Char(string="Second Dimension", help="As the usage writes it. Empty: any value.")
    value_3 = fields.Char(string="Third Dimension", help="As the usage writes it. Empty: any value.")
    unit_price = DecimalField(required=True, help="For each unit of usage with these values.")

    # === BUSINESS === #

    def _in_order(self):
        """The cells in the order of the screen; also those of a form that is not saved yet."""
        return self.sorted("sequence")

    def _get_values(self):
        """The pairs (dimension, value) that the cell names; a value without a dimension has "" for its dimension."""
        self.ensure_one()
        names = self.rule_id._get_dimensions()
        values = [(self[field] or "").strip() for field in VALUE_FIELDS]
        return tuple((name, value) for name, value in zip(names, values, strict=True) if value)

    def _get_cell(self):
        """The engine's MatrixCell."""
        return MatrixCell(values=self._get_values(), unit_price=self.unit_price)

    def _get_content(self):
        """What an approval covers of the cell, in the order of CELL_FIELDS."""
        return [as_content(self[name]) for name in CELL_FIELDS]

    def _get_summary(self):
        """The cell in words: "eu, m5.large: 0.10"."""
        self.ensure_one()
        return self.env._(
            "%(values)s: %(price)s",
            values=", ".join(value for _name, value in self._get_values()) or "-",
            price=format_decimal(self.env, self.unit_price, self.currency_id.decimal_places),
        )
