from odoo import models

from ...fields import DecimalField


class ResCompany(models.Model):
    """Above which amount more than one other person agrees to give money back."""

    _inherit = "res.company"

    cloud_credit_limit = DecimalField(
        string="Two Approvers Above",
        help="A price credit of more than this total, in the company's currency and before tax where prices are, is"
        " approved by two other people; so is one in another currency, and one with which the customer has got more"
        " than that in the calendar month. Up to it, and where it is empty, one is enough.",
    )

    _cloud_credit_limit_positive = models.Constraint(
        "CHECK (cloud_credit_limit >= 0)", "The amount above which two people approve a credit is not negative."
    )

    # === HOOKS === #

    def _get_cloud_audited_settings(self):
        return [*super()._get_cloud_audited_settings(), "cloud_credit_limit"]
