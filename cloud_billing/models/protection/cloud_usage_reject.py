from odoo import models
from odoo.exceptions import UserError


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
        self.env["cloud.usage.waiver"]._check_agreed(waiver, token)
        # pylint: disable-next=super-method-mismatch
        return super()._waive(waiver.reason, request=waiver.request_id)

    def _propose_waiving(self, reason):
        """Waive rows of which one person may, and propose the others; returns (rows waived, waivers that wait)."""
        self._check_waive_reason(reason)
        self.check_access("write")
        alone, waivers = self.env["cloud.usage.waiver"]._propose_of(self, reason)
        if alone:
            alone.action_waive(reason)
        return len(alone), waivers
