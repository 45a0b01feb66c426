from odoo import models
from odoo.exceptions import UserError

from ..control.cloud_protected_mixin import TOKEN


class CloudUsageReject(models.Model):
    """A row that could not be read, or a newer version, that a live company gives up may be money given up."""

    _inherit = "cloud.usage.reject"

    # === BUSINESS === #

    def _waive(self, reason, request=None):
        for company, rejects in self.grouped("company_id").items():
            if self.env["cloud.usage.waiver"]._needs_two(company, rejects):
                raise UserError(
                    self.env._(
                        "%(company)s is live, and rows that cost more than one person gives up, or of which nobody can "
                        "say what they cost, are waived only with the approval of a second person. Use Waive on the "
                        "screen, which proposes it.",
                        # sudo: lends the right to read the company's name.
                        company=company.sudo().name,
                    )
                )
        return super()._waive(reason, request=request)

    def _waive_agreed(self, waiver, token):
        """Waive what people agreed on, or one person while the company is set up; see `cloud.usage.waiver`."""
        if token is not TOKEN or waiver.state != "approved":
            raise UserError(self.env._("Only a waiver that was agreed gives these rows up."))
        # pylint: disable-next=super-method-mismatch
        return super()._waive(waiver.reason, request=waiver.request_id)

    def _propose_waiving(self, reason):
        """Waive rows of which one person may, and propose the others; returns (rows waived, waivers that wait)."""
        waivers = self.env["cloud.usage.waiver"]
        alone = self.browse()
        for company, rejects in self.grouped("company_id").items():
            if waivers._needs_two(company, rejects):
                rejects.check_access("write")
                waivers += waivers._propose(company, rejects, reason)
            else:
                alone += rejects
        if alone:
            alone.action_waive(reason)
        return len(alone), waivers
