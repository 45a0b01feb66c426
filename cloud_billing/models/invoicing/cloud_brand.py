from odoo import api, fields, models


class CloudBrand(models.Model):
    """A name under which a company invoices: a sales journal with its own numbers, a sender of mails, texts of its own.

    Texts belong to a brand by `cloud.text.template`.
    """

    _name = "cloud.brand"
    _description = "Brand"
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    journal_id = fields.Many2one(
        "account.journal",
        required=True,
        ondelete="restrict",
        domain=[("type", "=", "sale")],
        check_company=True,
        help="Its invoices are numbered on their own. A journal with a currency takes customers in it only.",
    )
    email_from = fields.Char(
        string="Sender", help="Of mails with invoices, like “Acme Cloud <billing@acme.example>”. Empty: as always."
    )
    customer_ids = fields.One2many("cloud.customer", "brand_id", string="Customers")
    active = fields.Boolean(default=True)

    _name_uniq = models.UniqueIndex("(name, company_id)", "Another brand of the company has this name.")

    # === CONSTRAINTS === #

    @api.constrains("journal_id")
    def _check_customers(self):
        """What the journal of a brand must be to a customer is the customer's rule."""
        self.with_context(active_test=False).customer_ids._check_brand()
