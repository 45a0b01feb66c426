from odoo import models


class AccountResequenceWizard(models.TransientModel):
    """Numbers of invoices of ours stay: customers, exports and approvals know them."""

    _inherit = "account.resequence.wizard"

    # === BUSINESS === #

    def resequence(self):
        self.move_ids._refuse_draft()
        return super().resequence()
