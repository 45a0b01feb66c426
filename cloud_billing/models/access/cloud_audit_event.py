from odoo import fields, models


class CloudAuditEvent(models.Model):
    _inherit = "cloud.audit.event"

    action = fields.Selection(
        selection_add=[
            ("sharing_changed", "Sharing group changed"),
            ("segregation_accepted", "Two roles of one person accepted"),
        ]
    )
