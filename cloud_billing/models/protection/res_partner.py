from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _filter_guarded(self, companies):
        """Those who are customers of one of the companies, and the contacts that share their bank and tax data."""
        firms = self.commercial_partner_id
        customers = self.env["cloud.customer"].search(
            [("partner_id.commercial_partner_id", "in", firms.ids), ("company_id", "in", companies.ids)]
        )
        return self.filtered(
            lambda partner: partner.commercial_partner_id in customers.partner_id.commercial_partner_id
        )

    def _get_touched_domain(self):
        return [("subscription_id.customer_id.partner_id.commercial_partner_id", "in", self.commercial_partner_id.ids)]
