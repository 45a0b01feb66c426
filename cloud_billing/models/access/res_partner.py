from odoo import api, fields, models
from odoo.fields import Domain
from odoo.orm.models import NO_ACCESS
from odoo.tools import SQL


class ResPartner(models.Model):
    """What a contact owes is added up past the rules on rows: for whoever is limited, of the entries that he sees."""

    _inherit = "res.partner"

    # A path for rules on rows, which sharing groups are: nothing of a customer is kept or shown on a contact.
    cloud_customer_ids = fields.Many2many(
        "cloud.customer",
        string="Billing Customers",
        compute="_compute_cloud_customer_ids",
        search="_search_cloud_customer_ids",
        groups=NO_ACCESS,
        help="Billing customers of the company of this contact, or of one of its contacts.",
    )

    # === COMPUTE === #

    def _compute_cloud_customer_ids(self):
        # sudo: lends the right to know whose customers these are, to rules on rows; nobody else reads this field.
        customers = self.env["cloud.customer"].sudo().with_context(active_test=False)
        found = customers.search([("partner_id.commercial_partner_id", "in", self.commercial_partner_id.ids)])
        for partner in self:
            firm = partner.commercial_partner_id
            partner.cloud_customer_ids = found.filtered(
                lambda customer, firm=firm: customer.partner_id.commercial_partner_id == firm
            )

    def _credit_debit_get(self):
        if not self._is_ledger_limited():
            super()._credit_debit_get()
            return
        due = self.env["account.move.line"]._read_group(
            [
                ("partner_id", "in", self.ids),
                ("parent_state", "=", "posted"),
                ("reconciled", "=", False),
                ("company_id", "child_of", self.env.company.root_id.id),
                ("account_id.account_type", "in", ("asset_receivable", "liability_payable")),
            ],
            ["partner_id", "account_id"],
            ["amount_residual:sum"],
        )
        self.credit = self.debit = 0
        for partner, account, amount in due:
            if account.account_type == "asset_receivable":
                partner.credit += amount
            else:
                partner.debit -= amount

    # === SEARCH === #

    @api.model
    def _search_cloud_customer_ids(self, operator, value):
        if operator not in ("in", "any", "any!") or (operator == "in" and False in value):
            return NotImplemented
        # sudo: lends the right to search all customers, to rules on rows.
        customers = self.env["cloud.customer"].sudo().with_context(active_test=False)
        found = customers._search(Domain("id", "in", value) if operator == "in" else value)
        firms = SQL(
            "(SELECT contact.commercial_partner_id FROM res_partner contact WHERE contact.id IN %s)",
            found.subselect(customers._field_to_sql(found.table, "partner_id", found)),
            to_flush=self._fields["commercial_partner_id"],
        )
        return Domain("commercial_partner_id", "any!", firms, internal=True)

    @api.model
    def _asset_difference_search(self, account_type, operator, operand):
        if self._is_ledger_limited():
            self.env["cloud.sharing.group"]._check_whole_company()
        return super()._asset_difference_search(account_type, operator, operand)

    # === BUSINESS === #

    def _is_ledger_limited(self):
        if self.env.su:
            return False
        # sudo: lends the right to know whether this login is limited.
        return self.env.user.sudo()._get_cloud_row_limits("account.move.line") is not None
