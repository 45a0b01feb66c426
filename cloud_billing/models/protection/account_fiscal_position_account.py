from odoo import models


class AccountFiscalPositionAccount(models.Model):
    _inherit = "account.fiscal.position.account"

    def _filter_guarded(self, companies):
        """Those of a fiscal position that is protected."""
        return self.filtered(lambda account: account.position_id._filter_guarded(companies))
