from decimal import Decimal
from fractions import Fraction
from math import lcm

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...engine.numbers import parse_decimal
from ...fields import DecimalField, format_decimal, get_changed

# Rows of 40 digits times this stay far within what the engine's numbers hold.
_MAX_DENOMINATOR = 10**40


class CloudMeterConversion(models.Model):
    """One unit of the source as so many units of the meter: x numerator / denominator, exactly.

    A unit of Odoo gives both when it is chosen; what Odoo's unit says later changes nothing that was counted.
    """

    _name = "cloud.meter.conversion"
    _description = "Unit Conversion of a Meter"
    _order = "meter_id, unit, id"

    meter_id = fields.Many2one("cloud.meter", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="meter_id.company_id", store=True, index=True)
    unit = fields.Char(required=True, help="As the source writes it, for instance GiB.")
    uom_id = fields.Many2one(
        "uom.uom", string="Unit in Odoo", ondelete="restrict", help="Empty: multiply and divide by your own numbers."
    )
    numerator = DecimalField(
        string="Multiply By", compute="_compute_factor", store=True, precompute=True, readonly=False, required=True
    )
    denominator = DecimalField(
        string="Divide By", compute="_compute_factor", store=True, precompute=True, readonly=False, required=True
    )
    scaled_numerator = DecimalField(
        compute="_compute_scaled_numerator", store=True, help="The numerator over the meter's common denominator."
    )
    example = fields.Char(compute="_compute_example")

    _unit_uniq = models.UniqueIndex("(meter_id, unit)", "The meter converts this unit already.")
    _factor_positive = models.Constraint(
        "CHECK (numerator > 0 AND denominator > 0)", "Multiply and divide by numbers above 0."
    )

    # === COMPUTE === #

    @api.depends("meter_id.name", "unit")
    def _compute_display_name(self):
        for conversion in self:
            conversion.display_name = ": ".join(filter(None, (conversion.meter_id.name, conversion.unit)))

    @api.depends("uom_id", "meter_id.uom_id")
    def _compute_factor(self):
        factors = self._fetch_uom_factors()
        for conversion in self:
            source, target = (factors.get(uom._origin.id) for uom in (conversion.uom_id, conversion.meter_id.uom_id))
            if source and target:
                conversion.numerator, conversion.denominator = source[0], target[0]
            else:
                conversion.numerator = conversion.numerator or 1
                conversion.denominator = conversion.denominator or 1

    @api.depends("numerator", "denominator", "meter_id.conversion_denominator")
    def _compute_scaled_numerator(self):
        for conversion in self:
            common = conversion.meter_id.conversion_denominator or Decimal(1)
            conversion.scaled_numerator = Decimal(int(conversion._get_fraction() * int(common)))

    @api.depends("numerator", "denominator", "unit", "meter_id.unit")
    @api.depends_context("lang")
    def _compute_example(self):
        """The conversion as a person checks it, with the two numbers as they stand: 100 Hours = 1 Pack."""
        for conversion in self:
            conversion.example = self.env._(
                "%(number)s %(source_unit)s = %(quantity)s %(unit)s",
                number=format_decimal(self.env, conversion.denominator),
                source_unit=conversion.unit or "…",
                quantity=format_decimal(self.env, conversion.numerator),
                unit=conversion.meter_id.unit or "…",
            )

    # === CONSTRAINTS === #

    @api.constrains("unit", "meter_id", "uom_id", "numerator", "denominator")
    def _check_units(self):
        factors = self._fetch_uom_factors()
        for conversion in self:
            meter = conversion.meter_id
            if not meter.unit:
                raise ValidationError(
                    self.env._(
                        "The meter %(meter)s converts %(unit)s into nothing: enter the unit of the meter.",
                        meter=meter.name,
                        unit=conversion.unit,
                    )
                )
            if conversion.unit == meter.unit:
                raise ValidationError(
                    self.env._(
                        "%(unit)s is the unit of the meter %(meter)s itself: it needs no conversion.",
                        meter=meter.name,
                        unit=conversion.unit,
                    )
                )
            if not conversion.uom_id:
                continue
            if not meter.uom_id:
                raise ValidationError(
                    self.env._(
                        "%(unit)s is converted by Odoo's units: choose on the meter %(meter)s which of them its own"
                        " unit is, or enter numbers to multiply and divide by.",
                        meter=meter.name,
                        unit=conversion.unit,
                    )
                )
            if factors[conversion.uom_id.id][1] != factors[meter.uom_id.id][1]:
                raise ValidationError(
                    self.env._(
                        "%(unit)s cannot become %(other)s: in Odoo they have no reference unit in common. Choose units"
                        " of one kind, or enter numbers to multiply and divide by.",
                        unit=conversion.uom_id.name,
                        other=meter.uom_id.name,
                    )
                )

    # === CRUD === #

    def write(self, vals):
        # Adding a unit is allowed: usage in a unit that the meter did not know was refused, so nothing counted it.
        changed = self.filtered(lambda conversion: get_changed(conversion, vals, vals))
        changed.meter_id._refuse_once_charged()
        return super().write(vals)

    def unlink(self):
        self.meter_id._refuse_once_charged()
        return super().unlink()

    # === BUSINESS === #

    def _get_fraction(self):
        """The factor as a reduced Fraction; 1 while a form is not filled in."""
        self.ensure_one()
        if not self.numerator or not self.denominator or self.numerator < 0 or self.denominator < 0:
            return Fraction(1)
        return Fraction(self.numerator) / Fraction(self.denominator)

    def _get_common_denominator(self):
        """The smallest whole number by which all these factors become whole, a Decimal."""
        common = lcm(*(conversion._get_fraction().denominator for conversion in self))
        if common > _MAX_DENOMINATOR:
            raise ValidationError(
                self.env._(
                    "The conversions of the meter %(meter)s have no common denominator of 40 digits or fewer. Use fewer"
                    " decimals.",
                    meter=self.meter_id[:1].name,
                )
            )
        return Decimal(common)

    def _fetch_uom_factors(self):
        """{id of uom.uom: (exact factor to its reference unit, id of that)}. Odoo's own field is a float."""
        uoms = (self.uom_id | self.meter_id.uom_id)._origin
        if not uoms:
            return {}
        uoms.flush_recordset(["factor", "relative_uom_id"])
        self.env.cr.execute(
            "SELECT id, factor::text, split_part(parent_path, '/', 1) FROM uom_uom WHERE id = ANY(%s)", [uoms.ids]
        )
        return {uom_id: (parse_decimal(factor), root) for uom_id, factor, root in self.env.cr.fetchall()}
