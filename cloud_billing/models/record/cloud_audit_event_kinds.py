from odoo import fields, models


class CloudAuditEvent(models.Model):
    _inherit = "cloud.audit.event"

    action = fields.Selection(
        selection_add=[
            ("created", "Created"),
            ("changed", "Changed"),
            ("deleted", "Deleted"),
            ("rights_changed", "Rights changed"),
            ("lock_dates", "Lock dates changed"),
            ("schedule_off", "Scheduled action switched off"),
            ("schedule_on", "Scheduled action switched on"),
            ("module_changed", "Module installed, updated or removed"),
            ("tracking_added", "Tracking added"),
            ("tracking_removed", "Tracking taken away"),
        ]
    )
