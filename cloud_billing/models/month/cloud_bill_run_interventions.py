from odoo import models


class CloudBillRun(models.Model):
    """Bills that could not be posted and are told to be tried again go into the register."""

    _inherit = "cloud.bill.run"

    def action_retry_parked(self):
        parked = self.bill_ids.filtered(lambda bill: bill.state == "parked")
        # What was wrong is forgotten by the retry: read before, noted after the rights were checked.
        errors = {bill: bill.error for bill in parked}
        result = super().action_retry_parked()
        self.env["cloud.intervention"]._note_all(
            (
                bill,
                {
                    "kind": "forced",
                    "reason": self.env._("Posted again after: %(error)s", error=error),
                    "amount": bill.amount,
                },
            )
            for bill, error in errors.items()
        )
        return result
