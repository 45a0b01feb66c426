from odoo import fields, models
from odoo.exceptions import UserError

from ..models.chain import anchors


class CloudAnchorCompare(models.TransientModel):
    """Verifies the record against anchors that a person kept: lines of mails, of a file, of printed reports."""

    _name = "cloud.anchor.compare"
    _description = "Verification Against Kept Anchors"

    lines = fields.Text(
        string="Kept Anchors",
        required=True,
        help="Whole mails or files can be put here: lines that are no anchors are passed over.",
    )

    def action_verify(self):
        """Verify, and show what came of it."""
        self.ensure_one()
        Verification = self.env["cloud.audit.verification"]
        Verification._check_may_verify()
        kept = anchors.parse([self.lines])
        if not kept:
            raise UserError(
                self.env._(
                    'None of these lines is an anchor. One looks like "cloud_billing anchor database=... company=1 '
                    'seq=... mac=... sealed=...".'
                )
            )
        verifications = Verification._verify(fields.Datetime.now(), companies=self.env.companies, kept=kept)
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_audit_verification_action")
        return {**action, "domain": [("id", "in", verifications.ids)]}
