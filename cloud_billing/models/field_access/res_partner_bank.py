from odoo import api, models

from .hidden_names import without

_SHOWN_DIGITS = 4


class ResPartnerBank(models.Model):
    """A bank account is called by its number: whoever may not read that sees the end of it."""

    _inherit = "res.partner.bank"

    # === COMPUTE === #

    @api.depends_context("uid")
    def _compute_display_name(self):
        if not self._get_hidden_fields(["acc_number"]):
            super()._compute_display_name()
            return
        for bank in self:
            # sudo: lends the right to read the number, of which only the end is told.
            number = bank.sudo().acc_number or ""
            bank.display_name = f"...{number[-_SHOWN_DIGITS:]}"

    @api.model
    def _search_display_name(self, operator, value):
        domain = super()._search_display_name(operator, value)
        return without(domain, operator, self._get_hidden_fields(["acc_number", "sanitized_acc_number"]))
