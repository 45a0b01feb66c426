from odoo import models

from ..billing.pricing.exchange_rates import ExchangeRates, NoRate
from .price_finding import WARNING


class CloudPriceLinter(models.AbstractModel):
    """Rates of exchange that plans billed in the customer's currency will ask for."""

    _inherit = "cloud.price.linter"

    # === BUSINESS === #

    def _check_rates(self, scene):
        """Customers whose bill would wait, because their currency has no rate."""
        rates = {company: ExchangeRates(company) for company in scene.versions.company_id}
        subscriptions = scene.lines.subscription_id.filtered("plan_id.is_converted")
        for (plan, currency), some in subscriptions.grouped(
            lambda subscription: (subscription.plan_id, subscription.customer_id.currency_id)
        ).items():
            if currency == plan.currency_id:
                continue
            try:
                rates[plan.company_id].get(plan.currency_id.name, currency.name, scene.today)
            except NoRate as missing:
                sentence = self.env._(
                    "%(plan)s is in %(own)s and bills %(customer)s in %(currency)s, but there is no exchange rate of"
                    " %(missing)s. Subscriptions that wait for it: %(count)s. Add one under Accounting, Configuration,"
                    " Currencies.",
                    plan=plan.name,
                    own=plan.currency_id.name,
                    customer=some[0].customer_id.name,
                    currency=currency.name,
                    missing=missing.currency,
                    count=len(some),
                )
                version = scene.versions.filtered(lambda version, plan=plan: version.plan_id == plan)[:1]
                yield self._make("rate", WARNING, sentence, version=version, record=currency)

    # === HOOKS === #

    def _get_checks(self):
        return [*super()._get_checks(), self._check_rates]
