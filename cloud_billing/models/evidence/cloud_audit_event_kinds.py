from odoo import fields, models


class CloudAuditEvent(models.Model):
    _inherit = "cloud.audit.event"

    action = fields.Selection(
        selection_add=[
            ("review_signed", "Review signed"),
            ("backup_drill", "Backup drill written down"),
        ]
    )
