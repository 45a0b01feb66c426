from odoo import api, models


class CloudBillRun(models.Model):
    """The night by state: what waited for usage that came is billed with what is due by now."""

    _inherit = "cloud.bill.run"

    # === BUSINESS: BY THE SCHEDULE === #

    @api.model
    def _create_due_run(self, company, now):
        self.env["cloud.bill"]._free_late(company)
        return super()._create_due_run(company, now)
