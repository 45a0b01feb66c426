from odoo import fields, models


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
    reason = fields.Char()

    def action_confirm(self):
        """Let the customer go on with the contract; opens the successor."""
        self.ensure_one()
        self.subscription_id.check_access("write")
        return self._apply(fields.Datetime.now()).get_formview_action()

    # === HOOKS === #

    def _get_window_title(self):
        return self.env._("Takeover of %(subscription)s", subscription=self.subscription_id.name)

    def _apply(self, now):
        """Let the customer go on with the contract; returns the successor, which is billed beside."""
        succession = self.subscription_id._apply_takeover(
            self.customer_id, self.date_from, now, self.plan_id, self.reason
        )
        return succession.successor_id
