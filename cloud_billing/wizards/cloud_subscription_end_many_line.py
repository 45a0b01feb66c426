from odoo import fields, models


class CloudSubscriptionEndManyLine(models.TransientModel):
    """What becomes of one of many subscriptions that end."""

    _name = "cloud.subscription.end.many.line"
    _description = "Subscription That Ends"

    wizard_id = fields.Many2one("cloud.subscription.end.many", required=True, ondelete="cascade", index=True)
    subscription_id = fields.Many2one("cloud.subscription", required=True, ondelete="cascade")
    customer_id = fields.Many2one(related="subscription_id.customer_id")
    fees_text = fields.Char(related="subscription_id.fees_text")
    date_end = fields.Date(string="First Day Not Billed")
    effect = fields.Char(string="What Happens")
    problem = fields.Char(string="What Stands in the Way")
