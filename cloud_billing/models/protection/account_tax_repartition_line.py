from odoo import models


class AccountTaxRepartitionLine(models.Model):
    _inherit = "account.tax.repartition.line"

    def _filter_guarded(self, companies):
        """Those of a tax that is protected."""
        return self.filtered(lambda line: line.tax_id._filter_guarded(companies))

    def _get_touched_domain(self):
        return self.tax_id._get_touched_domain()
