from odoo import fields, models


class CloudAuditEvent(models.Model):
    _inherit = "cloud.audit.event"

    action = fields.Selection(
        selection_add=[
            ("sample_added", "Sample calculation added"),
            ("sample_changed", "Sample calculation changed"),
        ]
    )
