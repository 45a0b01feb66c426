from odoo import api, models


class CloudPriceRule(models.Model):
    """A price for one customer is in a plan that can bill this customer."""

    _inherit = "cloud.price.rule"

    # === CONSTRAINTS === #

    @api.constrains("customer_id", "subscription_id", "subscription_line_id")
    def _check_customer_currency(self):
        self._check_terms()

    # === BUSINESS === #

    def _get_problem(self):
        return super()._get_problem() or self._get_currency_problem()

    def _get_currency_problem(self):
        """Why nobody can be billed by the price, as a sentence; None where somebody can."""
        customer = self.customer_id or self.subscription_id.customer_id or self.subscription_line_id.customer_id
        if not customer or not self.plan_id or self.plan_id._can_bill(customer):
            return None
        # A price for who pays for others is for these too, and each pays in a currency of its own.
        others = self.env["cloud.customer"].search([("id", "child_of", customer.id)]) if self.customer_id else customer
        if any(self.plan_id._can_bill(other) for other in others):
            return None
        return self.env._(
            "Price %(rule)s never applies: %(customer)s pays in %(currency)s, and %(plan)s is in %(other)s. "
            "Make the price in a plan in %(currency)s, or in one that is billed in the customer's currency.",
            rule=self.name,
            customer=customer.name,
            currency=customer.currency_id.name,
            plan=self.plan_id.name,
            other=self.currency_id.name,
        )
