from odoo import models

_NUMBERED = "cloud_billing_numbered"
# What says after which number the next one comes, and whose answer to it is known here: a bill is no debit note.
_QUESTIONS = {"_get_last_sequence", "_get_last_sequence_domain", "_get_sequence_date_range"}
_ANSWERED_BY = ("odoo.addons.account.models.", "odoo.addons.account_debit_note.models.", __name__)


class _Numbered(dict):
    """{(journal id, kind, date) of an invoice: the number before the first such one of a batch}.

    A class, so that what a client sends as context is never taken for one.
    """


class AccountMove(models.Model):
    """The numbers of a batch of invoices: Odoo looks for the last one once, not before each of them."""

    _inherit = "account.move"

    # === BUSINESS === #

    def _post_batch(self):
        """Post invoices that were just made, all in one transaction.

        Before each number Odoo asks the database for the last one, and has the one before written so that the answer
        is right. From the second invoice on it takes nothing but the form of numbers from it: it counts on by itself
        from the first, which nobody else can have until the transaction ends. Where another add-on counts in another
        way, Odoo's own is kept.
        """
        if self._is_counted_plainly():
            return self.with_context(**{_NUMBERED: _Numbered()})._post(soft=False)
        return self._post(soft=False)

    def _get_last_sequence(self, relaxed=False, with_prefix=None):
        known = self.env.context.get(_NUMBERED)
        if not isinstance(known, _Numbered) or relaxed or with_prefix is not None:
            return super()._get_last_sequence(relaxed=relaxed, with_prefix=with_prefix)
        key = self.journal_id.id, self.move_type, self.date
        if not known.get(key):
            known[key] = super()._get_last_sequence(relaxed=relaxed, with_prefix=with_prefix)
        return known[key]

    def _is_counted_plainly(self):
        """Whether the last number depends on journal, kind and date of these invoices alone."""
        if self.origin_payment_id or True in self.journal_id.mapped("is_self_billing"):
            return False
        return all(
            model.__module__.startswith(_ANSWERED_BY)
            for model in type(self).mro()
            if not _QUESTIONS.isdisjoint(vars(model))
        )
