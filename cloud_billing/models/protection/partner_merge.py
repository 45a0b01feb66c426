from odoo import models

from . import exact_values


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Merging contacts rewrites what points at them in the tables themselves, past every `write`."""

    _inherit = "base.partner.merge.automatic.wizard"

    # === BUSINESS === #

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        partners = self.env["res.partner"].browse(partner_ids).exists()
        if len(partners) > 1:
            kept = dst_partner if dst_partner in partners else self._get_ordered_partner(partners.ids)[-1]
            self._check_no_protected_value_moves(partners, kept)
        return super()._merge(partner_ids, dst_partner=dst_partner, extra_checks=extra_checks)

    def _check_no_protected_value_moves(self, partners, kept):
        """Raise where a customer of a live company would get the VAT number, ... of another contact, or where it or
        the company itself would get the bank account of one.

        kept: the one of the partners that stays; what it says itself stays, and the others fill in the rest.
        """
        companies = self.env["cloud.protected.field"]._get_companies("live")
        # sudo: lends the right to compare what protected fields say, whoever merges.
        partners, kept = partners.sudo(), kept.sudo()
        customers, companies_own = partners._get_guarded(), partners & companies.partner_id
        if not customers and not companies_own:
            return
        names = {name for name in customers._get_guarded_names() if name in customers._fields}
        if changing := {name for name in names if self._changes_by_merging(customers, partners - kept, kept, name)}:
            customers._refuse_unagreed(changing)
        # A customer's accounts are none that a company of ours is paid by.
        owners = companies_own or customers
        banks = (partners - owners).with_context(active_test=False).bank_ids
        # An account that both have is only one of them afterwards; what is archived moves as it is.
        known = set(owners.bank_ids.mapped("sanitized_acc_number"))
        banks = banks.filtered(lambda bank: not bank.active or bank.sanitized_acc_number not in known)
        if banks and "partner_id" in banks._get_guarded_names():
            banks._refuse_unagreed(["partner_id"])

    def _changes_by_merging(self, customers, sources, kept, name):
        """Whether one of the customers would have another value of the field, in one of the live companies."""
        companies = self.env.company
        if customers._fields[name].company_dependent:
            companies = self.env["cloud.protected.field"]._get_companies("live")
        return any(
            len(
                _read_all(customers.with_company(company), name)
                | _get_merged(sources.with_company(company), kept.with_company(company), name)
            )
            > 1
            for company in companies
        )


def _read_all(partners, name):
    """What contacts say: texts that are the same where the values are."""
    return {exact_values.dump(exact_values.read(partner, name)) for partner in partners}


def _get_merged(sources, kept, name):
    """What the contact that stays may say afterwards: its own value, or where it has none what the others say."""
    own, field, nothing = _read_all(kept, name), kept._fields[name], {exact_values.dump(None)}
    if not field.company_dependent:
        return (_read_all(sources, name) - nothing or nothing) if own == nothing else own
    fallback = field.get_company_dependent_fallback(kept)
    # What its company falls back to is no value of its own.
    if own == nothing or own == {exact_values.dump(exact_values.convert(kept, name, fallback))}:
        return own | (_read_all(sources, name) - nothing)
    return own
