from odoo import api, fields, models

from ..models.control.cloud_protected_mixin import TOKEN
from ..models.protection import agreed_writes


class CloudSubscriptionTakeover(models.TransientModel):
    """Asks which customer goes on with a contract, and from which day on."""

    _name = "cloud.subscription.takeover"
    _description = "Takeover of a Contract"
    _inherit = ["cloud.next.invoice.mixin"]

    subscription_id = fields.Many2one("cloud.subscription", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="subscription_id.company_id")
    customer_id = fields.Many2one(
        "cloud.customer", string="New Customer", required=True, domain="[('company_id', '=', company_id)]"
    )
    plan_id = fields.Many2one(
        "cloud.price.plan",
        string="Other Price Plan",
        domain="[('company_id', '=', company_id)]",
        help="Only where the new customer pays in a currency that the plan of the contract does not bill in.",
    )
    date_from = fields.Date(string="First Day of the New Customer", required=True, default=fields.Date.context_today)
    reason = fields.Char(help="For the colleague who approves and for later readers.")
    needs_approval = fields.Boolean(compute="_compute_needs_approval")

    # === COMPUTE === #

    @api.depends("subscription_id")
    def _compute_needs_approval(self):
        for wizard in self:
            wizard.needs_approval = bool(wizard.subscription_id._origin._filter_moves_with_two())

    # === ACTIONS === #

    def action_confirm(self):
        """Let the customer go on with the contract, and open the successor; or propose it to another person."""
        self.ensure_one()
        subscription = self.subscription_id
        subscription.check_access("write")
        if subscription._filter_moves_with_two():
            return subscription._propose_succession(
                "takeover", self.date_from, self.reason, self.customer_id, self.plan_id
            ).get_formview_action()
        return self._apply(fields.Datetime.now()).get_formview_action()

    # === HOOKS === #

    def _render_preview(self, now):
        # Nothing of it stays, so nobody has to have agreed to what it shows.
        with agreed_writes.opened(self.env, self.subscription_id._get_succession_keys(), TOKEN):
            return super()._render_preview(now)

    def _get_window_title(self):
        return self.env._("Takeover of %(subscription)s", subscription=self.subscription_id.name)

    def _apply(self, now):
        """Let the customer go on with the contract; returns the successor, which is billed beside."""
        succession = self.subscription_id._apply_takeover(
            self.customer_id, self.date_from, now, self.plan_id, self.reason
        )
        return succession.successor_id
