from odoo import fields, models


class CloudAuditEvent(models.Model):
    _inherit = "cloud.audit.event"

    action = fields.Selection(
        selection_add=[("cutover_applied", "Cutover applied"), ("cutover_undone", "Cutover taken back")]
    )
