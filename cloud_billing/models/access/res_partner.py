from odoo import api, models


class ResPartner(models.Model):
    """What a contact owes is added up past the rules on rows: for whoever is limited, of the entries that he sees."""

    _inherit = "res.partner"

    # === COMPUTE === #

    def _credit_debit_get(self):
        if not self._is_ledger_limited():
            super()._credit_debit_get()
            return
        due = self.env["account.move.line"]._read_group(
            [
                ("partner_id", "in", self.ids),
                ("parent_state", "=", "posted"),
                ("reconciled", "=", False),
                ("company_id", "child_of", self.env.company.root_id.id),
                ("account_id.account_type", "in", ("asset_receivable", "liability_payable")),
            ],
            ["partner_id", "account_id"],
            ["amount_residual:sum"],
        )
        self.credit = self.debit = 0
        for partner, account, amount in due:
            if account.account_type == "asset_receivable":
                partner.credit += amount
            else:
                partner.debit -= amount

    # === SEARCH === #

    @api.model
    def _asset_difference_search(self, account_type, operator, operand):
        if self._is_ledger_limited():
            self.env["cloud.sharing.group"]._check_whole_company()
        return super()._asset_difference_search(account_type, operator, operand)

    # === BUSINESS === #

    def _is_ledger_limited(self):
        if self.env.su:
            return False
        # sudo: lends the right to know whether this login is limited.
        return self.env.user.sudo()._get_cloud_row_limits("account.move.line") is not None
