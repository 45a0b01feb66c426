from odoo import models

from . import exact_values


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Merging contacts rewrites what points at them in the tables themselves, past every `write`."""

    _inherit = "base.partner.merge.automatic.wizard"

    # === BUSINESS === #

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        self._check_no_protected_value_moves(self.env["res.partner"].browse(partner_ids).exists())
        return super()._merge(partner_ids, dst_partner=dst_partner, extra_checks=extra_checks)

    def _check_no_protected_value_moves(self, partners):
        """Raise where a customer of a live company would get the VAT number, ... or the bank account of another one."""
        customers = partners._get_guarded()
        if not customers:
            return
        # sudo: lends the right to compare what protected fields say, whoever merges.
        same = partners.sudo()
        names = {name for name in customers._get_guarded_names() if name in customers._fields}
        differing = {
            name for name in names if len({exact_values.dump(exact_values.read(one, name)) for one in same}) > 1
        }
        if differing:
            customers._refuse_unagreed(differing)
        banks = (same - customers).with_context(active_test=False).bank_ids
        if banks and "partner_id" in banks._get_guarded_names():
            banks._refuse_unagreed(["partner_id"])
