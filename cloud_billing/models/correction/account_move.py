from odoo import models


class AccountMove(models.Model):
    """The buttons of a posted invoice of ours by which people put it right."""

    _inherit = "account.move"

    # === ACTIONS === #

    def action_cloud_credit(self):
        """Give money back of this invoice, while its service stays billed."""
        self.ensure_one()
        return self.env["cloud.credit"]._open(self)

    def action_cloud_undo(self):
        """Take this invoice back as a whole; nothing happens before somebody else approves."""
        self.ensure_one()
        return self.env["cloud.undo"]._open_for(self.cloud_bill_id)
