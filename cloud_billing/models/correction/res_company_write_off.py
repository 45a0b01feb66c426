from odoo import fields, models


class ResCompany(models.Model):
    """Where what is given up of open invoices is a loss."""

    _inherit = "res.company"

    cloud_small_account_id = fields.Many2one(
        "account.account",
        string="Small Differences",
        check_company=True,
        help="Proposed for write-offs of small differences.",
    )
    cloud_bad_debt_account_id = fields.Many2one(
        "account.account", string="Bad Debts", check_company=True, help="Proposed for write-offs of bad debts."
    )
