from odoo import fields, models


class CloudBillingPeriod(models.Model):
    """One subscription's interval: what the schedule identifies and scheduled actions close."""

    _name = "cloud.billing.period"
    _description = "Billing Period"
    _order = "date_start desc, id desc"

    subscription_id = fields.Many2one("cloud.subscription", required=True, ondelete="restrict", index=True)
    company_id = fields.Many2one("res.company", required=True, ondelete="restrict", index=True)
    customer_id = fields.Many2one("cloud.customer", required=True, ondelete="restrict", index=True)
    date_start = fields.Date(required=True)
    date_end = fields.Date(required=True, help="First day after the period.")
    # Of the customer's time zone when the period was made; a later change of zone moves nothing old.
    utc_start = fields.Datetime(required=True)
    utc_end = fields.Datetime(required=True)
    full_start = fields.Date(required=True, help="Start of the whole cycle that this period may be a part of.")
    full_end = fields.Date(required=True)
    state = fields.Selection(
        [("due", "Due"), ("rated", "Rated"), ("billed", "Billed")], default="due", required=True, index=True
    )
    run_id = fields.Many2one("cloud.bill.run", ondelete="set null", index=True)
    charge_ids = fields.One2many("cloud.charge", "period_id", string="Charges")

    _start_uniq = models.UniqueIndex("(subscription_id, date_start)", "The period is there already.")
    _dates_ordered = models.Constraint("CHECK (date_start < date_end)", "A period ends after it starts.")
    _no_overlap = models.Constraint(
        "EXCLUDE USING gist (int4range(subscription_id, subscription_id, '[]') WITH &&,"
        " daterange(date_start, date_end) WITH &&)",
        "Periods of one subscription do not overlap.",
    )
