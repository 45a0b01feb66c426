from odoo import fields, models
from odoo.exceptions import UserError

from ....engine.schedule import OVER, RUNNING


class CloudSubscription(models.Model):
    """Pausing and resuming."""

    _inherit = "cloud.subscription"

    pause_ids = fields.One2many("cloud.subscription.pause", "subscription_id", string="Pauses")

    # === ACTIONS === #

    def action_open_pause(self):
        """Ask from when to when it rests."""
        self.ensure_one()
        return self._open_wizard("cloud.subscription.pausing", self.env._("Pause Subscription"))

    def action_open_resume(self):
        """Ask on which day it goes on."""
        self.ensure_one()
        return self._open_wizard(
            "cloud.subscription.pausing", self.env._("Resume Subscription"), default_is_resuming=True
        )

    # === BUSINESS === #

    def _apply_pause(self, date_start, date_end=None, policy="credit", reason=None):
        """Pause from a day on, until a day or until it is resumed; in the past or in the future. Returns the pause.

        policy: of days that are billed already; "nothing" begins with the first one that is not.
        """
        self.ensure_one()
        if policy == "nothing":
            date_start = self._get_day_by_policy(date_start, "at_once", policy)
        self._check_pause(date_start, date_end)
        return self.env["cloud.subscription.pause"].create(
            {
                "subscription_id": self.id,
                "date_start": date_start,
                "date_end": date_end,
                "policy": policy,
                "reason": reason,
            }
        )

    def _apply_resume(self, day, pause=None):
        """Go on from a day: the pause it lies in, or the next one, ends there, and not before it began.

        On its first day or before: the pause is taken back. Raises UserError where there is no pause to end.
        """
        self.ensure_one()
        pause = pause or self._get_pause_to_resume(day)
        if not pause:
            raise UserError(
                self.env._(
                    "%(subscription)s is not paused on %(day)s nor later, so there is nothing to resume.",
                    subscription=self.name,
                    day=fields.Date.to_string(day),
                )
            )
        new_end = max(day, pause.date_start)
        pause.write({"date_end": new_end})
        return pause

    def _get_pause_to_resume(self, day):
        """The pause that a day lies in or at whose end it is, else the next one after it."""
        lasting = self.pause_ids.filtered(
            lambda pause: not pause.is_taken_back and (not pause.date_end or pause.date_end > day)
        )
        return lasting.sorted("date_start")[:1]

    def _check_pause(self, date_start, date_end):
        values = {"subscription": self.name}
        problems = []
        if self.state not in RUNNING:
            problems.append(
                self.env._("%(subscription)s is over.", **values)
                if self.state in OVER
                else self.env._("%(subscription)s is a draft: activate it first, or let it start later.", **values)
            )
        if date_end and date_end <= date_start:
            problems.append(self.env._("%(subscription)s: a pause ends after it starts.", **values))
        if date_start < self.date_start or (self.date_end and date_start >= self.date_end):
            problems.append(
                self.env._(
                    "%(subscription)s runs from %(start)s to %(end)s: pause it on a day of these.",
                    start=fields.Date.to_string(self.date_start),
                    end=fields.Date.to_string(self.date_end) or self.env._("open"),
                    **values,
                )
            )
        overlapping = self.pause_ids.filtered(
            lambda pause: (
                not pause.is_taken_back
                and (not date_end or pause.date_start < date_end)
                and (not pause.date_end or pause.date_end > date_start)
            )
        )
        problems += [
            self.env._(
                "%(subscription)s is paused from %(start)s to %(end)s already. Resume that pause first, or choose "
                "other days.",
                start=fields.Date.to_string(pause.date_start),
                end=fields.Date.to_string(pause.date_end) or self.env._("open"),
                **values,
            )
            for pause in overlapping
        ]
        if problems:
            raise UserError("\n".join(problems))
