from odoo import api, models


class ResCompany(models.Model):
    """A company has its approval policies from its first day."""

    _inherit = "res.company"

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        self.env["cloud.approval.policy"]._make_ready(companies)
        return companies
