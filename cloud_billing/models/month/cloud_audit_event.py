from odoo import fields, models


class CloudAuditEvent(models.Model):
    _inherit = "cloud.audit.event"

    action = fields.Selection(
        selection_add=[
            ("applied_standing", "Approved under a standing approval"),
            ("standing_revoked", "Standing approval revoked"),
            ("run_stopped", "Posting of a run stopped"),
        ]
    )
