from odoo import models

# What a person decides on a bill, and what the register calls it.
_KINDS = {"bill_released": "released", "bill_held": "held", "bill_excluded": "excluded"}


class CloudBill(models.Model):
    """Decisions on bills go into the register with the amount that was seen."""

    _inherit = "cloud.bill"

    def _record(self, action, reason=None):
        result = super()._record(action, reason)
        if action in _KINDS:
            self.env["cloud.intervention"]._note(_KINDS[action], self, reason, amount=lambda bill: bill.amount)
        return result
