from decimal import Decimal

from odoo import models

from ...engine.numbers import round_to


class CloudBill(models.Model):
    """What a month's end asks of a bill that is not posted."""

    _inherit = "cloud.bill"

    # === BUSINESS === #

    def _get_net_amount(self, product, amount, account, fiscal_position):
        """What an amount of this bill will be as revenue: without the tax that a gross price contains."""
        if self.tax_basis == "net":
            return amount
        price = self._get_ledger_price(product, amount, account, fiscal_position)
        if price.ties_to == "untaxed":
            return price.amount
        details = price.taxes._get_tax_details(
            self._to_ledger(amount),
            1.0,
            rounding_method="round_globally",
            product=product,
            special_mode="total_included",
        )
        return round_to(Decimal(repr(details["total_excluded"])), self._get_step())
