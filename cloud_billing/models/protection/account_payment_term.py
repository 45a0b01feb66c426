from odoo import models

from . import agreed_writes

_WITHIN = "early_discount"


class AccountPaymentTerm(models.Model):
    """A discount for paying early is one that people agreed on: whoever has such terms takes it without asking."""

    _inherit = "account.payment.term"

    def _filter_guarded_existence(self, companies, sign):
        guarded = super()._filter_guarded_existence(companies, sign)
        # Terms without a discount say when something is due; without the terms there is no discount either.
        return guarded.filtered(_WITHIN) if sign == agreed_writes.CREATE else self.browse()

    def _filter_guarded_changes(self, vals, names, companies):
        changed = super()._filter_guarded_changes(vals, names, companies)
        return changed.filtered(lambda term: term.early_discount or vals.get(_WITHIN))
