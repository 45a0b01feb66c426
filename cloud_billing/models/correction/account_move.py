from odoo import models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    """The buttons of a posted invoice of ours by which people put it right."""

    _inherit = "account.move"

    # === ACTIONS === #

    def action_cloud_correct(self):
        """Ask in which way this invoice is put right."""
        self.ensure_one()
        return self.env["cloud.correct"]._open(self)

    def action_cloud_credit(self):
        """Give money back of this invoice, while its service stays billed."""
        self.ensure_one()
        return self.env["cloud.credit"]._open(self)

    def action_cloud_undo(self):
        """Take this invoice back as a whole; nothing happens before somebody else approves."""
        self.ensure_one()
        return self.env["cloud.undo"]._open_for(self.cloud_bill_id)

    def action_cloud_rate_again(self, reason=None):
        """Compare what the customer was billed for the days of this invoice with the prices and usage of now."""
        self.ensure_one()
        bill = self.cloud_bill_id
        if not bill.charge_ids:
            raise UserError(self.env._("%(invoice)s has no charges that could be rated again.", invoice=self.name))
        starts, ends = bill.charge_ids.mapped("service_start"), bill.charge_ids.mapped("service_end")
        return self.env["cloud.rate.again"]._open(bill.customer_id, min(starts), max(ends), reason)
