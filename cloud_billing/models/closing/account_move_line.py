from odoo import models


class AccountMoveLine(models.Model):
    """A credit note for the money goes back for the days of what it credits, so its deferral does too."""

    _inherit = "account.move.line"

    def _copy_data_extend_business_fields(self, values):
        result = super()._copy_data_extend_business_fields(values)
        values["cloud_service_start"] = self.cloud_service_start
        values["cloud_service_end"] = self.cloud_service_end
        return result
