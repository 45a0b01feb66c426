from odoo import models


class CloudBillReason(models.AbstractModel):
    """A bill that the customer's order does not cover: somebody should see it before it is posted."""

    _inherit = "cloud.bill.reason"

    # === HOOKS === #

    def _get_resolvable_codes(self):
        return super()._get_resolvable_codes() | {"order_exceeded", "order_expired", "order_coming", "order_closed"}

    def _get_bill_sentences(self):
        return {
            **super()._get_bill_sentences(),
            "order_exceeded": self.env._(
                "%(amount)s %(currency)s is more than the %(left)s %(currency)s left of the order %(order)s. Ask the"
                " customer for a new order, raise the budget, or release the bill."
            ),
            "order_expired": self.env._(
                "The order %(order)s is not valid any more on %(day)s. Ask the customer for a new one, correct its"
                " dates, or release the bill."
            ),
            "order_coming": self.env._(
                "The order %(order)s is not yet valid on %(day)s. Correct its dates, choose another invoice date, or"
                " release the bill."
            ),
            "order_closed": self.env._(
                "The order %(order)s is closed. Give the subscription another one and rate again, or release the bill."
            ),
        }

    def _get_action(self, reason):
        if reason["code"].startswith("order_") and reason.get("order_id"):
            return self._open("cloud.customer.order", reason["order_id"])
        return super()._get_action(reason)
