from odoo import api, models
from odoo.addons.cloud_billing.fields import DecimalField


class CloudBill(models.Model):
    _inherit = "cloud.bill"

    example_margin = DecimalField(string="Margin", compute="_compute_example_margin")

    @api.depends("amount", "cost_amount")
    def _compute_example_margin(self):
        for bill in self:
            bill.example_margin = None if bill.cost_amount is None else (bill.amount or 0) - bill.cost_amount
