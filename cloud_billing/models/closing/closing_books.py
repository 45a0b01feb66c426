"""What all lines of one month's end share: currencies and their rates, and the accounts that they go to."""

from decimal import Decimal

from ...engine.numbers import divide, exact, parse_decimal, round_to, trim
from ..billing.pricing.exchange_rates import ExchangeRates, NoRate

_ONE = Decimal(1)


class ClosingBooks:
    """The books of one company as of a month's end. Collects what is missing, so that all of it is told at once."""

    def __init__(self, closing):
        self.env = closing.env
        # sudo: accounts and currencies are the company's, whoever computes its month's end.
        self.company = closing.company_id.sudo()
        self.date_end, self.day_after = closing.date_end, closing.day_after
        self.missing_accounts, self.missing_rates = {}, {}
        self._rates = ExchangeRates(self.company)
        self._accounts, self._steps = {}, {}
        self._currencies = {
            currency.name: currency for currency in self.env["res.currency"].with_context(active_test=False).search([])
        }
        self._by_id = {currency.id: currency for currency in self._currencies.values()}

    def get_currency(self, name):
        """The currency of a code; an empty one where Odoo does not know it."""
        return self._currencies.get(name) or self.env["res.currency"]

    def get_step(self, currency_id):
        if currency_id not in self._steps:
            self._steps[currency_id] = trim(parse_decimal(repr(self._by_id[currency_id].rounding)))
        return self._steps[currency_id]

    def get_company_step(self):
        return self.get_step(self.company.currency_id.id)

    def get_rate(self, currency_id, day=None):
        """(company currency per unit, date of that rate) on a day, by default the month's end."""
        if currency_id == self.company.currency_id.id:
            return _ONE, day or self.date_end
        name = self._by_id[currency_id].name
        try:
            exchange = self._rates.get(name, self.company.currency_id.name, day or self.date_end)
        except NoRate as error:
            self.missing_rates[error.currency] = error.day
            return _ONE, error.day
        return exchange.rate, exchange.date

    def exchange(self, amount, currency_id, day=None):
        """The amount in the company's currency, rounded."""
        rate, _date = self.get_rate(currency_id, day)
        with exact():
            return round_to(amount * rate, self.get_company_step())

    def get_counter_account(self, kind, product=None):
        """The id of the balance account of a kind of line: of the product's category, else of the company."""
        categ = product.categ_id if product else None
        key = kind, categ
        if key not in self._accounts:
            self._accounts[key] = self._find_account(kind, categ)
        return self._accounts[key]

    def _find_account(self, kind, categ):
        name = {
            "accrued_income": "cloud_accrued_income_account_id",
            "accrued_cost": "cloud_accrued_cost_account_id",
        }.get(kind, "cloud_deferred_account_id")
        own = f"property_{name}"
        account = self.env["account.account"]
        if categ and own in categ._fields:
            account = categ.with_company(self.company)[own]
        account = account or self.company[name]
        if not account:
            self.missing_accounts[name] = self.company._fields[name]._description_string(self.env)
        return account.id or None


def get_ratio(company_amount, amount):
    """The rate that an amount was posted at, None for an amount of nothing."""
    return trim(divide(company_amount, amount)) if amount else None
