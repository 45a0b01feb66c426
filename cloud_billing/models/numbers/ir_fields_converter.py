from odoo import api, models
from odoo.exceptions import ValidationError

from ...engine.numbers import to_text
from ...fields import DecimalField


class IrFieldsConverter(models.AbstractModel):
    _inherit = "ir.fields.converter"

    @api.model
    def _str_to_float(self, model, field, value, savepoint):
        """An imported exact number stays text. Raises what the import shows beside the cell."""
        if not isinstance(field, DecimalField):
            return super()._str_to_float(model, field, value, savepoint)
        try:
            number = field._to_decimal(value, self.env)
        except ValidationError as error:
            raise self._format_import_error(
                ValueError,
                self.env._("'%s' is not a plain number for field '%%(field)s': write digits with a point"),
                value,
            ) from error
        return (False if number is None else to_text(number)), []
