from odoo import models


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    def _find_or_create_bank_account(self):
        """Where two people say which accounts a partner has, one that is not known is left out; the payment is not."""
        accounts = self.env["res.partner.bank"]
        if accounts._is_agreed_by_two(self.partner_id):
            known = [("acc_number", "=", self.account_number), ("partner_id", "=", self.partner_id.id)]
            # sudo: lends the right to see whether the account is known, also in another company, as Odoo asks it.
            if not accounts.sudo().with_context(active_test=False).search_count(known, limit=1):
                return accounts
        return super()._find_or_create_bank_account()
