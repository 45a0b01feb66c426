from odoo import models


class CloudBillRun(models.Model):
    """One-off amounts that are due with a run, after everything that a minimum or a percent could be of."""

    _inherit = "cloud.bill.run"

    # === BUSINESS === #

    def _make_bills(self, *args, **kwargs):
        super()._make_bills(*args, **kwargs)
        if self.env["cloud.adjustment.due"]._make(self):
            self.env["cloud.bill"]._assemble(self)
