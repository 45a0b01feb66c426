from odoo import api, fields, models
from odoo.fields import Domain


class CloudSubscription(models.Model):
    """The minimums and commitments that hold for a subscription, its lines or those who pay for it."""

    _inherit = "cloud.subscription"

    commitment_ids = fields.Many2many(
        "cloud.spend.commitment", string="Minimums and Commitments", compute="_compute_commitment_ids"
    )

    # === COMPUTE === #

    @api.depends("customer_id")
    def _compute_commitment_ids(self):
        owners = self.filtered("customer_id")
        chains = {subscription: subscription.customer_id._get_scope_chain() for subscription in owners}
        customers = owners.customer_id.union(*chains.values())
        found = self.env["cloud.spend.commitment"].search(
            Domain("state", "=", "approved")
            & (
                Domain("subscription_id", "in", owners.ids)
                | (Domain("scope", "=", "customer") & Domain("customer_id", "in", customers.ids))
            )
        )
        for subscription in self:
            subscription.commitment_ids = found.filtered(
                lambda one, subscription=subscription: one._holds_for(subscription, chains.get(subscription))
            )
