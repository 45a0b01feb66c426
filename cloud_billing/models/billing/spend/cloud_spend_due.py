from functools import lru_cache

from odoo import models
from odoo.tools import SQL

from ....engine import schedule
from ..charge.cloud_charge_due import END_OF_TIME
from ..run_limit import select_limited

_READ = (
    "cloud.spend.commitment",
    "cloud.customer",
    "cloud.subscription",
    "cloud.subscription.line",
    "cloud.billing.period",
    "cloud.charge",
    "cloud.charge.component",
)


class CloudSpendDue(models.AbstractModel):
    """Which intervals of minimums and commitments are over and have no true-up yet; set-wise.

    An interval falls due with the last billing period that has something to count in it: when all of that is charged.
    As with charges, what is asked is what is uncovered. That nothing is charged twice is the EXCLUDE constraint's
    business.
    """

    _name = "cloud.spend.due"
    _description = "Minimums That Fall Due"

    # === BUSINESS === #

    def _make(self, run):
        """Make the draft charges of the true-ups that fall due for a run; returns how many."""
        # A run of the schedule takes what had ended in the customer's time zone when it was made.
        now = run.create_date if run.is_automatic else None
        intervals = self._get_due(run.company_id, run.cutoff_date, now=now, limit=run._get_limit())
        if not intervals:
            return 0
        components = self.env["cloud.charge.component"]._intern_owners(
            "minimum", "commitment_id", {row["commitment_id"] for row in intervals}
        )
        self.env["cloud.charge"].flush_model()
        made = self.env.cr.execute_values(
            """
            INSERT INTO cloud_charge (
                   run_id, company_id, customer_id, subscription_id, subscription_line_id, commitment_id, component_id,
                   product_id, period_id, service_start, service_end, utc_start, utc_end, full_start, full_end,
                   currency_id, create_uid, write_uid,
                   kind, state, is_live, is_rated, correction_number, create_date, write_date)
            VALUES %s
                ON CONFLICT DO NOTHING
         RETURNING id
            """,
            [self._prepare_values(run, row, components[row["commitment_id"]]) for row in intervals],
            template="("
            + "%s, " * 18
            + "'minimum', 'draft', TRUE, FALSE, 0, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC')",
            page_size=len(intervals),
            fetch=True,
        )
        self.env["cloud.charge"].invalidate_model()
        return len(made)

    def _prepare_values(self, run, row, component_id):
        return (
            run.id,
            run.company_id.id,
            row["customer_id"],
            row["subscription_id"],
            row["subscription_line_id"],
            row["commitment_id"],
            component_id,
            row["product_id"],
            row["period_id"],
            row["service_start"],
            row["service_end"],
            row["utc_start"],
            row["utc_end"],
            row["full_start"],
            row["full_end"],
            row["currency_id"],
            self.env.uid,
            self.env.uid,
        )

    def _get_due(self, company, cutoff, now=None, limit=None):
        """The intervals that are over, complete and without a live true-up: dicts of `_get_intervals`.

        now: naive UTC; with it what has not ended in the customer's time zone waits. limit: of
        `cloud.bill.run._get_limit`.
        """
        get_bounds = lru_cache(maxsize=None)(schedule.utc_bounds)
        intervals = []
        for row in self._get_intervals(company, cutoff, limit):
            row["utc_start"], row["utc_end"] = get_bounds(row["service_start"], row["service_end"], row["tz"])
            if not now or row["utc_end"] <= now:
                intervals.append(row)
        waiting = self._find_waiting(company, intervals)
        return [row for place, row in enumerate(intervals) if place not in waiting]

    # === BUSINESS: INTERVALS === #

    def _get_intervals(self, company, cutoff, limit=None):
        """One dict per uncovered interval that ends on or before the cut-off, of approved minimums and commitments.

        Keys: those of the commitment, period_id (of a subscription's or line's minimum, else None), service_start,
        service_end, full_start, full_end.
        """
        for model in _READ:
            self.env[model].flush_model()
        commitments = self._fetch_commitments(company, cutoff, limit)
        periods = self._fetch_periods([row["commitment_id"] for row in commitments], cutoff)
        for row in commitments:
            if row["kind"] == "term":
                yield from _uncovered(row, [_make_term(row)], cutoff)
            elif row["scope"] == "customer":
                yield from _uncovered(row, _make_months(row, cutoff), cutoff)
            else:
                yield from _uncovered(row, _clip(row, periods.get(row["commitment_id"], ())), cutoff)

    def _fetch_commitments(self, company, cutoff, limit=None):
        return self.env.execute_query_dict(
            SQL(
                """
            SELECT k.id AS commitment_id, k.kind, k.scope, k.customer_id, k.subscription_id,
                   k.subscription_line_id, k.date_start, k.date_end, k.cycle_kind, k.product_id,
                   customer.currency_id, customer.tz,
                   GREATEST(k.date_start, s.date_start, l.date_start) AS life_start,
                   LEAST(k.date_end, s.date_end, l.date_end) AS life_end,
                   (SELECT array_agg(ARRAY[c.service_start, c.service_end])
                      FROM cloud_charge_component component
                      JOIN cloud_charge c ON c.component_id = component.id
                     WHERE component.commitment_id = k.id
                       AND c.is_live
                       AND c.corrects_id IS NULL) AS ranges
              FROM cloud_spend_commitment k
              JOIN cloud_customer customer ON customer.id = k.customer_id
         LEFT JOIN cloud_subscription s ON s.id = k.subscription_id
         LEFT JOIN cloud_subscription_line l ON l.id = k.subscription_line_id
             WHERE k.company_id = %(company_id)s
               AND k.state = 'approved'
               AND k.date_start < %(cutoff)s
               AND (k.kind = 'period' OR k.date_end <= %(cutoff)s)
               AND s.state IS DISTINCT FROM 'draft'
               AND %(only)s
          ORDER BY k.customer_id, k.id
            """,
                company_id=company.id,
                cutoff=cutoff,
                only=select_limited(limit, SQL("k.subscription_id"), SQL("k.customer_id")),
            )
        )

    def _fetch_periods(self, commitment_ids, cutoff):
        """{commitment id: billing periods of its subscription without a true-up}, as dicts, oldest first."""
        rows = self.env.execute_query_dict(
            SQL(
                """
            SELECT k.id AS commitment_id, p.id AS period_id, p.date_start, p.date_end, p.full_start, p.full_end
              FROM cloud_spend_commitment k
              JOIN cloud_billing_period p ON p.subscription_id = k.subscription_id
             WHERE k.id = ANY(%(ids)s)
               AND k.kind = 'period'
               AND p.date_end <= %(cutoff)s
               AND NOT EXISTS (SELECT 1
                                 FROM cloud_charge c
                                WHERE c.commitment_id = k.id
                                  AND c.is_live
                                  AND c.corrects_id IS NULL
                                  AND c.service_start < p.date_end
                                  AND c.service_end > p.date_start)
          ORDER BY k.id, p.date_start
            """,
                ids=commitment_ids,
                cutoff=cutoff,
            )
        )
        periods = {}
        for row in rows:
            periods.setdefault(row["commitment_id"], []).append(row)
        return periods

    # === BUSINESS: WHAT IS COMPLETE === #

    def _find_waiting(self, company, intervals):
        """The places of those intervals in which something is not charged yet: a set of indexes.

        intervals: dicts with commitment_id, service_start, service_end. Takes a constant number of statements.
        """
        if not intervals:
            return set()
        rows = self._fetch_periods_behind(intervals)
        waiting = {row["place"] for row in rows if row["is_untiled"]}
        places = {}
        for row in rows:
            if row["period_id"] and row["place"] not in waiting:
                places.setdefault(row["period_id"], []).append(row)
        if places:
            uncharged = self.env["cloud.charge.due"]._get_rows(company, END_OF_TIME, period_ids=list(places))
            for charge in uncharged:
                for row in places[charge["period_id"]]:
                    if _is_counted_in(intervals[row["place"]], row, charge):
                        waiting.add(row["place"])
        return waiting

    def _fetch_periods_behind(self, intervals):
        """Dicts (place, period_id, date_end, line_id, is_untiled): the periods that may have charges in an interval.

        is_untiled: a subscription runs in the interval beyond its last billing period, so the next one is still to
        come. line_id: of a line's minimum, else None.
        """
        return self.env.execute_query_dict(
            SQL(
                """
            WITH wanted AS (%(wanted)s),
                 owned AS (
                     SELECT w.place, w.date_start, w.date_end, k.date_end AS life_end,
                            k.subscription_line_id AS line_id, s.id AS subscription_id,
                            s.date_start AS first_day, s.date_end AS last_day
                       FROM wanted w
                       JOIN cloud_spend_commitment k ON k.id = w.commitment_id
                       JOIN cloud_customer payer ON payer.id = k.customer_id
                       JOIN cloud_customer member
                         ON member.id = payer.id
                         OR k.include_children AND member.parent_path LIKE payer.parent_path || '%%'
                       JOIN cloud_subscription s
                         ON s.customer_id = member.id
                        AND (k.scope = 'customer' OR s.id = k.subscription_id)
                        AND s.state <> 'draft'
                        AND s.date_start < w.date_end
                        AND COALESCE(s.date_end, 'infinity') > w.date_start
                 )
          SELECT o.place, p.id AS period_id, p.date_end, o.life_end, o.line_id, FALSE AS is_untiled
            FROM owned o
            JOIN cloud_billing_period p
              ON p.subscription_id = o.subscription_id
             AND p.date_start < o.date_end
             AND p.date_end > o.date_start
       UNION ALL
          SELECT o.place, NULL, NULL, NULL, NULL, TRUE
            FROM owned o
           WHERE COALESCE((SELECT MAX(p.date_end)
                             FROM cloud_billing_period p
                            WHERE p.subscription_id = o.subscription_id), o.first_day)
                 < LEAST(o.date_end, COALESCE(o.last_day, o.date_end))
            """,
                wanted=select_wanted(intervals),
            )
        )


