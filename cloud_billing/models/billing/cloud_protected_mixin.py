from decimal import Decimal

from odoo import fields, models

from ...engine.numbers import exact
from ...fields import DecimalField
from .pricing.exchange_rates import ExchangeRates, NoRate


class CloudProtectedMixin(models.AbstractModel):
    """How large what is proposed is, in the currency of its company: by the rates that bills are exchanged at."""

    _inherit = "cloud.protected.mixin"

    # === BUSINESS === #

    def _add_approval_amounts(self, amounts, day):
        """The sum of amounts without their signs, in the currency of the record's company; a Decimal of 0 or more.

        :param amounts: list of (res.currency, Decimal)
        :param day: of the rates. Infinite where one of the currencies has none.
        """
        company = self._get_protection_company()
        rates, own = ExchangeRates(company), company.currency_id.name
        total = Decimal(0)
        try:
            with exact():
                for currency, amount in amounts:
                    rate = 1 if currency.name == own else rates.get(currency.name, own, day).rate
                    total += abs(amount) * rate
        except NoRate:
            return Decimal("Infinity")
        return total

    # === HOOKS === #

    def _get_effect_amount(self):
        """Default: the field `amount` in `currency_id`, where the record has both."""
        amount = super()._get_effect_amount()
        if not isinstance(self._fields.get("amount"), DecimalField) or "currency_id" not in self._fields:
            return amount
        if self.amount is None:
            return amount
        return self._add_approval_amounts([(self.currency_id, self.amount)], fields.Date.context_today(self))
