from odoo import models

# Where money comes in or waits: journals of these kinds are used once something is entered in them.
_MONEY = ("bank", "cash", "credit")


class AccountJournal(models.Model):
    """The accounts that invoices and payments go to where nothing else names one."""

    _inherit = "account.journal"

    def _filter_guarded(self, companies):
        """Those of sales, and those of money that has come in or gone out by them: a new one is being set up."""
        guarded = super()._filter_guarded(companies)
        money = guarded.filtered(lambda journal: journal.type in _MONEY)
        used = self.env["account.move"]._read_group([("journal_id", "in", money.ids)], ["journal_id"]) if money else []
        return guarded.filtered(lambda journal: journal.type == "sale") | self.browse([row[0].id for row in used])
