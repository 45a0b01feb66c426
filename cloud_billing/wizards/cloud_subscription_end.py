from odoo import api, fields, models


class CloudSubscriptionEnd(models.TransientModel):
    """Asks for the day on which a subscription ends."""

    _name = "cloud.subscription.end"
    _description = "End a Subscription"

    subscription_id = fields.Many2one("cloud.subscription", required=True, ondelete="cascade")
    date_end = fields.Date(
        string="First Day Not Billed",
        compute="_compute_date_end",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="The subscription is billed up to the day before.",
    )

    @api.depends("subscription_id")
    def _compute_date_end(self):
        for wizard in self:
            wizard.date_end = wizard.date_end or wizard.subscription_id._get_next_boundary(fields.Datetime.now())

    def action_confirm(self):
        """End the subscription on the chosen day."""
        self.ensure_one()
        self.subscription_id.action_end(self.date_end)
        return {"type": "ir.actions.act_window_close"}
