from odoo import models

from . import agreed_writes, exact_values


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

    def _filter_guarded_changes(self, vals, names, companies):
        """Not the contacts of a company for which it was agreed: Odoo gives them what the company has."""
        changed = super()._filter_guarded_changes(vals, names, companies)
        return changed.filtered(lambda partner: not partner._follows_agreed(vals, names))

    def _follows_agreed(self, vals, names):
        """Whether `vals` give a contact just what people are agreeing to for its company."""
        firm = self.commercial_partner_id
        different = [name for name in names if exact_values.changes(self, name, vals[name])]
        return (
            firm != self
            and agreed_writes.was_agreed(firm, different)
            and not any(exact_values.changes(firm, name, vals[name]) for name in different)
        )

    def _get_touched_domain(self):
        return [("subscription_id.customer_id.partner_id.commercial_partner_id", "in", self.commercial_partner_id.ids)]
