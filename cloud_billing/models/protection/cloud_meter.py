from odoo import models


class CloudMeter(models.Model):
    _inherit = "cloud.meter"

    def _filter_guarded(self, companies):
        """Those of products that subscriptions have: another one counts nothing yet."""
        guarded = super()._filter_guarded(companies)
        lines = self.env["cloud.subscription.line"].search(guarded._get_touched_domain())
        return guarded & lines.product_id.cloud_meter_id

    def _get_touched_domain(self):
        return [("product_id.cloud_meter_id", "in", self.ids)]
