from odoo import fields, models
from odoo.fields import Domain


class CloudCustomer(models.Model):
    """Which contracts a customer took over, or gave to another one."""

    _inherit = "cloud.customer"

    succession_text = fields.Text(string="Takeovers", compute="_compute_succession_text")

    # === COMPUTE === #

    def _compute_succession_text(self):
        domain = Domain("kind", "=", "takeover") & Domain("undone_on", "=", False)
        domain &= Domain("former_customer_id", "in", self.ids) | Domain("customer_id", "in", self.ids)
        found = self.env["cloud.subscription.succession"].search(domain)
        for customer in self:
            own = found.filtered(lambda one, customer=customer: customer in one.former_customer_id | one.customer_id)
            customer.succession_text = "\n".join(own.mapped("text")) or False
