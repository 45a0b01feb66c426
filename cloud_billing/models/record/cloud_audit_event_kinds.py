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
            ("schedule_changed", "Scheduled action changed"),
            ("module_changed", "Module installed, updated or removed"),
            ("deletion_refused", "Deletion refused"),
            ("denied", "Access denied"),
            ("exported", "Exported"),
            ("login", "Logged in"),
            ("login_failed", "Login failed"),
            ("password_set", "Password set"),
            ("factor_set", "Authenticator enrolled"),
            ("factor_removed", "Authenticator removed"),
            ("api_key_made", "API key made"),
            ("api_key_used", "API key used"),
            ("api_key_removed", "API key removed"),
            ("tracking_added", "Tracking added"),
            ("tracking_removed", "Tracking taken away"),
        ]
    )
