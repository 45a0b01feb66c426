from odoo import fields, models


class CloudUsageCheckValue(models.Model):
    """A value that a check knows: typed, learned from what had arrived, or let through by a person's release."""

    _name = "cloud.usage.check.value"
    _description = "Known Value"
    _order = "check_id, scope, value"
    _rec_name = "value"

    check_id = fields.Many2one("cloud.usage.check", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="check_id.company_id", store=True, index=True)
    scope = fields.Char(string="Of Service", required=True, default="", help="Of a unit: the service that has it.")
    value = fields.Char(required=True)

    _known_once = models.UniqueIndex("(check_id, scope, value)", "This value is known already.")
