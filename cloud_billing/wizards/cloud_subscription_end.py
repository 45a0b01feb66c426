from odoo import api, fields, models

from ..models.catalog.product_template_policy import END_WHEN, UNUSED


class CloudSubscriptionEnd(models.TransientModel):
    """Asks how and on which day a subscription ends: by notice, as was agreed, or cancelled, outside of it."""

    _name = "cloud.subscription.end"
    _description = "End a Subscription"
    _inherit = ["cloud.next.invoice.mixin"]

    subscription_id = fields.Many2one("cloud.subscription", required=True, ondelete="cascade")
    is_draft = fields.Boolean(compute="_compute_is_draft")
    kind = fields.Selection(
        [("notice", "By notice"), ("cancelled", "Cancelled")],
        default="notice",
        required=True,
        help="By notice: as its term and notice period allow. Cancelled: on any day, whatever was agreed; from its "
        "first day on it never held, and all of its fees come back.",
    )
    noticed_on = fields.Date(
        string="Notice Given On",
        compute="_compute_noticed_on",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="Day on which the notice arrived; it may lie in the past.",
    )
    date_wanted = fields.Date(
        string="Wanted From",
        compute="_compute_noticed_on",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="The first day on which it should not run any more.",
    )
    end_when = fields.Selection(
        END_WHEN, string="Ends", compute="_compute_policy", store=True, readonly=False, precompute=True, required=True
    )
    unused = fields.Selection(
        UNUSED,
        string="Fees Billed Beyond",
        compute="_compute_policy",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    policy_text = fields.Char(compute="_compute_policy_text")
    date_end = fields.Date(
        string="First Day Not Billed",
        compute="_compute_date_end",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="The subscription is billed up to the day before.",
    )
    effect_text = fields.Text(compute="_compute_effect_text")
    reason = fields.Char(help="Kept with the end, for those who ask later.")

    # === COMPUTE === #

    @api.depends("subscription_id")
    def _compute_is_draft(self):
        for wizard in self:
            wizard.is_draft = not wizard.subscription_id.activated_on

    @api.depends("subscription_id")
    def _compute_noticed_on(self):
        now = fields.Datetime.now()
        for wizard in self:
            today = wizard.subscription_id._get_local_day(now)
            wizard.noticed_on = wizard.noticed_on or today
            wizard.date_wanted = wizard.date_wanted or today

    @api.depends("subscription_id", "kind")
    def _compute_policy(self):
        for wizard in self:
            subscription = wizard.subscription_id
            wizard.unused = subscription._get_strictest("cloud_unused")[0]
            wizard.end_when = (
                "at_once" if wizard.kind == "cancelled" else subscription._get_strictest("cloud_end_when")[0]
            )

    @api.depends("subscription_id")
    @api.depends_context("lang")
    def _compute_policy_text(self):
        for wizard in self:
            subscription = wizard.subscription_id
            wizard.policy_text = " ".join(
                subscription._get_policy_text(name) for name in ("cloud_end_when", "cloud_unused")
            )

    @api.depends("subscription_id", "kind", "noticed_on", "date_wanted", "end_when", "unused")
    def _compute_date_end(self):
        for wizard in self:
            wizard.date_end = wizard._get_date_end()

    @api.depends("subscription_id", "kind", "noticed_on", "date_wanted", "date_end")
    @api.depends_context("lang")
    def _compute_effect_text(self):
        for wizard in self:
            wizard.effect_text = "\n".join(wizard._get_effects())

    # === ACTIONS === #

    def action_confirm(self):
        """End or cancel on the chosen day."""
        self.ensure_one()
        now = fields.Datetime.now()
        self._apply(now)
        return self._leave(self.unused, now)

    # === BUSINESS === #

    def _apply(self, now):
        subscription = self.subscription_id
        if self.kind == "cancelled":
            subscription._apply_cancel(self.date_end, now, policy=self.unused, reason=self.reason)
        else:
            subscription._apply_notice(
                self.date_end, now, noticed_on=self.noticed_on, policy=self.unused, reason=self.reason
            )

    # === HOOKS === #

    def _get_window_title(self):
        return self.env._("End %(subscription)s", subscription=self.subscription_id.name)

    def _get_date_end(self):
        """The day that follows from what was chosen."""
        self.ensure_one()
        subscription = self.subscription_id
        # It runs for a day at least; from the first day on it is cancelled, not ended.
        wanted = max(self.date_wanted, subscription.date_start)
        if self.kind == "cancelled":
            return subscription._get_day_by_policy(wanted, "at_once", self.unused)
        day = subscription._get_day_by_policy(wanted, self.end_when, self.unused)
        legal = subscription._get_legal_end(self.noticed_on, day) if self.noticed_on else None
        return max(day, legal.day) if legal else day

    def _get_effects(self):
        """Sentences about what happens, shown before it is confirmed."""
        self.ensure_one()
        subscription = self.subscription_id
        effects = []
        if self.kind == "notice" and self.noticed_on and self.date_wanted:
            legal = subscription._get_legal_end(self.noticed_on, self.date_wanted)
            if legal and legal.day > self.date_wanted:
                effects.append(subscription._get_legal_text(legal, self.noticed_on))
        warning = subscription._get_charge_warning(self.date_end)
        return [*effects, warning] if warning else effects
