from odoo import api, models

from .price_question import PriceQuestion


class CloudPriceCalculator(models.AbstractModel):
    _inherit = "cloud.price.calculator"

    # === BUSINESS === #

    @api.model
    def _get_line_price(self, line):
        """(amount, why there is none): what a subscription line costs once, at the prices of its first day.

        In the currency of the bills. One of the two is None; the second is a sentence.
        """
        subscription = line.subscription_id
        question = PriceQuestion(
            plan=subscription.plan_id,
            product=line.product_id,
            customer=subscription.customer_id,
            subscription=subscription,
            line=line,
            day=line._get_interval()[0],
            quantity=line.quantity,
        )
        (answer,) = self._calculate([question])
        if answer.refused:
            return None, self._get_sentence(answer.refused)
        return answer.amount, None
