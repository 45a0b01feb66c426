from odoo import fields, models

from ...fields import DecimalField


class CloudSubscriptionLine(models.Model):
    """One product of a subscription: what is charged, how many, from when to when."""

    _name = "cloud.subscription.line"
    _description = "Subscription Line"
    _inherit = ["analytic.mixin"]
    _order = "subscription_id, sequence, id"
    _check_company_auto = True

    subscription_id = fields.Many2one("cloud.subscription", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="subscription_id.company_id", store=True, index=True)
    customer_id = fields.Many2one(related="subscription_id.customer_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    product_id = fields.Many2one(
        "product.product", required=True, ondelete="restrict", domain=[("cloud_billing_model", "!=", False)]
    )
    name = fields.Char(string="Description", required=True)
    billing_model = fields.Selection(related="product_id.cloud_billing_model")
    meter_id = fields.Many2one(related="product_id.cloud_meter_id")
    quantity = DecimalField(default=1, help="For one-time and recurring products; usage decides for metered ones.")
    timing = fields.Selection([("arrears", "In arrears"), ("advance", "In advance")], required=True, default="arrears")
    date_start = fields.Date(help="Empty: with the subscription.")
    date_end = fields.Date(help="First day on which the line no longer runs. Empty: with the subscription.")

    _dates_ordered = models.Constraint("CHECK (date_start < date_end)", "A line ends after it starts.")
