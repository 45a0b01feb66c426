from odoo import models


class CloudMeterConversion(models.Model):
    _inherit = "cloud.meter.conversion"

    def _filter_guarded(self, companies):
        """Those of a meter that is protected."""
        return self.filtered(lambda part: part.meter_id._filter_guarded(companies))

    def _get_touched_domain(self):
        return self.meter_id._get_touched_domain()
