from odoo import api, models

from ...fields import DecimalField, format_decimal


class IrQwebFieldFloat(models.AbstractModel):
    _inherit = "ir.qweb.field.float"

    @api.model
    def record_to_html(self, record, field_name, options):
        """`t-field` of an exact number prints every digit unless the template asks for a precision."""
        field = record._fields[field_name]
        if not isinstance(field, DecimalField) or options.get("precision") is not None:
            return super().record_to_html(record, field_name, options)
        return format_decimal(record.env, record[field_name])
