from odoo import models


class ResPartner(models.Model):
    """A button only: contacts are shared by companies, so nothing of a customer is kept on them."""

    _inherit = "res.partner"

    def action_open_cloud_customer(self):
        """The billing customer of this contact in the current company, or the form to make one."""
        self.ensure_one()
        customer = self.env["cloud.customer"].search(
            [("partner_id", "=", self.id), ("company_id", "=", self.env.company.id)], limit=1
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Billing Customer"),
            "res_model": "cloud.customer",
            "res_id": customer.id,
            "view_mode": "form",
            "context": {"default_partner_id": self.id},
        }
