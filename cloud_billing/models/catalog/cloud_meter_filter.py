from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...fields import get_changed
from .meter_dimensions import DIMENSIONS, get_dimension_text, get_tag_check


class CloudMeterFilter(models.Model):
    """A condition on a dimension of usage rows; a meter counts the rows that fulfil all of its filters.

    A row without the dimension has the empty text there: it is none of the values, so `is_not` and `not_starts_with`
    let it in. That way a meter and the meter of the rest count every row between them.
    """

    _name = "cloud.meter.filter"
    _description = "Filter of a Meter"
    _order = "meter_id, id"

    meter_id = fields.Many2one("cloud.meter", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="meter_id.company_id", store=True, index=True)
    dimension = fields.Selection(DIMENSIONS, required=True, default="region")
    tag = fields.Char(help="Name of the tag, or of the file's other column.")
    operator = fields.Selection(
        [
            ("is", "is one of"),
            ("is_not", "is none of"),
            ("starts_with", "starts with one of"),
            ("not_starts_with", "starts with none of"),
        ],
        string="Condition",
        required=True,
        default="is",
    )
    value_list = fields.Text(string="Values", required=True, help="One value per line, spelled as in the usage rows.")

    _tag_named = models.Constraint(get_tag_check("dimension", "tag"), "Name the tag to filter by.")

    # === CONSTRAINTS === #

    @api.constrains("value_list")
    def _check_value_list(self):
        for condition in self:
            if not condition._get_values():
                raise ValidationError(
                    self.env._(
                        "The filter on %(dimension)s of the meter %(meter)s has no values: enter one per line, or"
                        " delete the filter.",
                        dimension=get_dimension_text(condition, "dimension", "tag"),
                        meter=condition.meter_id.name,
                    )
                )

    # === COMPUTE === #

    @api.depends("dimension", "tag", "operator", "value_list")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for condition in self:
            condition.display_name = condition._get_text()

    @api.onchange("dimension")
    def _onchange_dimension(self):
        if self.dimension != "tag":
            self.tag = False

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        conditions = super().create([self._tidy(vals) for vals in vals_list])
        conditions.meter_id._refuse_once_charged()
        return conditions

    def write(self, vals):
        vals = self._tidy(vals)
        changed = self.filtered(lambda condition: get_changed(condition, vals, vals))
        changed.meter_id._refuse_once_charged()
        result = super().write(vals)
        changed.meter_id._refuse_once_charged()
        return result

    def unlink(self):
        self.meter_id._refuse_once_charged()
        return super().unlink()

    @api.model
    def _tidy(self, vals):
        """The values of a write with one clean value per line, each once: SQL compares them as they stand."""
        if not isinstance(vals.get("value_list"), str):
            return vals
        values = dict.fromkeys(filter(None, map(str.strip, vals["value_list"].splitlines())))
        return {**vals, "value_list": "\n".join(values)}

    # === BUSINESS === #

    def _get_values(self):
        """The values as a list of texts."""
        self.ensure_one()
        return [value for value in map(str.strip, (self.value_list or "").splitlines()) if value]

    def _get_text(self):
        """The condition in words: "region is eu-1 or eu-2"."""
        self.ensure_one()
        values = self._get_values()
        texts = {
            "is": self.env._("%(dimension)s is %(values)s"),
            "is_not": self.env._("%(dimension)s is not %(values)s"),
            "starts_with": self.env._("%(dimension)s starts with %(values)s"),
            "not_starts_with": self.env._("%(dimension)s does not start with %(values)s"),
        }
        return texts.get(self.operator, "%(dimension)s") % {
            "dimension": get_dimension_text(self, "dimension", "tag"),
            "values": self.env._(" or ").join(values) or "…",
        }
