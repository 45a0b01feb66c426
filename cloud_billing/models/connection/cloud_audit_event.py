from odoo import fields, models


class CloudAuditEvent(models.Model):
    _inherit = "cloud.audit.event"

    action = fields.Selection(
        selection_add=[
            ("connector_changed", "Settings of a connector changed"),
            ("connector_hosts", "Hosts of a connector changed"),
        ]
    )
