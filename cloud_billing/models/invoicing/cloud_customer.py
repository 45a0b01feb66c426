from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CloudCustomer(models.Model):
    """How the invoices of a customer look: what goes together on one, how many lines it has, whose brand it bears."""

    _inherit = "cloud.customer"

    invoice_grouping = fields.Selection(
        selection_add=[
            ("order", "One invoice per purchase order"),
            ("cost_centre", "One invoice per cost centre"),
        ],
    )
    brand_id = fields.Many2one(
        "cloud.brand",
        ondelete="restrict",
        check_company=True,
        index="btree_not_null",
        tracking=True,
        help="Under which name you invoice: gives the journal with its numbers, the sender of mails and the texts.",
    )

    line_budget = fields.Integer(
        string="Most Lines",
        help="An invoice that would have more of them has summary lines, with the detail in an attached file. 0: as the"
        " company says.",
    )

    _line_budget_is_count = models.Constraint("CHECK (line_budget >= 0)", "A number of lines is not below zero.")

    # === CONSTRAINTS === #

    @api.constrains("brand_id", "journal_id", "currency_id")
    def _check_brand(self):
        """One journal, and one that takes the customer's currency."""
        for customer in self:
            journal = customer.brand_id.journal_id
            if journal and customer.journal_id and customer.journal_id != journal:
                raise ValidationError(
                    self.env._(
                        "%(customer)s has the journal %(own)s and the brand %(brand)s, whose journal is %(journal)s."
                        " Leave the customer's journal empty, or choose that of the brand.",
                        customer=customer.name,
                        own=customer.journal_id.name,
                        brand=customer.brand_id.name,
                        journal=journal.name,
                    )
                )
            if journal.currency_id and journal.currency_id != customer.currency_id:
                raise ValidationError(
                    self.env._(
                        "%(customer)s is invoiced in %(currency)s, and the journal of %(brand)s takes %(other)s only."
                        " Choose another brand, or give it a journal without a currency.",
                        customer=customer.name,
                        currency=customer.currency_id.name,
                        brand=customer.brand_id.name,
                        other=journal.currency_id.name,
                    )
                )

    # === BUSINESS === #

    def _get_invoice_grouping(self):
        """The customer's own grouping, else that of its company."""
        self.ensure_one()
        return self.invoice_grouping or self.company_id.cloud_invoice_grouping or "customer"

    def _get_line_budget(self):
        """How many lines an invoice of the customer has at most; 0 where nobody minds."""
        self.ensure_one()
        return self.line_budget or self.company_id.cloud_line_budget
