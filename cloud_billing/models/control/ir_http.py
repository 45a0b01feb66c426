from odoo import models


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    def session_info(self):
        """Tell the web client the state of each company, for people with a role in Cloud Billing."""
        info = super().session_info()
        companies = info.get("user_companies", {}).get("allowed_companies", {})
        if companies and self.env.user.has_group("cloud_billing.group_viewer"):
            # sudo: the companies are the person's own.
            for company in self.env["res.company"].sudo().browse(companies):
                companies[company.id]["cloud_billing_state"] = company.cloud_billing_state
        return info
