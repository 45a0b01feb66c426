from odoo import api, models
from odoo.addons.base.models.res_bank import sanitize_account_number

from . import agreed_writes


class ResPartnerBank(models.Model):
    """A bank account of a customer, who may be paid by it, or of a company of ours, who is paid by it."""

    _inherit = "res.partner.bank"

    # === BUSINESS === #

    @api.model
    def _is_agreed_by_two(self, partner):
        """Whether two people say now which accounts the partner has."""
        if agreed_writes.CREATE not in self._get_guarded_names():
            return False
        companies = self.env["cloud.protected.field"]._get_companies("live")
        # sudo: whose accounts are protected does not depend on what the person may read.
        return bool(companies and partner.sudo()._filter_account_owners(companies))

    @api.model
    def _get_left_out(self, partner, numbers):
        """Those of the numbers of accounts that name none in force of a partner whose accounts two people say."""
        if not self._is_agreed_by_two(partner):
            return []
        # sudo: lends the right to see whether the account is known, also in another company, as Odoo asks it.
        known = set(self.sudo().search([("partner_id", "=", partner.id)]).mapped("sanitized_acc_number"))
        return [number for number in numbers if number and sanitize_account_number(number) not in known]

    # === HOOKS === #

    @api.model
    def _is_archived_for_good(self):
        # Entries may name it, so Odoo's `unlink` archives.
        return True

    @api.model
    def _get_archived_like(self, vals):
        # One number is one account of a partner, archived or not.
        domain = [("acc_number", "=", vals.get("acc_number")), ("partner_id", "=", vals.get("partner_id"))]
        return self.search([*domain, ("active", "=", False)], limit=1)

    def _filter_guarded(self, companies):
        """Those of customers and of the companies themselves."""
        return self.filtered(lambda bank: bank.partner_id._filter_account_owners(companies))

    def _get_touched_domain(self):
        return self.partner_id._get_touched_domain()
