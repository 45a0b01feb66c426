from odoo import fields, models


class CloudAuditEvent(models.Model):
    _inherit = "cloud.audit.event"

    action = fields.Selection(
        selection_add=[
            ("bill_released", "Bill released"),
            ("bill_held", "Bill held"),
            ("bill_excluded", "Bill excluded"),
            ("bill_posted", "Bill posted"),
            ("bill_parked", "Bill parked"),
            ("usage_freed", "Usage made billable again"),
            ("run_taken_back", "Run taken back to draft"),
            ("run_cancelled", "Run cancelled"),
            ("proof_saved", "Proof file saved"),
        ]
    )
