from odoo import models

# Of accounts of the right type the one that is named for it comes first: words of charts of accounts in English.
_NAMED = {
    "cloud_accrued_income_account_id": ("asset_current", ("accrued", "unbilled", "not yet invoiced", "to be invoiced")),
    "cloud_deferred_account_id": ("liability_current", ("deferred", "unearned", "in advance")),
    "cloud_accrued_cost_account_id": ("liability_current", ("accrued", "to be received", "not yet received")),
}


class ResCompany(models.Model):
    """Which accounts of the chart could bear the balances of a month's end: proposed, and taken by a person only."""

    _inherit = "res.company"

    # === BUSINESS === #

    def _propose_closing(self):
        """{setting: account or journal} for the settings of month ends that are empty and have a candidate."""
        self.ensure_one()
        proposed = {}
        if not self.cloud_closing_journal_id:
            journals = self.env["account.journal"].search(
                [*self.env["account.journal"]._check_company_domain(self), ("type", "=", "general")],
                order="sequence, id",
            )
            journals -= self._get_busy_journals()
            proposed["cloud_closing_journal_id"] = journals[:1]
        taken = self._get_busy_accounts()
        for name, (account_type, words) in _NAMED.items():
            if self[name]:
                continue
            accounts = self.env["account.account"].search(
                [
                    *self.env["account.account"]._check_company_domain(self),
                    ("account_type", "=", account_type),
                    ("id", "not in", taken.ids),
                ]
            )
            named = accounts.filtered(lambda account, words=words: _is_named(account, words))
            account = (named or accounts.filtered(lambda account: not _is_named(account, _ALL_WORDS)))[:1]
            proposed[name] = account
            taken |= account
        return {name: record for name, record in proposed.items() if record}

    def _get_busy_journals(self):
        """Journals in which Odoo makes entries of its own: exchange differences, cash basis taxes."""
        return self.currency_exchange_journal_id | self.tax_cash_basis_journal_id

    def _get_busy_accounts(self):
        """Accounts that the chart uses for something else: of taxes, of payments on their way, of month ends."""
        repartition = self.env["account.tax.repartition.line"].search([("company_id", "=", self.id)])
        journals = self.env["account.journal"].search(self.env["account.journal"]._check_company_domain(self))
        busy = (
            repartition.account_id
            | journals.default_account_id
            | journals.suspense_account_id
            | self.transfer_account_id
            | self.account_journal_suspense_account_id
        )
        for name in _NAMED:
            busy |= self[name]
        return busy


def _is_named(account, words):
    name = (account.with_context(lang="en_US").name or "").lower()
    return any(word in name for word in words)


_ALL_WORDS = tuple(word for _type, words in _NAMED.values() for word in words)
