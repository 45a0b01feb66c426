from odoo import models


class CloudCustomer(models.Model):
    """Who pays for a customer decides on its prices too, and its contact on taxes, address and bank account."""

    _inherit = "cloud.customer"

    def _filter_guarded(self, companies):
        """Those with a contract that was signed, for themselves or for those they pay for."""
        customers = super()._filter_guarded(companies)
        signed = self.env["cloud.subscription"].search(
            [("customer_id", "child_of", customers.ids), ("state", "!=", "draft")]
        )
        # Each with those who pay for it.
        payers = {int(part) for path in signed.customer_id.mapped("parent_path") for part in path.split("/") if part}
        return customers.filtered(lambda customer: customer.id in payers)

    def _get_touched_domain(self):
        return [("subscription_id.customer_id", "child_of", self.ids)]
