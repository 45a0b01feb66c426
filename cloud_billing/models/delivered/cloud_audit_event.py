from odoo import fields, models


class CloudAuditEvent(models.Model):
    _inherit = "cloud.audit.event"

    action = fields.Selection(selection_add=[("table_dismissed", "Delivered table dismissed")])
