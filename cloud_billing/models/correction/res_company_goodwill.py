from odoo import fields, models


class ResCompany(models.Model):
    """What goodwill is booked as."""

    _inherit = "res.company"

    cloud_goodwill_product_id = fields.Many2one(
        "product.product",
        string="Goodwill Product",
        check_company=True,
        help="Proposed for goodwill credits: its account and taxes are those of the credit.",
    )
