from datetime import timezone
from zoneinfo import ZoneInfo

from odoo import fields, models


class CloudCustomer(models.Model):
    _inherit = "cloud.customer"

    is_zero_invoiced = fields.Boolean(
        string="Invoices of Zero",
        help="Send an invoice also where there is nothing to pay. Otherwise such a bill posts none.",
    )
    bill_ids = fields.One2many("cloud.bill", "customer_id", string="Bills")
    bill_count = fields.Integer(compute="_compute_bill_count", string="Number of Bills")

    # === COMPUTE === #

    def _compute_bill_count(self):
        groups = self.env["cloud.bill"]._read_group([("customer_id", "in", self.ids)], ["customer_id"], ["__count"])
        counts = {customer.id: count for customer, count in groups}
        for customer in self:
            customer.bill_count = counts.get(customer._origin.id, 0)

    # === ACTIONS === #

    def action_view_bills(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_bill_action")
        return {**action, "domain": [("customer_id", "=", self.id)], "context": {}}

    # === BUSINESS === #

    def _get_payers(self):
        """{customer id: who gets the bill}: up the chain of payers to the one whom nobody pays for."""
        payers = {}
        for customer in self:
            payer, seen = customer, customer
            while payer.parent_id and payer.parent_id not in seen:
                payer = payer.parent_id
                seen |= payer
            payers[customer.id] = payer
        return payers

    def _get_local_day(self, now):
        """The customer's date at an instant (naive UTC)."""
        self.ensure_one()
        return now.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(self.tz)).date()