def select_wanted(intervals) -> SQL:
    """The intervals as rows (place, commitment_id, date_start, date_end): one statement for any number of them."""
    return SQL(
        """
        SELECT *
          FROM unnest(%s::integer[], %s::integer[], %s::date[], %s::date[])
               AS w (place, commitment_id, date_start, date_end)
        """,
        list(range(len(intervals))),
        [row["commitment_id"] for row in intervals],
        [row["service_start"] for row in intervals],
        [row["service_end"] for row in intervals],
    )


def _make_term(row):
    start, end = row["date_start"], row["date_end"]
    return {"service_start": start, "service_end": end, "full_start": start, "full_end": end, "period_id": None}


def _make_months(row, cutoff):
    """The months of a customer's minimum, from its start to its end or the cut-off."""
    cycle = schedule.Cycle(kind=row["cycle_kind"])
    for period in schedule.periods(cycle, row["date_start"], row["date_end"], cutoff):
        yield {
            "service_start": period.start,
            "service_end": period.end,
            "full_start": period.full_start,
            "full_end": period.full_end,
            "period_id": None,
        }


def _clip(row, periods):
    """The billing periods of a subscription, as far as the minimum holds and what it is for exists."""
    for period in periods:
        start = max(period["date_start"], row["life_start"])
        end = min(period["date_end"], row["life_end"] or period["date_end"])
        if start < end:
            yield {
                "service_start": start,
                "service_end": end,
                "full_start": period["full_start"],
                "full_end": period["full_end"],
                "period_id": period["period_id"],
            }


def _uncovered(row, intervals, cutoff):
    ranges = row["ranges"] or ()
    for interval in intervals:
        start, end = interval["service_start"], interval["service_end"]
        # One that is covered in part is somebody's to put right, not ours to cut: its minimum is one amount.
        if end <= cutoff and not any(left < end and right > start for left, right in ranges):
            yield {**row, **interval}


def _is_counted_in(interval, period, charge):
    """Whether an uncharged stretch would count in the interval; as `cloud.spend.sums` counts what is charged."""
    if period["line_id"] and period["line_id"] != charge["line_id"]:
        return False
    ends = [charge["service_end"], period["date_end"], *([period["life_end"]] if period["life_end"] else [])]
    if period["life_end"] and charge["service_start"] >= period["life_end"]:
        return False
    return interval["service_start"] < min(ends) <= interval["service_end"]
