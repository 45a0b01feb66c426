from odoo import models


class CloudBill(models.Model):
    """What was rated again goes into the register when it is posted."""

    _inherit = "cloud.bill"

    # === BUSINESS === #

    def _record(self, action, reason=None):
        result = super()._record(action, reason)
        if action == "bill_posted":
            again = self.filtered(lambda bill: bill.run_id.correction_scope == "again" and bill.amount)
            self.env["cloud.intervention"]._note_all(
                (
                    bill,
                    {
                        "kind": "rated_again",
                        "reason": bill.run_id.note,
                        "amount": bill.amount,
                        "request": bill.run_id.request_id,
                    },
                )
                for bill in again
            )
        return result

    # === HOOKS === #

    def _get_look_reasons(self, amount, previous):
        # Somebody asked for it, saw every line, and so does the approver.
        return [] if self.run_id.correction_scope == "again" else super()._get_look_reasons(amount, previous)
