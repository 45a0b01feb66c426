from odoo import models

from . import agreed_writes

_MONEY = ("bank", "cash", "credit")
_KINDS = ("sale", *_MONEY)
_CASH = ("asset_cash", "liability_credit_card")
# What a company gives a journal that names no account itself.
_GIVEN = {
    "default_account_id": "income_account_id",
    "suspense_account_id": "account_journal_suspense_account_id",
    "profit_account_id": "default_cash_difference_income_account_id",
    "loss_account_id": "default_cash_difference_expense_account_id",
}


class AccountJournal(models.Model):
    """The accounts that invoices and payments go to where nothing else names one.

    One person makes a journal with what its company gives it, which two people said; any other account is proposed.
    """

    _inherit = "account.journal"

    # === BUSINESS === #

    def _is_given(self, name, account):
        """Whether a journal has this account by its company, or where it has none itself."""
        self.ensure_one()
        if not account or (self.type in _MONEY and name == "default_account_id"):
            # The money of a bank is on an account for it, which Odoo makes with the journal.
            return not account or account.account_type in _CASH
        return account == self.company_id[_GIVEN[name]]

    def _takes_what_is_given(self, name, account_id):
        """Whether a field that is empty would get what its company gives: loading a chart of accounts does so."""
        return name in _GIVEN and not self[name] and self._is_given(name, self[name].browse(account_id))

    # === HOOKS === #

    def _filter_guarded(self, companies):
        """Those of sales and of money, also before the first entry: whoever set one up alone would use it next."""
        return super()._filter_guarded(companies).filtered(lambda journal: journal.type in _KINDS)

    def _filter_guarded_existence(self, companies, sign):
        """Made: those with accounts of their own. Deleted: none, Odoo keeps those with entries."""
        if sign == agreed_writes.UNLINK:
            return self.browse()
        guarded = super()._filter_guarded_existence(companies, sign)
        return guarded.filtered(lambda journal: not all(journal._is_given(name, journal[name]) for name in _GIVEN))

    def _filter_guarded_changes(self, vals, names, companies):
        """Also those that would become one of sales or money with the accounts that they have."""
        changed = super()._filter_guarded_changes(vals, names, companies)
        # sudo: what is protected does not depend on what the person may read.
        changed, journals = changed.sudo(), self.sudo()
        guarded = changed.filtered(
            lambda journal: any(
                journal._changes_for(companies, name, vals[name]) and not journal._takes_what_is_given(name, vals[name])
                for name in names
            )
        )
        if "type" in names and vals["type"] in _KINDS:
            guarded |= journals._filter_of_companies(companies).filtered(lambda journal: journal.type not in _KINDS)
        return self.browse(guarded.ids)

    def _get_making_remedy(self):
        return self.env._(
            "Make it with the accounts that the company gives it, then use Propose a Change for the others."
        )
