"""Rates of exchange for rating, exact and honest about their absence.

Odoo's own conversion passes through float, falls back to 1 where a currency has no rate and to a later rate where it
has no earlier one. A price must not be made of either.
"""

from bisect import bisect_right

from ....engine.numbers import divide, parse_decimal, trim
from ....engine.rating import Exchange

SOURCE = "Odoo currency rates"


class NoRate(Exception):
    """A currency has no rate on or before a day. currency: its code; day: the date."""

    def __init__(self, currency, day):
        super().__init__(f"{currency} {day}")
        self.currency = currency
        self.day = day


class ExchangeRates:
    """The rates of a company, read in one statement when the first one is asked for."""

    def __init__(self, company):
        self._company = company
        self._own = company.currency_id.name
        self._rates = None

    def get(self, from_currency, to_currency, day):
        """The Exchange of a day: the newest rate on or before it. Raises NoRate.

        from_currency, to_currency: codes. A rate of the company comes before one that all companies share. The date
        of the answer is that of the older rate it was made of.
        """
        from_rate, from_date = self._find(from_currency, day)
        to_rate, to_date = self._find(to_currency, day)
        dates = [found for found in (from_date, to_date) if found]
        rate = trim(divide(to_rate, from_rate))
        return Exchange(rate, from_currency, to_currency, SOURCE, min(dates, default=day))

    def _find(self, currency, day):
        """(units of the currency per unit of the base, date of that rate); the company's own currency needs no rate."""
        if self._rates is None:
            self._rates = self._fetch()
        for dates, rates in self._rates.get(currency, ()):
            place = bisect_right(dates, day)
            if place:
                return rates[place - 1], dates[place - 1]
        if currency == self._own:
            return parse_decimal(1), None
        raise NoRate(currency, day)

    def _fetch(self):
        """{currency code: [(dates, rates) of the company, (dates, rates) shared by all]}, dates rising."""
        env = self._company.env
        env["res.currency.rate"].flush_model()
        env["res.currency"].flush_model(["name"])
        # Rates belong to the root company of branches, as Odoo keeps them.
        env.cr.execute(
            """
            SELECT c.name, r.company_id IS NULL AS is_shared, r.name, r.rate::text
              FROM res_currency_rate r
              JOIN res_currency c ON c.id = r.currency_id
             WHERE (r.company_id = %s OR r.company_id IS NULL)
               AND r.rate > 0
          ORDER BY c.name, is_shared, r.name
            """,
            [self._company.root_id.id],
        )
        rates = {}
        for currency, is_shared, day, rate in env.cr.fetchall():
            by_owner = rates.setdefault(currency, {}).setdefault(is_shared, ([], []))
            by_owner[0].append(day)
            by_owner[1].append(parse_decimal(rate))
        return {currency: [owners[key] for key in sorted(owners)] for currency, owners in rates.items()}
