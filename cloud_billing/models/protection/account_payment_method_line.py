from odoo import models

from . import agreed_writes, exact_values

# Of the chart of accounts: where Odoo lets payments of an online provider wait.
_OF_CHART = ("account_journal_payment_debit_account_id", "account_journal_payment_credit_account_id")


class AccountPaymentMethodLine(models.Model):
    """On which account a payment waits for the bank: on that of the bank itself it would wait for nothing.

    One person adds a method whose payments wait nowhere, or where those of the company wait already.
    """

    _inherit = "account.payment.method.line"

    # === BUSINESS === #

    def _waits_as_agreed(self, journal, account):
        """Whether payments of the journal's company wait on this account already, or nowhere.

        journal, account: those that the method has, or would get
        """
        if not account:
            return True
        company = journal.company_id
        if not company:
            return False
        chart = self.env["account.chart.template"].with_context(allowed_company_ids=company.root_id.ids)
        known = company.transfer_account_id
        for name in _OF_CHART:
            known |= chart.ref(name, raise_if_not_found=False) or account.browse()
        others = [("journal_id.company_id", "=", company.id), ("payment_account_id", "=", account.id)]
        return account in known or bool(self.search_count([*others, ("id", "not in", self.ids)], limit=1))

    # === HOOKS === #

    def _filter_guarded(self, companies):
        """Those of any journal of the company, and those of none: they may be given to one."""
        return self.filtered(lambda line: not line.journal_id or line.journal_id._filter_of_companies(companies))

    def _filter_guarded_existence(self, companies, sign):
        """Made: those whose payments would wait elsewhere. Deleted: none, payments keep their account."""
        if sign == agreed_writes.UNLINK:
            return self.browse()
        guarded = super()._filter_guarded_existence(companies, sign)
        return guarded.filtered(lambda line: not guarded._waits_as_agreed(line.journal_id, line.payment_account_id))

    def _filter_guarded_changes(self, vals, names, companies):
        """Given to another journal it may be where payments of that company wait on its account already."""
        changed = super()._filter_guarded_changes(vals, names - {"journal_id"}, companies)
        if "journal_id" not in names:
            return changed
        # sudo: what is protected does not depend on what the person may read.
        lines = self.sudo()
        journal = lines.journal_id.browse(vals["journal_id"] or ())
        if not journal._filter_of_companies(companies):
            return changed
        moved = lines.filtered(
            lambda line: (
                exact_values.changes(line, "journal_id", journal.id)
                and not lines._waits_as_agreed(journal, line.payment_account_id)
            )
        )
        return changed | self.browse(moved.ids)

    def _get_making_remedy(self):
        return self.env._("Make it without the account on which payments wait, then use Propose a Change.")
