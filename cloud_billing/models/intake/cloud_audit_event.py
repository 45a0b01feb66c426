from odoo import fields, models


class CloudAuditEvent(models.Model):
    _inherit = "cloud.audit.event"

    action = fields.Selection(
        selection_add=[("usage_read_again", "Usage read again"), ("usage_files_deleted", "Files of usage deleted")]
    )
