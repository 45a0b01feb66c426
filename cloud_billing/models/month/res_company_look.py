from odoo import api, models

from ...fields import DecimalField


class ResCompany(models.Model):
    """How far from a customer's usual bills a bill may be before a person looks at it."""

    _inherit = "res.company"

    cloud_look_median = DecimalField(
        string="Look Above Times the Median",
        default=5,
        help="A bill of more than so many times the median of the customer's last bills waits in Look, where it differs"
        " from the median by more than the amount above. It takes three bills to have a median. Empty: not asked.",
    )

    # === HOOKS === #

    @api.model
    def _get_cloud_audited_settings(self):
        return [*super()._get_cloud_audited_settings(), "cloud_look_median"]
