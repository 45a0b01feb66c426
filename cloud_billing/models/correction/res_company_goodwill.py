from odoo import fields, models

from ...fields import DecimalField


class ResCompany(models.Model):
    """What goodwill is booked as, and above which amount more than one other person agrees to it."""

    _inherit = "res.company"

    cloud_goodwill_product_id = fields.Many2one(
        "product.product",
        string="Goodwill Product",
        check_company=True,
        help="Proposed for goodwill credits: its account and taxes are those of the credit.",
    )
    cloud_goodwill_limit = DecimalField(
        string="Two Approvers of Goodwill Above",
        help="Goodwill of more than this amount, in the company's currency, is approved by two other people; so is one"
        " in another currency, and one with which the customer was given more than that in the calendar month. Up to"
        " it, and where it is empty, one is enough.",
    )

    _cloud_goodwill_limit_positive = models.Constraint(
        "CHECK (cloud_goodwill_limit >= 0)", "The amount above which two people approve goodwill is not negative."
    )

    # === HOOKS === #

    def _get_cloud_audited_settings(self):
        return [*super()._get_cloud_audited_settings(), "cloud_goodwill_limit"]
