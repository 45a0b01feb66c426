from odoo import fields, models


class ProductCategory(models.Model):
    """Accounts of a month's end that differ from the company's for some products."""

    _inherit = "product.category"

    property_cloud_accrued_income_account_id = fields.Many2one(
        "account.account",
        string="Accrued Income Account",
        company_dependent=True,
        help="For products of this category; empty: the company's.",
    )
    property_cloud_deferred_account_id = fields.Many2one(
        "account.account",
        string="Deferred Revenue Account",
        company_dependent=True,
        help="For products of this category; empty: the company's.",
    )
