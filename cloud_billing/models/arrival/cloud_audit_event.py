from odoo import fields, models


class CloudAuditEvent(models.Model):
    _inherit = "cloud.audit.event"

    action = fields.Selection(
        selection_add=[
            ("usage_held", "Usage rows held"),
            ("usage_waived", "Usage rows waived"),
            ("usage_released", "Usage rows released"),
            ("usage_signed", "Month of usage signed"),
        ]
    )
