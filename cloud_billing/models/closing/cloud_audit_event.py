from odoo import fields, models


class CloudAuditEvent(models.Model):
    _inherit = "cloud.audit.event"

    action = fields.Selection(
        selection_add=[
            ("closing_computed", "Month end computed"),
            ("closing_posted", "Month end posted"),
            ("run_closed", "Bill run closed"),
        ]
    )
