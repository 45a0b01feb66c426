from odoo import fields, models

from ...fields import DecimalField
from .late_policy import POLICIES


class CloudCustomer(models.Model):
    _inherit = "cloud.customer"

    late_usage_policy = fields.Selection(
        POLICIES,
        string="Late Usage",
        tracking=True,
        help="What becomes of usage that comes after its period was billed. Empty: as its source or the company says.",
    )
    late_tolerance = DecimalField(
        string="Tolerance",
        tracking=True,
        help="Per calendar month of service, in the company's currency. Empty: the company's.",
    )

    _late_tolerance_positive = models.Constraint("CHECK (late_tolerance >= 0)", "A tolerance is not below zero.")

    # === BUSINESS === #

    def _get_late_tolerance(self):
        """The most that is absorbed of one month of service, in the company's currency: a Decimal."""
        self.ensure_one()
        return self.company_id.cloud_late_tolerance if self.late_tolerance is None else self.late_tolerance
