from odoo import models


class CloudBillRun(models.Model):
    """Who signs that a run ties out signs the end of the audit trail with it: an anchor that is read and printed."""

    _inherit = "cloud.bill.run"

    def _tell_tie_out(self):
        anchor = self.env["cloud.audit.anchor"]._get_text(self.company_id)
        return "\n".join([super()._tell_tie_out(), *anchor.splitlines()])
