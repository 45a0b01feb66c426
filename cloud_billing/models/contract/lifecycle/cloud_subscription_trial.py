from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ....engine.schedule import RUNNING


class CloudSubscription(models.Model):
    """A trial: days at the beginning on which the fees are not charged."""

    _inherit = "cloud.subscription"

    trial_end = fields.Date(
        string="Trial Until",
        copy=False,
        tracking=True,
        help="First day on which its fees are charged. Before it they are not; what is used is, and one-time charges.",
    )
    trial_outcome = fields.Selection(
        [("active", "Becomes active by itself"), ("end", "Ends unless it is taken up")],
        string="After the Trial",
        default="active",
        required=True,
        help="What happens on the day after the trial when nobody does anything.",
    )
    trial_usage = fields.Selection(
        [("billed", "Billed"), ("free", "Free")],
        string="Usage in the Trial",
        default="billed",
        required=True,
        help="Free: a price of the contract takes all off what is used before the end of the trial.",
    )
    trial_reminder_days = fields.Integer(
        string="Remind Before (Days)",
        default=3,
        help="So many days before the end of the trial the account manager gets an activity. 0: none.",
    )
    is_trial_reminded = fields.Boolean(copy=False)

    _trial_in_life = models.Constraint("CHECK (trial_end > date_start)", "A trial ends after the subscription starts.")

    # === ACTIONS === #

    def action_take_up(self):
        """The customer stays after the trial: it does not end with it any more."""
        self._apply_take_up(fields.Datetime.now())

    @api.model
    def _cron_remind_of_trials(self):
        """An activity for the account manager some days before a trial ends, once."""
        today = fields.Datetime.now().date()
        running = self.search([("state", "=", "trial"), ("is_trial_reminded", "=", False)])
        due = running.filtered(
            lambda one: one.trial_reminder_days and one.trial_end - timedelta(days=one.trial_reminder_days) <= today
        )
        due._remind(
            "trial_end",
            self.env._("The trial ends"),
            lambda one: (
                self.env._("It ends with the trial unless it is taken up.")
                if one.end_kind == "trial"
                else self.env._("From then on its fees are charged.")
            ),
        )
        due.write({"is_trial_reminded": True})

    # === BUSINESS === #

    def _apply_activation(self, now, date_start=None, trial_end=None):
        """With a trial until a day: on that day it becomes active, or ends, as was chosen."""
        if trial_end:
            self.write({"trial_end": trial_end})
        # While it is a draft: what a contract says of its prices is agreed to with the contract.
        self.filtered(lambda one: one.trial_end and one.trial_usage == "free")._set_trial_usage_free()
        result = super()._apply_activation(now, date_start)
        for subscription in self:
            if subscription.trial_end and subscription.trial_outcome == "end":
                # Told as a trial as long as it lasts, so its end is shown from its last day on only.
                subscription.write(
                    {
                        "date_end": subscription.trial_end,
                        "end_kind": "trial",
                        "end_noticed_on": subscription.trial_end,
                    }
                )
        return result

    def _apply_take_up(self, now):
        """Trials that would end run on, also after they have ended: then the days between are charged as well."""
        for subscription in self:
            if subscription.end_kind != "trial":
                raise UserError(
                    self.env._(
                        "%(subscription)s does not end with a trial, so there is nothing to take up.",
                        subscription=subscription.name,
                    )
                )
        self._apply_reopening(now)

    def _apply_trial(self, trial_end):
        """Let a trial end on another day, while the subscription runs; the first charged day moves with it."""
        for subscription in self:
            if subscription.state not in RUNNING:
                raise UserError(
                    self.env._("%(subscription)s is not active, so it has no trial.", subscription=subscription.name)
                )
            if subscription.trial_usage == "free":
                raise UserError(
                    self.env._(
                        "%(subscription)s: usage is free until %(day)s by a price of the contract. Let its trial end "
                        "on that day, and agree on another price for the days after it.",
                        subscription=subscription.name,
                        day=fields.Date.to_string(subscription.trial_end),
                    )
                )
            vals = {"trial_end": trial_end, "is_trial_reminded": False}
            if subscription.end_kind == "trial":
                vals |= {"date_end": trial_end, "end_noticed_on": trial_end}
            subscription.write(vals)

    def _set_trial_usage_free(self):
        """A price of each contract that takes all off its usage until the end of its trial."""
        self.env["cloud.contract.rate"].create(
            [
                {
                    "name": self.env._("Trial"),
                    "subscription_id": subscription.id,
                    "kind": "adjust",
                    "billing_model": "metered",
                    "percent": "-100",
                    "label": self.env._("Free in the trial"),
                    "date_start": subscription.date_start,
                    "date_end": subscription.trial_end,
                }
                for subscription in self
            ]
        )

    def _note_trial(self, before):
        """Note that fees are charged from another day on than before."""
        self.ensure_one()
        days = sorted({before or self.date_start, self.trial_end or self.date_start})
        if len(days) == 2:
            self._note_change("trial", *days, policy="credit", end=fields.Date.to_string(self.trial_end) or None)

    def _remind(self, name, summary, make_note):
        """An activity per subscription for its account manager, due on the day in a field. Set-wise."""
        if not self:
            return
        model_id = self.env["ir.model"]._get_id(self._name)
        activity_type = self.env.ref("mail.mail_activity_data_todo", raise_if_not_found=False)
        self.env["mail.activity"].create(
            [
                {
                    "res_model_id": model_id,
                    "res_id": subscription.id,
                    "activity_type_id": activity_type.id if activity_type else False,
                    "summary": summary,
                    "note": make_note(subscription),
                    "date_deadline": subscription[name],
                    "user_id": (subscription.user_id or self.env.user).id,
                }
                for subscription in self
            ]
        )
