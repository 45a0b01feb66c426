from odoo import fields, models

from ...fields import DecimalField


class CloudCharge(models.Model):
    """What is billed once: one component over a service interval of whole local days."""

    _name = "cloud.charge"
    _description = "Charge"
    _order = "service_start, id"

    company_id = fields.Many2one("res.company", required=True, ondelete="restrict", index=True)
    customer_id = fields.Many2one("cloud.customer", required=True, ondelete="restrict", index=True)
    subscription_id = fields.Many2one("cloud.subscription", required=True, ondelete="restrict", index=True)
    subscription_line_id = fields.Many2one("cloud.subscription.line", required=True, ondelete="restrict", index=True)
    component_id = fields.Many2one("cloud.charge.component", required=True, ondelete="restrict", index=True)
    product_id = fields.Many2one("product.product", required=True, ondelete="restrict")
    meter_id = fields.Many2one("cloud.meter", ondelete="restrict")
    period_id = fields.Many2one("cloud.billing.period", ondelete="restrict", index=True)
    bill_id = fields.Many2one("cloud.bill", ondelete="restrict", index=True)
    run_id = fields.Many2one("cloud.bill.run", ondelete="restrict", index=True)
    service_start = fields.Date(required=True)
    service_end = fields.Date(required=True, help="First day after the service.")
    utc_start = fields.Datetime(required=True)
    utc_end = fields.Datetime(required=True)
    billing_month = fields.Date(help="The provider's month, where that is what the charge covers.")
    state = fields.Selection(
        [("draft", "Prospective"), ("billed", "Billed"), ("voided", "Voided")], default="draft", required=True
    )
    is_live = fields.Boolean(default=True, required=True, help="Not voided. Voided once, by the correction that frees it.")
    corrects_id = fields.Many2one("cloud.charge", ondelete="restrict", index=True, copy=False)
    usage_number = fields.Integer(help="Usage as of this import number was counted.")
    currency_id = fields.Many2one("res.currency", required=True, ondelete="restrict")
    amount = DecimalField(currency_field="currency_id", help="Sum of the rated lines, in the bill's currency.")
    rated_line_ids = fields.One2many("cloud.rated.line", "charge_id", string="Rated Lines")
    error = fields.Char(help="Why it cannot be rated, and what to do.")

    _dates_ordered = models.Constraint("CHECK (service_start < service_end)", "A service interval is not empty.")
    _billed_once = models.Constraint(
        "EXCLUDE USING gist (int4range(component_id, component_id, '[]') WITH &&,"
        " daterange(service_start, service_end) WITH &&) WHERE (is_live AND corrects_id IS NULL)",
        "This was charged already for some of these days.",
    )
