from odoo import fields, models


class CloudAuditEvent(models.Model):
    _inherit = "cloud.audit.event"

    action = fields.Selection(
        selection_add=[
            ("factor_asked", "Second factor asked for"),
            ("factor_enrolled", "Second factor enrolled"),
            ("factor_lost", "Second factor removed"),
        ]
    )
