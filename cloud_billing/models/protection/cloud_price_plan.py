from odoo import models


class CloudPricePlan(models.Model):
    _inherit = "cloud.price.plan"

    def _filter_guarded(self, companies):
        """Those with approved prices."""
        return super()._filter_guarded(companies).filtered("has_approved_version")

    def _get_touched_domain(self):
        return [("subscription_id.plan_id", "in", self.ids)]
