from odoo import models


class CloudSubscription(models.Model):
    _inherit = "cloud.subscription"

    def _filter_guarded(self, companies):
        """Those that are signed: what is a draft is written by one person."""
        return super()._filter_guarded(companies).filtered(lambda subscription: subscription.state != "draft")

    def _get_touched_domain(self):
        return [("subscription_id", "in", self.ids)]
