from odoo import fields, models
from odoo.addons.base.models.res_partner import _tz_get


class CloudUsageSource(models.Model):
    """Where usage comes from, and how its rows are to be understood."""

    _name = "cloud.usage.source"
    _description = "Usage Source"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    active = fields.Boolean(default=True)
    reader = fields.Selection([("focus", "FOCUS bill (CSV)"), ("csv", "Usage events (CSV with an id)")], required=True)
    shape = fields.Selection(
        [("snapshot", "Delivers a month again and again (bill)"), ("append", "Adds rows with an id (events)")],
        required=True,
        help="Snapshot: a newer delivery of a month replaces the former. Append: a row with a known id is never added again.",
    )
    month_basis = fields.Selection(
        [("provider", "The provider's billing month"), ("customer", "The customer's time zone")],
        required=True,
        default="provider",
        help="Whose month a row belongs to. Provider bills tie to the provider's month, own meters to the customer's.",
    )
    tz = fields.Selection(
        _tz_get, string="Time Zone", required=True, default="UTC", help="In which the dates of mappings are read."
    )
    policy_ids = fields.One2many("cloud.usage.source.policy", "source_id", string="Charge Kinds", copy=True)

    _name_company_uniq = models.UniqueIndex("(name, company_id)", "The company has a source with this name already.")
