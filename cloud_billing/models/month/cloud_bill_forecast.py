from decimal import Decimal

from odoo import models
from odoo.tools import SQL

from ...engine.numbers import divide, exact, parse_decimal, round_to
from ...fields import DecimalField
from ...sql_rows import as_table
from .cloud_bill_unusual import LAST_CHARGE


class CloudBill(models.Model):
    """What a bill was expected to come to before its usage was looked at.

    What is agreed is known: fees, instalments, minimums, and corrections of what was billed before, as they are on the
    bill. Usage goes on as it was: each meter at what it came to per day of its last charge, as corrected since, for as
    many days as it is charged now. A bill with a meter that was never billed before has no forecast: a guess would be
    shown beside figures.
    """

    _inherit = "cloud.bill"

    forecast_amount = DecimalField(
        string="Forecast",
        currency_field="currency_id",
        readonly=True,
        help="Fees as agreed, and usage as it was per day the last time. Empty: some of its usage was never billed"
        " before.",
    )
    off_forecast_amount = DecimalField(
        string="Off Forecast", currency_field="currency_id", readonly=True, help="The amount less the forecast."
    )

    # === BUSINESS === #

    def _assess(self):
        result = super()._assess()
        self._set_forecasts()
        return result

    def _set_forecasts(self):
        """Write the forecasts of these bills and how far they are off; three statements for all of them."""
        forecasts = self._compute_forecasts()
        self.flush_recordset()
        rows = []
        for bill in self:
            forecast = forecasts.get(bill.id)
            with exact():
                rows.append((bill.id, forecast, None if forecast is None else (bill.amount or 0) - forecast))
        self.env.execute_query(
            SQL(
                """
            UPDATE cloud_bill
               SET forecast_amount = v.forecast,
                   off_forecast_amount = v.difference
              FROM %s
             WHERE cloud_bill.id = v.id
            """,
                as_table("v", {"id": "integer", "forecast": "numeric", "difference": "numeric"}, rows),
            )
        )
        self.invalidate_recordset(["forecast_amount", "off_forecast_amount"])

    def _compute_forecasts(self):
        """{bill id: Decimal, rounded to its currency}; a bill without a forecast is absent."""
        for model in ("cloud.charge", "cloud.rated.line"):
            self.env[model].flush_model()
        agreed = self._fetch_agreed_amounts()
        forecasts = {}
        usage = {}
        for bill_id, days, last_amount, last_days in self._fetch_usage_before():
            usage.setdefault(bill_id, []).append((days, last_amount, last_days))
        with exact():
            for bill in self:
                parts = usage.get(bill.id, ())
                if any(last_amount is None for _days, last_amount, _last_days in parts):
                    continue
                expected = sum(
                    (divide(parse_decimal(amount) * days, Decimal(last_days)) for days, amount, last_days in parts),
                    Decimal(0),
                )
                step = parse_decimal(repr(bill.currency_id.rounding))
                forecasts[bill.id] = round_to(agreed.get(bill.id, Decimal(0)) + expected, step)
        return forecasts

    def _fetch_agreed_amounts(self):
        """{bill id: Decimal} of what is known without usage: everything but original metered charges."""
        rows = self.env.execute_query(
            SQL(
                """
            SELECT bill_id, COALESCE(SUM(amount), 0)::text
              FROM cloud_charge
             WHERE bill_id = ANY(%s)
               AND (kind <> 'metered' OR corrects_id IS NOT NULL)
          GROUP BY bill_id
            """,
                list(self.ids),
            )
        )
        return {bill_id: parse_decimal(amount) for bill_id, amount in rows}

    def _fetch_usage_before(self):
        """(bill id, days, last amount as text or None, its days) of each original metered charge of these bills."""
        return self.env.execute_query(
            SQL(
                f"""
            SELECT c.bill_id,
                   c.service_end - c.service_start,
                   (SELECT SUM(b.amount)::text
                      FROM cloud_charge b
                     WHERE (b.id = p.id OR b.corrects_id = p.id)
                       AND b.is_live
                       AND b.state = 'billed'),
                   p.service_end - p.service_start
              FROM cloud_charge c
         LEFT JOIN {LAST_CHARGE} ON TRUE
             WHERE c.bill_id = ANY(%s)
               AND c.kind = 'metered'
               AND c.corrects_id IS NULL
            """,
                list(self.ids),
            )
        )
