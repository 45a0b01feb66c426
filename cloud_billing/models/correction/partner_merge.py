from odoo import models
from odoo.exceptions import UserError


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Merging contacts leaves one of them; two billing customers of a company are never one."""

    _inherit = "base.partner.merge.automatic.wizard"

    # === BUSINESS === #

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        self._check_one_cloud_customer(partner_ids)
        return super()._merge(partner_ids, dst_partner=dst_partner, extra_checks=extra_checks)

    def _check_one_cloud_customer(self, partner_ids):
        """Raise where two of the contacts are billing customers of one company: Odoo would delete one of these."""
        # sudo: what belongs to a company the user may not see would be lost too; archived ones as well.
        customers = (
            self.env["cloud.customer"]
            .sudo()
            .with_context(active_test=False)
            .search([("partner_id", "in", list(partner_ids))])
        )
        for company, same in customers.grouped("company_id").items():
            if len(same) > 1:
                raise UserError(
                    self.env._(
                        "%(customers)s are billing customers of %(company)s, so their contacts stay apart. Let one of"
                        " them take the subscriptions of the other over, then archive that one.",
                        customers=", ".join(same.mapped("name")),
                        company=company.name,
                    )
                )
