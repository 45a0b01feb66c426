from odoo import models


class CloudSubscriptionLine(models.Model):
    _inherit = "cloud.subscription.line"

    # === ACTIONS === #

    def action_bill_now(self):
        """Bill what is due of the line's subscription today; a one-time charge in arrears no longer waits."""
        self.env["cloud.bill.run"].check_access("create")
        waiting = self.filtered(lambda line: line.billing_model == "one_time" and line.timing == "arrears")
        waiting.write({"timing": "advance"})
        return self.subscription_id.action_bill_now()
