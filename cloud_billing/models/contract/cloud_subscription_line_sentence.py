from odoo import models


class CloudSubscriptionLine(models.Model):
    """When a line makes the next invoice."""

    _inherit = "cloud.subscription.line"

    # === BUSINESS === #

    def _get_due_day(self, period, charged_until, agreed):
        """The day on which it is billed next, in the past where that was not done yet; None where nothing follows.

        period: the running one of its contract. charged_until: first day not charged yet, None where none is.
        agreed: list of Agreed.
        """
        self.ensure_one()
        is_once = self.billing_model == "one_time"
        if self.billing_model == "instalment" or (is_once and charged_until):
            return None
        start, end = self._get_interval()
        since = charged_until or start
        first = min((max(stretch.start, since) for stretch in agreed if stretch.end > since), default=None)
        is_open = first is not None and first < period.end
        runs_on = not is_once and (not end or end > max(period.end, since))
        if self.timing == "advance":
            if is_open:
                return first
            return max(period.end, since) if runs_on else None
        if self.cycle_unit:
            return None
        if is_open and first < period.start:
            return period.start
        return period.end if is_open or runs_on else None
