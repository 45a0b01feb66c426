from odoo import fields, models


class CloudAuditEvent(models.Model):
    _inherit = "cloud.audit.event"

    action = fields.Selection(
        selection_add=[
            ("returned", "Given back for rework"),
            ("expired", "Request expired"),
            ("parked", "Agreed, could not be applied"),
            ("agreed_for_later", "Approved for a later day"),
            ("emergency_applied", "Emergency change applied"),
            ("emergency_ended", "Emergency change taken back"),
            ("emergency_confirmed", "Emergency change confirmed"),
            ("emergency_reviewed", "Emergency change reviewed"),
        ]
    )
