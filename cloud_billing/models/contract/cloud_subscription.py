from odoo import fields, models


class CloudSubscription(models.Model):
    """What was agreed with a customer: a plan, a cycle and lines."""

    _name = "cloud.subscription"
    _description = "Subscription"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "name desc, id desc"
    _check_company_auto = True

    name = fields.Char(required=True, readonly=True, copy=False, default="/")
    customer_id = fields.Many2one(
        "cloud.customer", required=True, ondelete="restrict", index=True, check_company=True, tracking=True
    )
    company_id = fields.Many2one(related="customer_id.company_id", store=True, index=True)
    plan_id = fields.Many2one(
        "cloud.price.plan", required=True, ondelete="restrict", index=True, check_company=True, tracking=True
    )
    currency_id = fields.Many2one(related="plan_id.currency_id")
    state = fields.Selection(
        [("draft", "Draft"), ("active", "Active"), ("ended", "Ended")],
        default="draft",
        required=True,
        copy=False,
        tracking=True,
    )
    date_start = fields.Date(required=True, tracking=True, default=fields.Date.context_today)
    date_end = fields.Date(tracking=True, help="First day on which the subscription no longer runs. Empty: open.")
    cycle_kind = fields.Selection(
        [("calendar", "Calendar months"), ("anniversary", "From the start day")], default="calendar", required=True
    )
    anchor_day = fields.Integer(default=1, help="Day of the month on which a period starts, 1 to 31.")
    order_reference = fields.Char(string="Purchase Order", help="Printed on invoices; empty: as on the customer.")
    line_ids = fields.One2many("cloud.subscription.line", "subscription_id", string="Lines", copy=True)

    _anchor_in_month = models.Constraint("CHECK (anchor_day BETWEEN 1 AND 31)", "The anchor day is 1 to 31.")
    _dates_ordered = models.Constraint("CHECK (date_start < date_end)", "A subscription ends after it starts.")
