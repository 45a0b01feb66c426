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

    def _filter_account_owners(self, companies):
        """Those whose bank accounts are protected: customers, and the companies that stand on what they are paid."""
        return self.filtered(lambda partner: partner in companies.partner_id) | self._filter_guarded(companies)

    def _filter_guarded_changes(self, vals, names, companies):
        """Not the contacts that get what their company has: Odoo gives it to them, when they are made too."""
        changed = super()._filter_guarded_changes(vals, names, companies)
        return changed.filtered(lambda partner: not partner._follows_company(vals, names))

    def _follows_company(self, vals, names):
        """Whether `vals` give a contact just what its company has. Who is a customer by himself keeps his own."""
        firm = self.commercial_partner_id
        different = [name for name in names if exact_values.changes(self, name, vals[name])]
        if firm == self or any(exact_values.changes(firm, name, vals[name]) for name in different):
            return False
        if agreed_writes.was_agreed(firm, different):
            return True
        # sudo: lends the right to know whether the contact is a customer.
        return not self.env["cloud.customer"].sudo().search_count([("partner_id", "=", self.id)], limit=1)

    def can_edit_vat(self):
        # A customer on the portal is told so before it is refused.
        return super().can_edit_vat() and not self._get_guarded()

    def _get_touched_domain(self):
        return [("subscription_id.customer_id.partner_id.commercial_partner_id", "in", self.commercial_partner_id.ids)]
