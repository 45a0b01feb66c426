from odoo import fields, models


class CloudPricePlan(models.Model):
    """A price list in one currency, net or gross of tax, in versions that are valid from a date."""

    _name = "cloud.price.plan"
    _description = "Price Plan"
    _inherit = ["mail.thread"]
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(
        "res.currency", required=True, ondelete="restrict", default=lambda self: self.env.company.currency_id
    )
    tax_basis = fields.Selection(
        [("net", "Net of tax"), ("gross", "Gross, tax included")], required=True, default="net", tracking=True
    )
    active = fields.Boolean(default=True)
    version_ids = fields.One2many("cloud.price.plan.version", "plan_id", string="Versions")
