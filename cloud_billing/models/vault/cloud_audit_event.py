from odoo import fields, models


class CloudAuditEvent(models.Model):
    _inherit = "cloud.audit.event"

    action = fields.Selection(
        selection_add=[
            ("secret_set", "Secret set"),
            ("secret_dropped", "Secret removed"),
            ("secret_used", "Secret used"),
            ("secrets_forgotten", "All secrets forgotten"),
            ("key_made", "Key made"),
            ("key_rotated", "Key rotated"),
            ("key_retired", "Version of the key retired"),
            ("key_copied", "Backup copy of the key downloaded"),
            ("key_failed", "Key or secret could not be read"),
        ]
    )
