from odoo import models


class CloudClosingCsv(models.AbstractModel):
    """The file of a month's end holds the end of the audit trail too, as an anchor that is kept with the books."""

    _inherit = "cloud.closing.csv"

    def _get_last_rows(self, closing):
        lines = self.env["cloud.audit.anchor"]._get_text(closing.company_id).splitlines()
        return [*super()._get_last_rows(closing), *([self.env._("Audit trail"), line] for line in lines)]
