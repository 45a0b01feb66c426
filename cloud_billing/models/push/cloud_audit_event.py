from odoo import fields, models


class CloudAuditEvent(models.Model):
    _inherit = "cloud.audit.event"

    action = fields.Selection(
        selection_add=[
            ("push_key_made", "Key for pushing made"),
            ("push_keys_revoked", "Keys for pushing revoked"),
        ]
    )
