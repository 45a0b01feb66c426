from odoo import fields, models

PRORATIONS = [
    ("day", "By day"),
    ("second", "By second"),
    ("thirty", "By months of 30 days"),
    ("none", "Not: a period is due in full"),
]


class ProductTemplate(models.Model):
    """How a part of a billing period is charged."""

    _inherit = "product.template"

    cloud_proration = fields.Selection(
        PRORATIONS,
        string="Part of a Period",
        default="day",
        help="What a fee owes for a part of a billing period. By day: days of days. By second: as the clocks of the "
        "customer's time zone count them. By months of 30 days: every month has 30 (30E/360). Not: whoever begins a "
        "period owes all of it, and a change counts from the next one. A subscription line may say otherwise.",
    )
