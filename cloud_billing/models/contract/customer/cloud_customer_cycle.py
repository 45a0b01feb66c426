from odoo import fields, models


class CloudCustomer(models.Model):
    """The date with which the billing periods of a customer's subscriptions are aligned."""

    _inherit = "cloud.customer"

    billing_date = fields.Date(
        string="Common Billing Date",
        tracking=True,
        help="New subscriptions begin their periods on this day and whole periods before and after it, so that they "
        "share them; a first period is shorter. Empty: each has its own. What was agreed before stays.",
    )
