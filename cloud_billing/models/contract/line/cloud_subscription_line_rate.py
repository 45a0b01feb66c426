from odoo import api, fields, models


class CloudSubscriptionLine(models.Model):
    """The price of a line in words, with what the contract itself changes of it."""

    _inherit = "cloud.subscription.line"

    # === COMPUTE === #

    @api.depends(
        "subscription_id.rate_ids.state",
        "subscription_id.rate_ids.date_start",
        "subscription_id.rate_ids.date_end",
        "subscription_id.rate_ids.percent",
        "subscription_id.rate_ids.amount",
    )
    def _compute_price_text(self):
        result = super()._compute_price_text()
        today = fields.Date.context_today(self)
        for line in self:
            if line.has_price and line.subscription_id.rate_ids:
                changes = line._get_adjusting_rates(line._get_price_day(today)).mapped("summary")
                line.price_text = self.env._(", ").join([line.price_text, *changes])
        return result

    # === BUSINESS === #

    def _get_adjusting_rates(self, day):
        """What the contract changes of the price of this line on a day, in the order in which it is applied."""
        self.ensure_one()
        return self.subscription_id.rate_ids.filtered(
            lambda rate: (
                rate.kind == "adjust"
                and rate.state == "approved"
                and rate.date_start <= day
                and (not rate.date_end or day < rate.date_end)
                and rate.line_id in (self._origin, rate.line_id.browse())
                and rate.product_id in (self.product_id, self.product_id.browse())
                and rate.billing_model in (self.billing_model, False)
            )
        ).sorted(lambda rate: (bool(rate.line_id), rate.sequence))
