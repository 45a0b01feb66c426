from odoo import fields, models


class CloudUsageMapping(models.Model):
    """Who owns a stream from when to when: a subscription line, which pays, or a cost centre, which is told."""

    _name = "cloud.usage.mapping"
    _description = "Owner of a Stream"
    _inherit = ["mail.thread"]
    _order = "stream_id, date_start"
    _check_company_auto = True

    stream_id = fields.Many2one("cloud.usage.stream", required=True, ondelete="restrict", index=True)
    source_id = fields.Many2one(related="stream_id.source_id", store=True, index=True)
    company_id = fields.Many2one(related="stream_id.company_id", store=True, index=True)
    subscription_line_id = fields.Many2one(
        "cloud.subscription.line", ondelete="restrict", index=True, check_company=True, tracking=True
    )
    analytic_account_id = fields.Many2one(
        "account.analytic.account", string="Cost Centre", ondelete="restrict", check_company=True, tracking=True
    )
    customer_id = fields.Many2one(related="subscription_line_id.customer_id", store=True, index=True)
    date_start = fields.Date(help="Empty: since ever.")
    date_end = fields.Date(help="First day that no longer belongs to this owner. Empty: open.")
    # Computed once in the source's time zone, so that the stretches of a stream tile for every owner.
    utc_start = fields.Datetime(readonly=True)
    utc_end = fields.Datetime(readonly=True)

    _one_owner = models.Constraint(
        "CHECK (num_nonnulls(subscription_line_id, analytic_account_id) = 1)",
        "A stream belongs to a subscription line or to a cost centre: choose one.",
    )
    _dates_ordered = models.Constraint("CHECK (date_start < date_end)", "A stretch ends after it starts.")
    _no_overlap = models.Constraint(
        "EXCLUDE USING gist (int4range(stream_id, stream_id, '[]') WITH &&, tsrange(utc_start, utc_end) WITH &&)",
        "The stream has an owner on some of these days already: end that one first.",
    )
