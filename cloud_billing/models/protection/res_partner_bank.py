from odoo import models


class ResPartnerBank(models.Model):
    _inherit = "res.partner.bank"

    def _filter_guarded(self, companies):
        """Those of customers."""
        return self.filtered(lambda bank: bank.partner_id._filter_guarded(companies))

    def _get_touched_domain(self):
        return self.partner_id._get_touched_domain()
