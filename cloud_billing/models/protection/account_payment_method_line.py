from odoo import models


class AccountPaymentMethodLine(models.Model):
    """On which account a payment waits for the bank: on that of the bank itself it would wait for nothing."""

    _inherit = "account.payment.method.line"

    def _filter_guarded(self, companies):
        """Those of a journal that is protected."""
        return self.filtered(lambda line: line.journal_id._filter_guarded(companies))
