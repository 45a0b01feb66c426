from odoo import fields, models

from . import audit_schema


class CloudAuditEvent(models.Model):
    """Read-only window on the append-only audit events."""

    _name = "cloud.audit.event"
    _description = "Audit Event"
    _auto = False
    _order = "id desc"

    occurred_at = fields.Datetime()
    company_id = fields.Integer()
    user_id = fields.Integer(string="User ID")
    user_login = fields.Char()
    person_name = fields.Char()
    action = fields.Char()
    res_model = fields.Char(string="Model")
    res_id = fields.Integer(string="Record ID")
    res_name = fields.Char(string="Record")
    detail = fields.Json()
    reason = fields.Char()
    request_id = fields.Integer(string="Change Request ID")

    def init(self):
        audit_schema.create(self.env.cr)
