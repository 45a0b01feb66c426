from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.contract.change.change_policy import CHANGE_POLICIES


class CloudSubscriptionChangeWizard(models.TransientModel):
    """What changes on a subscription that runs, from when; the next invoice is shown before anything counts."""

    _name = "cloud.subscription.change.wizard"
    _description = "Change a Subscription"
    _inherit = ["cloud.next.invoice.mixin"]

    subscription_id = fields.Many2one("cloud.subscription", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="subscription_id.company_id")
    when = fields.Selection(
        [("today", "Today"), ("period", "With the next period"), ("day", "On another day")],
        default="today",
        required=True,
        help="A day in the past is possible: what is billed already is charged or credited by the next invoice.",
    )
    today = fields.Date(required=True, readonly=True)
    next_period = fields.Date(required=True, readonly=True)
    date_from = fields.Date(
        string="From",
        compute="_compute_date_from",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="First day on which it is otherwise; in the customer's time zone.",
    )
    policy = fields.Selection(
        CHANGE_POLICIES,
        string="Days Already Billed",
        required=True,
        help="What happens to days behind the change that are billed already.",
    )
    reason = fields.Char(help="Kept with the change, for whoever asks later.")
    line_ids = fields.One2many("cloud.subscription.change.wizard.line", "wizard_id", string="Lines")
    shown = fields.Json(help="What the preview was made of: another change is shown again before it counts.")

    # === COMPUTE === #

    @api.depends("when")
    def _compute_date_from(self):
        for wizard in self:
            days = {"today": wizard.today, "period": wizard.next_period}
            wizard.date_from = days.get(wizard.when) or wizard.date_from or wizard.today

    # === ACTIONS === #

    def action_preview(self):
        """Show the next invoice as it is and as it would be, and remember of what it was made."""
        action = super().action_preview()
        self.shown = self._get_content()
        return action

    def action_apply(self):
        """Make the change that was shown."""
        self.ensure_one()
        self.subscription_id.check_access("write")
        if self.shown != self._get_content():
            raise UserError(self.env._("This is not what was shown. Look at the next invoice first."))
        now = fields.Datetime.now()
        self._apply(now)
        return self._leave(self.policy, now)

    # === BUSINESS === #

    @api.model
    def _make_for(self, subscription, now):
        """The wizard of a subscription, with its lines that run or will run."""
        today = subscription._get_local_day(now)
        lines = subscription.line_ids.filtered(
            lambda line: not line._get_interval()[1] or line._get_interval()[1] > today
        )
        return self.create(
            {
                "subscription_id": subscription.id,
                "today": max(today, subscription.date_start),
                "next_period": subscription._get_next_boundary(now),
                "policy": self._get_default_policy(subscription),
                "line_ids": [(0, 0, {"subscription_line_id": line.id}) for line in lines],
            }
        )

    def _apply(self, now):
        changes = [change for change in self.line_ids.mapped(lambda line: line._get_change()) if change]
        self.subscription_id._apply_changes(self.date_from, changes, self.policy, self.reason)

    def _get_content(self):
        """What would be changed, as JSON: equal contents change the same."""
        return {
            "date_from": fields.Date.to_string(self.date_from),
            "policy": self.policy,
            "lines": [line._get_content() for line in self.line_ids],
        }

    # === HOOKS === #

    @api.model
    def _get_default_policy(self, subscription):
        """Return what is proposed for days that are billed already: the strictest of what the products say."""
        return subscription._get_strictest("cloud_unused")[0]
