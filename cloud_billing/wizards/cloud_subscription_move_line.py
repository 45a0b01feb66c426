from odoo import fields, models

from ..fields import DecimalField


class CloudSubscriptionMoveLine(models.TransientModel):
    """What one subscription pays before and after a move."""

    _name = "cloud.subscription.move.line"
    _description = "Subscription That Moves"

    wizard_id = fields.Many2one("cloud.subscription.move", required=True, ondelete="cascade")
    subscription_id = fields.Many2one("cloud.subscription", required=True, ondelete="cascade")
    customer_id = fields.Many2one(related="subscription_id.customer_id")
    amount_old = DecimalField(string="Fees a Month Now")
    amount_new = DecimalField(string="Fees a Month Then", help="Empty: the new plan lacks a price.")
    problem = fields.Char(string="What Stands in the Way")
