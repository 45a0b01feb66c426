from odoo import api, fields, models


class CloudSubscription(models.Model):
    """What the contract itself says of its prices, in one list and in words."""

    _inherit = "cloud.subscription"

    rate_ids = fields.One2many("cloud.contract.rate", "subscription_id", string="Prices of the Contract")
    rate_text = fields.Text(
        string="Agreed Prices",
        compute="_compute_rate_text",
        help="What of its prices is the contract's own, today and to come.",
    )

    # === COMPUTE === #

    @api.depends(
        "rate_ids.state",
        "rate_ids.date_start",
        "rate_ids.date_end",
        "rate_ids.summary",
        "rate_ids.what",
    )
    @api.depends_context("lang")
    def _compute_rate_text(self):
        today = fields.Date.context_today(self)
        for subscription in self:
            rates = subscription.rate_ids.filtered(
                lambda rate: rate.state == "approved" and (not rate.date_end or rate.date_end > today)
            )
            rates = rates.sorted(lambda rate: (rate.date_start, rate.sequence))
            subscription.rate_text = "\n".join(rate._get_sentence() for rate in rates) or False

    # === ACTIONS === #

    def action_open_rates(self):
        """The prices that the contract itself says, also those of the past and those that wait."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Prices of %(subscription)s", subscription=self.name),
            "res_model": "cloud.contract.rate",
            "view_mode": "list,form",
            "domain": [("subscription_id", "=", self.id)],
            "context": {"default_subscription_id": self.id},
        }
