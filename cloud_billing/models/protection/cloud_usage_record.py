from odoo import models
from odoo.exceptions import UserError


class CloudUsageRecord(models.Model):
    """Usage of a live company that is given up is money given up: above the company's amount two people agree."""

    _inherit = "cloud.usage.record"

    # === BUSINESS === #

    def _decide_in(self, company, decision, reason, request=None):
        if decision == "waived" and self.env["cloud.usage.waiver"]._needs_two(company, self):
            raise UserError(
                self.env._(
                    "%(company)s is live, and usage that costs more than one person gives up is waived only with the "
                    "approval of a second person. Use Waive on the screen, which proposes it.",
                    # sudo: lends the right to read the company's name.
                    company=company.sudo().name,
                )
            )
        return super()._decide_in(company, decision, reason, request=request)

    def _waive_agreed(self, waiver, token):
        """Waive what people agreed on, or one person while the company is set up; see `cloud.usage.waiver`."""
        self.env["cloud.usage.waiver"]._check_agreed(waiver, token)
        # pylint: disable-next=super-method-mismatch
        return super()._decide_in(waiver.company_id, "waived", waiver.reason, request=waiver.request_id)

    def _propose_waiving(self, reason):
        """Waive rows of which one person may, and propose the others; returns (rows waived, waivers that wait)."""
        alone, waivers = self.env["cloud.usage.waiver"]._propose_of(self, reason)
        return (alone.action_waive(reason) if alone else 0), waivers
