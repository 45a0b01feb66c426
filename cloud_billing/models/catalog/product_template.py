from odoo import fields, models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    cloud_billing_model = fields.Selection(
        [("one_time", "One-time"), ("recurring", "Recurring"), ("metered", "Metered (usage)")],
        string="Billing Model",
        help="How Cloud Billing charges this product on a subscription. Empty: not billed by Cloud Billing.",
    )
    cloud_meter_id = fields.Many2one(
        "cloud.meter", string="Meter", ondelete="restrict", help="What is counted; for metered products."
    )
    cloud_timing = fields.Selection(
        [("arrears", "In arrears"), ("advance", "In advance")], string="Billing Timing", default="arrears"
    )
