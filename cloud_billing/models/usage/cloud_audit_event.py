from odoo import fields, models


class CloudAuditEvent(models.Model):
    _inherit = "cloud.audit.event"

    action = fields.Selection(
        selection_add=[
            ("usage_imported", "Usage imported"),
            ("usage_removal_agreed", "Agreed that usage goes away"),
            ("usage_undone", "Usage import undone"),
            ("rows_corrected", "Rejected rows corrected"),
            ("rows_accepted", "New versions of rows accepted"),
            ("rows_waived", "Rows waived"),
            ("billed_days_remapped", "Owner of billed days changed"),
            ("charge_kind_changed", "What a charge kind is for changed"),
        ]
    )
