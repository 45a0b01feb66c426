from decimal import Decimal

from odoo import api, fields, models

from ...fields import DecimalField
from .late_policy import POLICIES


class ResCompany(models.Model):
    """What becomes of usage that comes after its period was billed."""

    _inherit = "res.company"

    cloud_late_policy = fields.Selection(
        POLICIES,
        string="Late Usage",
        default="next_bill",
        required=True,
        help="What becomes of usage that comes, or is restated, after its period was billed. A customer and a source"
        " can have a policy of their own.",
    )
    cloud_late_tolerance = DecimalField(
        string="Tolerance",
        default=Decimal(0),
        required=True,
        help="Per customer and calendar month of service, in the company's currency. What is above it is billed, with"
        " all that was absorbed of that month before.",
    )
    cloud_late_credits = fields.Boolean(
        string="Absorb Credits Too",
        help="Also what the customer would get back is absorbed below the tolerance. Otherwise it is always credited.",
    )

    _cloud_late_tolerance_positive = models.Constraint(
        "CHECK (cloud_late_tolerance >= 0)", "A tolerance is not below zero."
    )

    # === HOOKS === #

    @api.model
    def _get_cloud_audited_settings(self):
        return [
            *super()._get_cloud_audited_settings(),
            "cloud_late_policy",
            "cloud_late_tolerance",
            "cloud_late_credits",
        ]
