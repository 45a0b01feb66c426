from bisect import bisect_right
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta

from odoo import models
from odoo.tools import SQL

from ....engine.schedule import period_containing
from ...catalog.cycle_terms import read_cycle_terms
from ..run_limit import select_limited

_COPIED = (
    "line_id",
    "subscription_id",
    "customer_id",
    "tz",
    "currency_id",
    "product_id",
    "kind",
    "proration",
    "is_advance",
    "ranges",
)


class CloudChargeDue(models.AbstractModel):
    """Fees with a period length of their own: a year in advance on a contract whose usage is billed by the month.

    Their periods follow from the contract's calendar and anchor, so nothing is stored: what is uncovered is asked anew.
    Such a charge belongs to the contract's period in which it falls due.
    """

    _inherit = "cloud.charge.due"

    # === BUSINESS === #

    def _fetch(self, companies, cutoff, period_ids, limit=None):
        rows = super()._fetch(companies, cutoff, period_ids, limit)
        lines = self._fetch_own_cycles(companies, limit)
        if not lines:
            return rows
        homes = self._fetch_homes({line["subscription_id"] for line in lines})
        found = [
            row
            for line in lines
            for row in _get_fees(line, homes.get(line["subscription_id"], ()), cutoff)
            if period_ids is None or row["period_id"] in set(period_ids)
        ]
        return [*rows, *found]

    def _fetch_own_cycles(self, companies, limit):
        """Dicts of the lines that have a period length of their own: what was agreed, and the days charged of it."""
        return self.env.execute_query_dict(
            SQL(
                """
            SELECT l.id AS line_id, s.id AS subscription_id, s.customer_id, customer.tz,
                   CASE WHEN plan.is_converted THEN customer.currency_id ELSE plan.currency_id END AS currency_id,
                   l.product_id, t.cloud_billing_model AS kind,
                   COALESCE(l.proration, t.cloud_proration) AS proration,
                   l.timing = 'advance' AS is_advance,
                   l.cycle_unit, l.cycle_count, s.cycle_kind, s.anchor_day, s.anchor_date,
                   s.first_period, s.last_period, s.date_start, s.date_end,
                   GREATEST(s.date_start, l.date_start) AS life_start,
                   LEAST(s.date_end, l.date_end) AS life_end,
                   (SELECT array_agg(ARRAY[c.service_start, c.service_end])
                      FROM cloud_charge c
                     WHERE c.subscription_line_id = l.id
                       AND c.kind = 'recurring'
                       AND c.is_live
                       AND c.corrects_id IS NULL) AS ranges
              FROM cloud_subscription_line l
              JOIN cloud_subscription s ON s.id = l.subscription_id
              JOIN cloud_customer customer ON customer.id = s.customer_id
              JOIN cloud_price_plan plan ON plan.id = s.plan_id
              JOIN product_product pp ON pp.id = l.product_id
              JOIN product_template t ON t.id = pp.product_tmpl_id
             WHERE s.company_id = ANY(%(company_ids)s)
               AND s.state <> 'draft'
               AND l.cycle_unit IS NOT NULL
               AND t.cloud_billing_model = 'recurring'
               AND %(limited)s
          ORDER BY s.customer_id, l.id
            """,
                company_ids=list(companies.ids),
                limited=select_limited(limit, SQL("s.id")),
            )
        )

    def _fetch_homes(self, subscription_ids):
        """{subscription id: [(first day, first day after, id)]} of its billing periods, in order."""
        homes = defaultdict(list)
        for period in self.env.execute_query_dict(
            SQL(
                """
            SELECT id, subscription_id, date_start, date_end
              FROM cloud_billing_period
             WHERE subscription_id = ANY(%s)
          ORDER BY date_start
            """,
                list(subscription_ids),
            )
        ):
            homes[period["subscription_id"]].append((period["date_start"], period["date_end"], period["id"]))
        return homes


def _get_fees(line, homes, cutoff):
    """Rows, as of `_fetch`, of one line's own periods that fall due on or before a day, in a period that is there."""
    if not homes:
        return
    start, end = line["date_start"], line["date_end"]
    for period in get_open_periods(line, homes[-1][1]):
        first = max(period.start, line["life_start"])
        last = min(period.end, line["life_end"] or date.max)
        due, day = (first, first) if line["is_advance"] else (period.end, period.end - timedelta(days=1))
        home = _find_home(homes, day)
        if first >= last or due > cutoff or home is None:
            continue
        whole = period
        if line["first_period"] == "full":
            whole = replace(whole, full_start=max(whole.full_start, start))
        if line["last_period"] == "full" and end:
            whole = replace(whole, full_end=min(whole.full_end, end))
        yield {
            **{name: line[name] for name in _COPIED},
            "period_id": home,
            "meter_id": None,
            "service_start": first,
            "service_end": last,
            "full_start": whole.full_start,
            "full_end": whole.full_end,
            "billing_month": None,
        }


def get_open_periods(line, until):
    """The line's own periods that begin before a day and are not charged completely, in order; an iterator.

    line: dict of `_fetch_own_cycles`. What is charged is stepped over in one go, so that a run does not count all the
    periods of years that were billed long ago.
    """
    start, end = line["date_start"], line["date_end"]
    cycle, limit = read_cycle_terms(line).make(start), min(until, end or date.max)
    charged, place = sorted(line["ranges"] or ()), 0
    day = max(start, line["life_start"])
    while day < limit:
        while place < len(charged) and charged[place][1] <= day:
            place += 1
        if place < len(charged) and charged[place][0] <= day:
            day = charged[place][1]
            continue
        period = period_containing(cycle, start, day, end)
        yield period
        day = period.end


def _find_home(homes, day):
    """The id of the period that holds a day, or None."""
    place = bisect_right(homes, day, key=lambda home: home[0]) - 1
    return homes[place][2] if place >= 0 and day < homes[place][1] else None
