from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..change.change_policy import CHANGE_POLICIES
from ..line.billed_days import refuse_billed_days


class CloudSubscriptionPause(models.Model):
    """A stretch of days on which a subscription rests: its fees are not charged, what is used still is.

    A fact that stays: a pause that is taken back, or that ends before it began, is an empty one.
    """

    _name = "cloud.subscription.pause"
    _description = "Pause of a Subscription"
    _order = "date_start desc, id desc"

    subscription_id = fields.Many2one("cloud.subscription", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="subscription_id.company_id", store=True, index=True)
    customer_id = fields.Many2one(related="subscription_id.customer_id", store=True)
    date_start = fields.Date(string="From", required=True, help="First day that is not charged.")
    date_end = fields.Date(string="To", help="First day that is charged again. Empty: until it is resumed.")
    policy = fields.Selection(
        CHANGE_POLICIES, string="Days Already Billed", help="What happens with fees that are billed for its days."
    )
    reason = fields.Char()
    is_taken_back = fields.Boolean(compute="_compute_is_taken_back", help="No day of it is left.")

    _dates_ordered = models.Constraint("CHECK (date_start <= date_end)", "A pause ends after it starts.")
    _no_overlap = models.Constraint(
        "EXCLUDE USING gist (int4range(subscription_id, subscription_id, '[]') WITH &&,"
        " daterange(date_start, date_end) WITH &&)",
        "The subscription is paused on some of these days already.",
    )

    # === COMPUTE === #

    @api.depends("date_start", "date_end")
    def _compute_is_taken_back(self):
        for pause in self:
            pause.is_taken_back = bool(pause.date_end) and pause.date_end == pause.date_start

    @api.depends("subscription_id", "date_start", "date_end")
    def _compute_display_name(self):
        for pause in self:
            pause.display_name = self.env._(
                "%(subscription)s, pause from %(start)s",
                subscription=pause.subscription_id.name,
                start=format_date(self.env, pause.date_start),
            )

    # === CONSTRAINTS === #

    @api.constrains("date_start", "date_end", "subscription_id")
    def _check_billed_days(self):
        """A pause of days that are billed says what happens with their fees."""
        for pause in self:
            warning = not pause.policy and pause.subscription_id._get_charge_warning(pause.date_start)
            if warning and not pause.is_taken_back:
                sentence = self.env._(
                    "%(subscription)s: %(warning)s Choose what happens with them, or pause it later.",
                    subscription=pause.subscription_id.name,
                    warning=warning,
                )
                refuse_billed_days(pause.subscription_id, [sentence], "pause")

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        pauses = super().create(vals_list)
        for pause in pauses:
            pause._note(pause.date_start, pause.date_end)
        pauses.subscription_id._refresh_states()
        return pauses

    def write(self, vals):
        before = {pause: (pause.date_start, pause.date_end) for pause in self}
        result = super().write(vals)
        for pause, (start, end) in before.items():
            if (start, end) != (pause.date_start, pause.date_end):
                ends = [day for day in (end, pause.date_end) if day]
                pause._note(min(start, pause.date_start), max(ends) if len(ends) == 2 else False)
        self.subscription_id._refresh_states()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_only_of_drafts(self):
        for pause in self:
            if pause.subscription_id.activated_on:
                raise UserError(
                    self.env._(
                        "%(subscription)s: a pause is not deleted. Resume it on its first day to take it back.",
                        subscription=pause.subscription_id.name,
                    )
                )

    # === BUSINESS === #

    def _note(self, date_from, date_to):
        """Note that these days are paused now or not any more; those that are billed are rated again."""
        self.ensure_one()
        if date_to and date_to <= date_from:
            return
        self.subscription_id._note_change(
            "pause",
            date_from,
            date_to or None,
            policy=self.policy or None,
            reason=self.reason or None,
            start=fields.Date.to_string(self.date_start),
            end=fields.Date.to_string(self.date_end) or None,
        )
