from odoo import fields, models

from ..change.change_policy import get_policy
from ..line.billed_days import refuse_billed_days


class CloudSubscription(models.Model):
    """The timeline of what was agreed, and what an end within billed days asks for."""

    _inherit = "cloud.subscription"

    change_ids = fields.One2many("cloud.subscription.change", "subscription_id", string="Timeline", copy=False)

    # === CRUD === #

    def write(self, vals):
        if "date_end" not in vals:
            return super().write(vals)
        date_end = fields.Date.to_date(vals["date_end"]) or None
        self._check_end_not_billed(date_end)
        former = {subscription: subscription.date_end or None for subscription in self}
        result = super().write(vals)
        for subscription, before in former.items():
            subscription._note_end(before, date_end)
        return result

    def _check_end_not_billed(self, date_end):
        """Refuse an end within what was charged, unless it was agreed what happens to the days that are billed."""
        if not date_end or get_policy(self.env)[0]:
            return
        charged_until = self.line_ids._get_charged_until()
        for subscription in self:
            last = max(
                (charged_until[line.id] for line in subscription.line_ids if line.id in charged_until), default=None
            )
            is_earlier = not subscription.date_end or date_end < subscription.date_end
            if last and date_end < last and is_earlier:
                sentence = self.env._(
                    "%(subscription)s is charged up to %(day)s. End it on that day or later, or choose what happens"
                    " to the days that are charged already: credit them, or give nothing back.",
                    subscription=subscription.name,
                    day=fields.Date.to_string(last),
                )
                refuse_billed_days(subscription, [sentence], "end")

    # === BUSINESS === #

    def _note_end(self, before, after):
        """Note that the end was moved; days between the two ends are rated again where they are billed."""
        if before != after:
            start = min(day for day in (before, after) if day)
            end = max(before, after) if before and after else None
            policy, reason = get_policy(self.env)
            text = after and fields.Date.to_string(after)
            self._note_change("end", start, end, policy, reason, end=text)

    def _note_change(self, kind, date_from, date_to=None, policy=None, reason=None, **facts):
        """Note that something else is agreed of all lines; see `cloud.subscription.change`."""
        return self.env["cloud.subscription.change"]._note(self, kind, date_from, date_to, policy, reason, **facts)
