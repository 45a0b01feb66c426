from odoo import fields, models


class CloudAuditEvent(models.Model):
    _inherit = "cloud.audit.event"

    action = fields.Selection(selection_add=[("correction_done", "Invoice of the correction list dealt with")])
