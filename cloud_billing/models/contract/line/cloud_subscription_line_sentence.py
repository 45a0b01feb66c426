from odoo import models

from ....engine.schedule import period_containing


class CloudSubscriptionLine(models.Model):
    """When a line makes the next invoice."""

    _inherit = "cloud.subscription.line"

    # === BUSINESS === #

    def _get_due_day(self, charged_until, agreed):
        """The day on which it is billed next, in the past where that was not done yet; None where nothing follows.

        charged_until: first day not charged yet, None where none is. agreed: list of Agreed, for as long as is looked.
        """
        self.ensure_one()
        if self.billing_model == "instalment" or (self.billing_model == "one_time" and charged_until):
            return None
        since = charged_until or self._get_interval()[0]
        first = min((max(stretch.start, since) for stretch in agreed if stretch.end > since), default=None)
        if first is None or self.timing == "advance":
            return first
        if self.cycle_unit:
            return None
        subscription = self.subscription_id
        return period_containing(
            subscription._get_cycle(), subscription.date_start, first, subscription.date_end or None
        ).end
