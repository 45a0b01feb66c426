from odoo import api, fields, models

from ..models.catalog.product_template_policy import PAUSE_WHEN, UNUSED


class CloudSubscriptionPausing(models.TransientModel):
    """Asks from when to when a subscription rests, or on which day it goes on."""

    _name = "cloud.subscription.pausing"
    _description = "Pause or Resume a Subscription"
    _inherit = ["cloud.next.invoice.mixin"]

    subscription_id = fields.Many2one("cloud.subscription", required=True, ondelete="cascade")
    is_resuming = fields.Boolean()
    pause_id = fields.Many2one("cloud.subscription.pause", compute="_compute_pause_id")
    date_wanted = fields.Date(
        string="Wanted From", compute="_compute_date_wanted", store=True, readonly=False, precompute=True, required=True
    )
    pause_when = fields.Selection(
        PAUSE_WHEN,
        string="Rests",
        compute="_compute_policy",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    unused = fields.Selection(
        UNUSED,
        string="Fees Billed for the Pause",
        compute="_compute_policy",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    policy_text = fields.Char(compute="_compute_policy_text")
    date_start = fields.Date(
        string="First Day Not Charged",
        compute="_compute_date_start",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    date_end = fields.Date(string="First Day Charged Again", help="Empty: until it is resumed.")
    effect_text = fields.Text(compute="_compute_effect_text")
    reason = fields.Char()

    # === COMPUTE === #

    @api.depends("subscription_id", "date_wanted", "is_resuming")
    def _compute_pause_id(self):
        for wizard in self:
            found = wizard.subscription_id._get_pause_to_resume(wizard.date_wanted) if wizard.date_wanted else False
            wizard.pause_id = found if wizard.is_resuming else False

    @api.depends("subscription_id")
    def _compute_date_wanted(self):
        now = fields.Datetime.now()
        for wizard in self:
            subscription = wizard.subscription_id
            wizard.date_wanted = wizard.date_wanted or max(
                subscription._get_local_day(now), subscription.date_start or fields.Date.from_string("1970-01-01")
            )

    @api.depends("subscription_id")
    def _compute_policy(self):
        for wizard in self:
            wizard.pause_when = wizard.subscription_id._get_strictest("cloud_pause_when")[0]
            wizard.unused = wizard.subscription_id._get_strictest("cloud_pause_unused")[0]

    @api.depends("subscription_id")
    @api.depends_context("lang")
    def _compute_policy_text(self):
        for wizard in self:
            wizard.policy_text = " ".join(
                wizard.subscription_id._get_policy_text(name) for name in ("cloud_pause_when", "cloud_pause_unused")
            )

    @api.depends("subscription_id", "date_wanted", "pause_when", "unused", "is_resuming")
    def _compute_date_start(self):
        for wizard in self:
            wizard.date_start = (
                wizard.date_wanted
                if wizard.is_resuming
                else wizard.subscription_id._get_day_by_policy(wizard.date_wanted, wizard.pause_when, wizard.unused)
            )

    @api.depends("subscription_id", "date_start", "is_resuming")
    @api.depends_context("lang")
    def _compute_effect_text(self):
        for wizard in self:
            wizard.effect_text = (
                "" if wizard.is_resuming else wizard.subscription_id._get_charge_warning(wizard.date_start)
            )

    # === ACTIONS === #

    def action_confirm(self):
        """Pause, or resume."""
        self.ensure_one()
        now = fields.Datetime.now()
        self._apply(now)
        return self._leave(self.unused, now)

    # === BUSINESS === #

    def _apply(self, now):
        if self.is_resuming:
            self.subscription_id._apply_resume(self.date_wanted)
        else:
            self.subscription_id._apply_pause(self.date_start, self.date_end or None, self.unused, self.reason)

    # === HOOKS === #

    def _get_window_title(self):
        return self.env._("Pause %(subscription)s", subscription=self.subscription_id.name)
