from odoo import api, models

from ...fields import DecimalField, format_decimal


class MailTrackingValue(models.Model):
    _inherit = "mail.tracking.value"

    @api.model
    def _create_tracking_values(self, initial_value, new_value, col_name, col_info, record):
        """The chatter keeps an exact number as text: its float columns would round a price of 0.000000123456 away."""
        if isinstance(record._fields[col_name], DecimalField):
            col_info = {**col_info, "type": "char"}
            initial_value, new_value = format_decimal(self.env, initial_value), format_decimal(self.env, new_value)
        return super()._create_tracking_values(initial_value, new_value, col_name, col_info, record)

    def _tracking_value_format_model(self, model):
        formatted = super()._tracking_value_format_model(model)
        names = {tracking.id: tracking.field_id.name for tracking in self}
        for entry in formatted:
            if model and isinstance(self.env[model]._fields.get(names[entry["id"]]), DecimalField):
                tracking = self.browse(entry["id"])
                entry["fieldInfo"]["fieldType"] = "char"
                entry["oldValue"], entry["newValue"] = tracking.old_value_char, tracking.new_value_char
        return formatted
