from odoo import models


class CloudPricePlan(models.Model):
    """Who sells chooses a plan by its name; its prices, and what was said of it, are for who has a role of billing."""

    _inherit = "cloud.price.plan"

    def _mail_get_operation_for_mail_message_operation(self, message_operation):
        if message_operation == "read" and not self.env.user.has_group("cloud_billing.group_viewer"):
            return dict.fromkeys(self, "write")
        return super()._mail_get_operation_for_mail_message_operation(message_operation)
