from odoo import fields, models


class CloudAuditEvent(models.Model):
    _inherit = "cloud.audit.event"

    action = fields.Selection(
        selection_add=[
            ("delegated", "Votes delegated"),
            ("delegation_revoked", "Delegation revoked"),
            ("escalated", "Approval escalated"),
        ]
    )
