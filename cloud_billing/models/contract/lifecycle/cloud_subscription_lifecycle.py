from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import split_every

from ....engine.schedule import OVER, RUNNING, Life, next_change, state_on
from ..change.change_policy import with_policy

# Subscriptions whose state one transaction of the scheduled action brings up to date.
_BATCH = 500
_FACTS = {"activated_on", "date_start", "date_end", "end_kind", "end_noticed_on", "trial_end"}


class CloudSubscription(models.Model):
    """From draft to ended: the dated facts, the state they give today, and the steps that write them."""

    _inherit = "cloud.subscription"

    user_id = fields.Many2one(
        "res.users",
        string="Account Manager",
        default=lambda self: self.env.user,
        check_company=True,
        tracking=True,
        help="Is reminded of the end of a trial and of the day of notice.",
    )
    activated_on = fields.Date(
        readonly=True, copy=False, help="Day on which it was agreed. Empty: a draft, not billed."
    )
    end_kind = fields.Selection(
        [
            ("agreed", "Agreed from the start"),
            ("notice", "By notice"),
            ("trial", "Trial that was not taken up"),
            ("term", "End of its term"),
            ("cancelled", "Cancelled"),
        ],
        string="Ends",
        readonly=True,
        copy=False,
        tracking=True,
        help="Why it ends. Cancelled: outside of what was agreed, whatever its term says.",
    )
    end_noticed_on = fields.Date(
        string="Notice Given On",
        readonly=True,
        copy=False,
        help="From this day on it is shown as ending. Empty: from its activation on.",
    )
    end_reason = fields.Char(string="Reason of the End", readonly=True, copy=False)
    state_until = fields.Date(
        string="Next Change of State",
        compute="_compute_state",
        store=True,
        precompute=True,
        index="btree_not_null",
        copy=False,
        help="The first day on which its dates say another state.",
    )

    # === COMPUTE === #

    @api.depends(
        "activated_on", "date_start", "date_end", "end_kind", "end_noticed_on", "trial_end", "customer_id.tz",
        "pause_ids.date_start", "pause_ids.date_end",
    )  # fmt: skip
    def _compute_state(self):
        """What the dated facts say today: the state is kept by nothing else, so no way of writing forgets it."""
        now = fields.Datetime.now()
        for subscription in self:
            life, day = subscription._get_life(), subscription._get_local_day(now)
            subscription.state = state_on(life, day)
            subscription.state_until = next_change(life, day)

    # === CONSTRAINTS === #

    _cancelled_when_empty = models.Constraint(
        "CHECK (date_start IS DISTINCT FROM date_end OR end_kind IS NOT DISTINCT FROM 'cancelled')",
        "A subscription ends after it starts.",
    )

    @api.constrains("activated_on")
    def _check_activation(self):
        """Whoever writes the day of the activation: what cannot be billed is not activated."""
        signed = self.filtered("activated_on")
        problems = [problem for subscription in signed for problem in subscription._get_activation_problems()]
        if problems:
            raise UserError("\n".join(problems))

    # === CRUD === #

    def init(self):
        # Of before there was a day of activation: what was not a draft had been agreed when it began.
        self.env.cr.execute(
            """
            UPDATE cloud_subscription SET activated_on = date_start
             WHERE activated_on IS NULL AND state NOT IN ('draft', 'cancelled')
            """
        )

    def write(self, vals):
        if "state" in vals:
            raise UserError(
                self.env._(
                    "The state of %(subscriptions)s follows from dates: activate, pause, end or cancel instead.",
                    subscriptions=", ".join(self.mapped("name")),
                )
            )
        trials = {one: one.trial_end for one in self if "trial_end" in vals and one.activated_on}
        result = super().write(vals)
        for subscription, before in trials.items():
            subscription._note_trial(before)
        if not _FACTS.isdisjoint(vals):
            # At once, not when somebody reads it: the day is that of the writing.
            self._refresh_states()
        return result

    # === ACTIONS === #

    def action_activate(self):
        """From its start on the subscription is billed. Says everything that stands in the way at once."""
        self._apply_activation(fields.Datetime.now())

    def action_end(self, date_end=None):
        """End on a day: the first one that is not billed any more. Without a day: today, in the customer's zone.

        Days that are billed already need a decision, which the window asks for.
        """
        now = fields.Datetime.now()
        for subscription in self:
            subscription._apply_notice(date_end or subscription._get_local_day(now), now, policy=None)

    def action_cancel(self, date_end=None):
        """Cancel outside of the agreement: a draft for good; else from a day on, today where none is given."""
        now = fields.Datetime.now()
        for subscription in self:
            day = date_end or (subscription.activated_on and subscription._get_local_day(now)) or None
            subscription._apply_cancel(day or subscription.date_start, now)

    def action_reopen(self):
        """Take the end back: it runs on as if nobody had ended it, a cancelled draft is a draft again."""
        self._apply_reopening(fields.Datetime.now())

    def action_open_end(self):
        """Ask for the day on which the subscription ends."""
        self.ensure_one()
        return self._open_wizard("cloud.subscription.end", self.env._("End Subscription"))

    def _open_wizard(self, model, name, **context):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "form",
            "target": "new",
            "context": {"default_subscription_id": self.id, **context},
        }

    @api.model
    def _cron_end_subscriptions(self):
        """Bring up to date the states that a day has changed, also those of days on which nobody ran this."""
        # A day begins up to 14 hours before UTC's; the customer's own zone decides in the computation.
        tomorrow = fields.Datetime.now().date() + timedelta(days=1)
        due = self.search([("state_until", "<=", tomorrow)])
        remaining = len(due)
        for ids in split_every(_BATCH, due.ids):
            self.browse(ids)._refresh_states()
            remaining -= len(ids)
            # The last batch is committed by Odoo itself.
            if remaining and not self.env["ir.cron"]._commit_progress(len(ids), remaining=remaining):
                return

    # === BUSINESS === #

    def _apply_activation(self, now, date_start=None):
        """Agree on drafts at an instant (naive UTC): from their start on they are billed, also in the past.

        date_start: another first day than the draft's. Raises UserError with everything that stands in the way.
        """
        problems = [
            self.env._("%(subscription)s is not a draft, so it cannot be activated.", subscription=subscription.name)
            for subscription in self
            if subscription.activated_on or subscription.end_kind == "cancelled"
        ]
        problems += [problem for subscription in self for problem in subscription._get_activation_problems()]
        if problems:
            raise UserError("\n".join(problems))
        if date_start:
            self.write({"date_start": date_start})
        # Triggers ask whether it is a draft: what was written while it was one reaches the database before it is not.
        self.env.flush_all()
        for day, subscriptions in self.grouped(lambda subscription: subscription._get_local_day(now)).items():
            subscriptions.write({"activated_on": day})
        self.filtered("date_end").write({"end_kind": "agreed"})

    def _apply_notice(self, date_end, now, noticed_on=None, policy="credit", reason=None):
        """End on a day, the first one that is not billed: by a notice given on a day (today where none is given).

        An end that was set already is moved. policy: of days that are billed already. Raises UserError where nothing
        runs, where the day is not after the start, or where no notice can be given to it (`_get_legal_end`).
        """
        self.ensure_one()
        if self.state not in RUNNING:
            raise UserError(
                self.env._("%(subscription)s is not active, so there is nothing to end.", subscription=self.name)
            )
        if date_end <= self.date_start:
            raise UserError(
                self.env._(
                    "%(subscription)s starts on %(start)s: end it after that day, or cancel it.",
                    subscription=self.name,
                    start=fields.Date.to_string(self.date_start),
                )
            )
        noticed_on = noticed_on or self._get_local_day(now)
        self._check_legal_end(date_end, noticed_on)
        with_policy(self, policy, reason).write(
            {
                "date_end": date_end,
                "end_kind": "notice",
                "end_noticed_on": noticed_on,
                "end_reason": reason,
            }
        )

    def _apply_cancel(self, date_end, now, policy="credit", reason=None):
        """Cancel from a day on, whatever the term says. From its first day or before: nothing of it held.

        A draft is put away: it never held. policy: as of `_apply_notice`.
        """
        self.ensure_one()
        if self.state in OVER:
            raise UserError(
                self.env._("%(subscription)s is over already, so there is nothing to cancel.", subscription=self.name)
            )
        is_draft = not self.activated_on
        with_policy(self, policy, reason).write(
            {
                "date_end": self.date_start if is_draft else max(date_end, self.date_start),
                "end_kind": "cancelled",
                "end_noticed_on": self._get_local_day(now),
                "end_reason": reason,
            }
        )

    def _apply_reopening(self, now):
        """Take ends back, at an instant (naive UTC)."""
        for subscription in self:
            if not subscription.end_kind or not subscription.date_end:
                raise UserError(
                    self.env._(
                        "%(subscription)s has no end that could be taken back.",
                        subscription=subscription.name,
                    )
                )
        self.write({"date_end": False, "end_kind": False, "end_noticed_on": False, "end_reason": False})

    def _refresh_states(self):
        """Compute the states again: what changed is the day."""
        for name in ("state", "state_until"):
            self.env.add_to_compute(self._fields[name], self)
        self.flush_recordset(["state", "state_until"])

    def _get_life(self):
        """The engine's Life: the facts that say what this subscription is on a day."""
        self.ensure_one()
        return Life(
            date_start=self.date_start,
            is_signed=bool(self.activated_on),
            date_end=self.date_end or None,
            is_cancelled=self.end_kind == "cancelled",
            trial_end=self.trial_end or None,
            end_known_from=self.end_noticed_on or None,
            pauses=tuple((pause.date_start, pause.date_end or None) for pause in self.pause_ids if pause.date_start),
        )
