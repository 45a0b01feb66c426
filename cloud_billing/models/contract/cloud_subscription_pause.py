from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date


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

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        pauses = super().create(vals_list)
        pauses.subscription_id._refresh_states()
        return pauses

    def write(self, vals):
        result = super().write(vals)
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
