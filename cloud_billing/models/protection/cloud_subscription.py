from odoo import api, models


class CloudSubscription(models.Model):
    _inherit = "cloud.subscription"

    def _filter_guarded(self, companies):
        """Those that are signed: what is a draft is written by one person."""
        return super()._filter_guarded(companies).filtered(lambda subscription: subscription.state != "draft")

    @api.model
    def _get_flow_names(self):
        """Another plan comes by Move to Another Plan, which looks at what was billed and keeps the one before."""
        return super()._get_flow_names() | {"plan_id"}

    def _get_touched_domain(self):
        return [("subscription_id", "in", self.ids)]
