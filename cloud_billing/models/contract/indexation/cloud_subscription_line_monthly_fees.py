from decimal import Decimal

from odoo import models

from .indexation_prices import change_price


class CloudSubscriptionLine(models.Model):
    _inherit = "cloud.subscription.line"

    def _add_monthly_fees(self, day, candidates, agreed, currency):
        """What lines come to a month on a day; None where one of them has no price.

        candidates: of `_get_scope_candidates`. agreed: of `_get_agreed`, {line id: what holds on the day}.
        """
        step = Decimal(1).scaleb(-currency.decimal_places)
        total = Decimal(0)
        for line in self:
            quantity, cycle = agreed[line.id][0].quantity, line.subscription_id._get_cycle()
            change = change_price(candidates[line.id], day, quantity, Decimal(1), cycle, step)
            if change.old is None:
                return None
            total += change.old
        return total
