from odoo import api, fields, models
from odoo.addons.base.models.res_partner import _tz_get


class CloudCustomer(models.Model):
    """Who pays: a contact in one company, with the currency, time zone and invoice settings of the agreement."""

    _name = "cloud.customer"
    _description = "Billing Customer"
    _inherit = ["mail.thread"]
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True, readonly=False, required=True)
    code = fields.Char(help="Your own key of this customer, for instance of the CRM.")
    partner_id = fields.Many2one("res.partner", string="Contact", required=True, ondelete="restrict", index=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(
        "res.currency", required=True, ondelete="restrict", default=lambda self: self.env.company.currency_id
    )
    tz = fields.Selection(_tz_get, string="Time Zone", required=True, default=lambda self: self.env.user.tz or "UTC")
    parent_id = fields.Many2one("cloud.customer", string="Paid By", ondelete="restrict", check_company=True)
    journal_id = fields.Many2one(
        "account.journal", domain=[("type", "=", "sale")], check_company=True, help="Empty: the first sales journal."
    )
    payment_term_id = fields.Many2one("account.payment.term", check_company=True, help="Empty: as on the contact.")
    invoice_grouping = fields.Selection(
        [("customer", "One invoice per customer"), ("subscription", "One invoice per subscription")],
        default="customer",
        required=True,
    )
    order_reference = fields.Char(string="Purchase Order", help="Printed on every invoice.")
    active = fields.Boolean(default=True)
    subscription_ids = fields.One2many("cloud.subscription", "customer_id", string="Subscriptions")

    _partner_company_uniq = models.UniqueIndex(
        "(partner_id, company_id)", "This contact is a billing customer of the company already."
    )
    _code_company_uniq = models.UniqueIndex("(code, company_id)", "Another customer of the company has this code.")

    # === COMPUTE === #

    @api.depends("partner_id")
    def _compute_name(self):
        for customer in self:
            customer.name = customer.name or customer.partner_id.name
