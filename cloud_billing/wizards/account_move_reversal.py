from odoo import api, fields, models
from odoo.exceptions import UserError


class AccountMoveReversal(models.TransientModel):
    """Asks of an invoice of ours whether what it charged becomes billable again, or only the money goes back."""

    _inherit = "account.move.reversal"

    cloud_is_billed = fields.Boolean(compute="_compute_cloud_is_billed")
    cloud_usage_again = fields.Selection(
        [
            ("no", "No: only money goes back, for lines, days or an amount"),
            ("yes", "Yes: what was charged is due again with the next run"),
        ],
        string="Usage becomes billable again?",
        help="Yes takes the whole invoice back. When the credit note is posted, its charges are freed, and the next run"
        " rates them anew with the usage and prices of then.",
    )

    # === COMPUTE === #

    @api.depends("move_ids")
    def _compute_cloud_is_billed(self):
        for wizard in self:
            # sudo: the question is asked of everybody who makes a credit note.
            wizard.cloud_is_billed = bool(wizard.move_ids.sudo().cloud_bill_id)

    # === BUSINESS === #

    def _open_cloud_credit(self):
        """The window that gives money back: a credit note beside the rated lines would not be the sum of any."""
        if len(self.move_ids) > 1:
            raise UserError(
                self.env._(
                    "Money is given back of one invoice at a time: open %(invoice)s, then press Correct.",
                    invoice=self.move_ids[0].name,
                )
            )
        return self.env["cloud.credit"]._open(self.move_ids)

    def reverse_moves(self, is_modify=False):
        # sudo: a person who makes credit notes may free what they credit, also without a role in Cloud Billing.
        bills = self.move_ids.sudo().cloud_bill_id
        is_again = self.cloud_usage_again == "yes"
        if is_again and is_modify:
            raise UserError(
                self.env._(
                    "The new invoice would charge the usage, and the next run would charge it again. Make a credit note"
                    " only (Reverse), or answer that the usage does not become billable again."
                )
            )
        blockers = bills._get_free_blockers() if is_again else {}
        if blockers:
            raise UserError("\n".join(sentence for told in blockers.values() for sentence in told))
        if bills and not is_again:
            return self._open_cloud_credit()
        action = super().reverse_moves(is_modify=is_modify)
        if is_again:
            # sudo: whoever may make the credit note may say what it frees, also without a role in Cloud Billing.
            for move in self.new_move_ids.sudo():
                move.cloud_frees_bill_id = move.reversed_entry_id.cloud_bill_id
        return action
