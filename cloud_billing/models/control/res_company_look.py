from odoo import models

from ...fields import DecimalField


class ResCompany(models.Model):
    """When a bill is unusual enough for a person to look at it."""

    _inherit = "res.company"

    cloud_look_percent = DecimalField(
        string="Look Above Percent",
        default=25,
        help="A bill that differs from the customer's last one by more than this percentage, and by more than the amount"
        " beside it, waits in Look until somebody releases it.",
    )
    cloud_look_amount = DecimalField(
        string="Look Above Amount", default=50, help="In the currency of the bill; see the percentage beside it."
    )
