from datetime import timedelta

from odoo import models

from ...catalog.price_candidates import PriceScope


class CloudSubscription(models.Model):
    """What the fees of contracts come to a month, by the plan they have or by another one."""

    _inherit = "cloud.subscription"

    def _get_monthly_fees(self, day, plan=None, customer=None):
        """{subscription id: Decimal of a month's fees on a day, or None where a line has no price}; set-wise.

        In the currency of the plan. plan, customer: as if all were billed by this plan, or for this customer.
        """
        end = day + timedelta(days=1)
        lines = self.line_ids.filtered(lambda line: line.billing_model == "recurring")
        agreed = lines._get_agreed(day, end)
        lines = lines.filtered(lambda line: agreed[line.id])
        scopes = {
            line.id: PriceScope(
                plan or line.subscription_id.plan_id,
                line.product_id,
                customer or line.customer_id,
                line.subscription_id,
                line,
            )
            for line in lines
        }
        candidates = self.env["cloud.price.plan"]._get_scope_candidates(scopes, day, end) if lines else {}
        own = lines.grouped("subscription_id")
        return {
            subscription.id: own.get(subscription, lines.browse())._add_monthly_fees(
                day, candidates, agreed, (plan or subscription.plan_id).currency_id
            )
            for subscription in self
        }
