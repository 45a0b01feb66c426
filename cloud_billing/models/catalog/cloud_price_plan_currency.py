from odoo import api, fields, models


class CloudPricePlan(models.Model):
    """In which currency a plan is billed: its own, or that of each customer at a stated rate."""

    _inherit = "cloud.price.plan"

    is_converted = fields.Boolean(
        string="Billed in the Customer's Currency",
        tracking=True,
        help="Prices stay in the currency of the plan; each bill is in that of its customer, at the company's currency "
        "rate of the day that is chosen here. The rated line keeps the rate.",
    )
    conversion_date = fields.Selection(
        [("service", "Last day of the service"), ("invoice", "Invoice date")],
        string="Rate of the",
        default="service",
        required=True,
        tracking=True,
        help="The newest rate on or before this day. Last day of the service: known before anybody bills it. Invoice "
        "date: the rate that stands on the invoice's own day.",
    )

    # === BUSINESS === #

    @api.model
    def _get_fixed_once_approved(self):
        return (*super()._get_fixed_once_approved(), "is_converted", "conversion_date")

    def _get_billing_currency(self, customer):
        """The currency in which a customer is billed by this plan."""
        self.ensure_one()
        return customer.currency_id if self.is_converted else self.currency_id

    def _can_bill(self, customer):
        """Whether a bill by this plan is in the currency in which the customer pays."""
        return self._get_billing_currency(customer) == customer.currency_id
