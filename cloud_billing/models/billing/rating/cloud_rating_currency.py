from dataclasses import replace
from datetime import date, timedelta

from odoo import models
from odoo.tools import SQL

from ....engine.numbers import exact, parse_decimal, trim
from ....engine.rating import Exchange, bill_in
from ..pricing.exchange_rates import NoRate
from ..pricing.usage_facts import Refused

_ONE_DAY = timedelta(days=1)


class CloudRating(models.AbstractModel):
    """Charges that are priced in the currency of their plan and billed in that of their customer.

    Such an item has `bill_in`: the currency of its charge, that currency's step, the day of the rate, and the Exchange
    that was billed already, None before. All else of it is in the plan's currency.
    """

    _inherit = "cloud.rating"

    # === BUSINESS === #

    def _fetch_items(self, charges):
        items = super()._fetch_items(charges)
        # Where both are the same there is nothing to exchange, and nothing to ask.
        others = {item["id"]: item for item in items if item["plan_currency_id"] != item["currency_id"]}
        for row in self._fetch_conversions(list(others)) if others else ():
            item = others[row["id"]]
            item.update(
                bill_in={
                    "currency": item["currency"],
                    "rounding": item["rounding"],
                    "day": self._get_rate_day(item, row),
                    "exchange": _read_exchange(row["billed"]),
                },
                currency=row["currency"],
                rounding=trim(parse_decimal(row["rounding"])),
            )
        return items

    def _fetch_conversions(self, charge_ids):
        """Of the charges whose plan is billed in the customer's currency: how, and at which rate it was billed."""
        self.env["cloud.rated.line"].flush_model()
        self.env["cloud.bill.run"].flush_model()
        return self.env.execute_query_dict(
            SQL(
                """
            SELECT ch.id,
                   plan.conversion_date,
                   currency.name AS currency,
                   currency.rounding::text AS rounding,
                   run.invoice_date,
                   (SELECT r.workings->'bill_in'->'exchange'
                      FROM cloud_rated_line r
                     WHERE r.charge_id = ch.id
                       AND r.is_frozen
                       AND r.workings ? 'bill_in'
                     LIMIT 1) AS billed
              FROM cloud_charge ch
              JOIN cloud_subscription s ON s.id = ch.subscription_id
              JOIN cloud_customer customer ON customer.id = s.customer_id
              JOIN cloud_price_plan plan ON plan.id = s.plan_id
              JOIN res_currency currency ON currency.id = plan.currency_id
         LEFT JOIN cloud_bill_run run ON run.id = ch.run_id
             WHERE ch.id = ANY(%s)
               AND plan.is_converted
               AND ch.currency_id = customer.currency_id
            """,
                charge_ids,
            )
        )

    def _get_rate_day(self, item, row):
        """The day whose rate is taken, as the plan says. A charge without a run is asked about, and never billed."""
        if row["conversion_date"] == "invoice" and row["invoice_date"]:
            return row["invoice_date"]
        return item["service_end"] - _ONE_DAY

    def _price_stretch(self, item, stretch, usage, tools):
        parts = super()._price_stretch(item, stretch, usage, tools)
        if not item.get("bill_in"):
            return parts
        exchange = self._get_bill_exchange(item, tools.rates)
        return [_bill_part(part, exchange, item["bill_in"]["rounding"]) for part in parts]

    def _get_bill_exchange(self, item, rates):
        """The Exchange into the bill's currency: of what is billed already, its own, else that of the plan's day."""
        billed_in = item["bill_in"]
        if billed_in["exchange"]:
            return billed_in["exchange"]
        try:
            return rates.get(item["currency"], billed_in["currency"], billed_in["day"])
        except NoRate as missing:
            raise Refused(
                "rate_missing",
                currency=missing.currency,
                day=missing.day.isoformat(),
                line=item["line_name"],
                customer=item["customer_name"],
            ) from missing


def _bill_part(part, exchange, rounding):
    cost = part.cost_amount
    if cost is not None:
        with exact():
            cost = cost * exchange.rate
    return replace(part, result=bill_in(part.result, exchange, rounding), cost_amount=cost)


def _read_exchange(described):
    """The Exchange of what the workings of a billed line say, None where there are none."""
    if described is None:
        return None
    return Exchange(
        parse_decimal(described["rate"]),
        described["from_currency"],
        described["to_currency"],
        described["source"],
        date.fromisoformat(described["date"]),
    )
