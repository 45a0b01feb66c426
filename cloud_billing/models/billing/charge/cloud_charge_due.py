from datetime import date
from functools import lru_cache

from odoo import models
from odoo.tools import SQL

from ....engine import schedule
from ....sql_rows import as_table
from ...contract.line.agreed import clip
from ..collection import collection_put_off
from ..run_limit import PAYER, select_limited
from ..table_statistics import refresh_statistics

END_OF_TIME = date(9999, 12, 31)
# Columns of charges by which rating finds them and what belongs to them.
_READ_BY = ("id", "run_id", "is_rated", "customer_id", "component_id", "subscription_line_id", "period_id", "bill_id")
# Of a row that is due, what its charge says: names as in cloud_charge but for the line's.
_COLUMNS = {
    "line_id": "integer",
    "subscription_id": "integer",
    "customer_id": "integer",
    "kind": "text",
    "product_id": "integer",
    "meter_id": "integer",
    "period_id": "integer",
    "service_start": "date",
    "service_end": "date",
    "utc_start": "timestamp",
    "utc_end": "timestamp",
    "full_start": "date",
    "full_end": "date",
    "proration": "text",
    "billing_month": "date",
    "currency_id": "integer",
    "error_code": "text",
}


class CloudChargeDue(models.AbstractModel):
    """What falls due and is not charged yet: compares agreements and periods with the live charges, set-wise.

    It asks what is uncovered, not what is new, so that a line added late, a voided charge and a month that was mapped
    afterwards are all found by the same question. That nothing is charged twice is the EXCLUDE constraint's business.
    """

    _name = "cloud.charge.due"
    _description = "Charges That Fall Due"

    # === BUSINESS === #

    @collection_put_off()
    def _make(self, run, now=None, limit=None):
        """Make the charges that fall due for a run; returns how many.

        now: naive UTC; with it, what has not ended (in advance: not begun) in the customer's time zone waits, whatever
        the local date of the cut-off says. A scheduled action gives it. Somebody else's charge of the same days is
        no error: it is his. limit: RunLimit of a part of the run; without one, all of it.
        """
        limit = limit or run._get_limit()
        return self._insert(run, list(self._get_rows(run.company_id, run.cutoff_date, now=now, limit=limit)))

    def _count_by_payer(self, companies, cutoff, limit=None):
        """About how much of the lines is due of each payer: list of (payer id, count), in the order of the ids.

        By the periods of which something was not charged yet: who cuts a run into shares must not wait for the answer
        as long as for what is due itself. So neither instalments nor fees with a period length of their own are among
        it, but lines of which another part of their days is due, or none.
        """
        self._flush_asked()
        return self.env.execute_query(
            SQL(
                """
            SELECT %(payer)s, COUNT(*)
              FROM cloud_billing_period p
              JOIN cloud_subscription_line l ON l.subscription_id = p.subscription_id
              JOIN cloud_customer customer ON customer.id = p.customer_id
             WHERE p.company_id = ANY(%(company_ids)s)
               AND p.state = 'due'
               AND CASE l.timing WHEN 'advance' THEN p.date_start ELSE p.date_end END <= %(cutoff)s
               AND %(limited)s
          GROUP BY 1
          ORDER BY 1
            """,
                payer=PAYER,
                company_ids=list(companies.ids),
                cutoff=cutoff,
                limited=select_limited(limit, SQL("p.subscription_id")),
            )
        )

    def _insert(self, run, rows):
        """Make the charges of rows of `_get_rows` for a run; returns how many."""
        if not rows:
            return 0
        components = self._get_components(rows)
        self.env["cloud.charge"].flush_model()
        made = self.env.execute_query(
            SQL(
                """
            INSERT INTO cloud_charge (
                   run_id, company_id, component_id, subscription_line_id, subscription_id, customer_id, kind,
                   product_id, meter_id, period_id, service_start, service_end, utc_start, utc_end, full_start,
                   full_end, proration, billing_month, currency_id, error_code,
                   create_uid, state, is_live, is_rated, correction_number, create_date, write_date)
            SELECT %(run_id)s, %(company_id)s, v.*,
                   %(uid)s, 'draft', TRUE, FALSE, 0, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
              FROM %(rows)s
                ON CONFLICT DO NOTHING
         RETURNING id
            """,
                run_id=run.id,
                company_id=run.company_id.id,
                uid=self.env.uid,
                rows=as_table(
                    "v",
                    {"component_id": "integer", **_COLUMNS},
                    [
                        (component_id, *(row[name] for name in _COLUMNS))
                        for row, component_id in zip(rows, components, strict=True)
                    ],
                ),
            )
        )
        self.env["cloud.charge"].invalidate_model()
        refresh_statistics(self.env, "cloud.charge", _READ_BY, len(made))
        return len(made)

    def _get_uncharged_periods(self, periods):
        """The ids of those periods in which something is not charged, whenever it falls due."""
        rows = self._get_rows(periods.company_id, END_OF_TIME, period_ids=periods.ids)
        return {row["period_id"] for row in rows}

    def _get_rows(self, companies, cutoff, now=None, period_ids=None, limit=None):
        """One dict per stretch of service that is due and uncovered, its UTC bounds included; an iterator.

        limit: of `cloud.bill.run._get_limit`.
        """
        get_bounds = lru_cache(maxsize=None)(schedule.utc_bounds)
        rows = self._fetch(companies, cutoff, period_ids, limit)
        calendars = {}
        for row in rows:
            if row["kind"] == "metered":
                calendars.setdefault(row["line_id"], set()).add(bool(row["billing_month"]))
        served = self._get_served([row for row in rows if row["kind"] == "recurring"])
        for row in rows:
            # One line cannot be cut by two calendars at once: some days would be counted twice, or never.
            is_mixed = len(calendars.get(row["line_id"], ())) > 1
            row["error_code"] = "two_calendars" if is_mixed else None
            stretches = [(row["service_start"], row["service_end"])]
            if row["kind"] == "recurring":
                stretches = _get_served_days(served[row["line_id"]], *stretches[0])
            stretches = _uncover(row, stretches)
            # In advance is on the first day that is still to be paid for: days billed elsewhere do not make it earlier.
            if not stretches or (row["is_advance"] and stretches[0][0] > cutoff):
                continue
            due = get_bounds(*stretches[0], row["tz"])[0] if row["is_advance"] else None
            for start, end in stretches:
                utc_start, utc_end = get_bounds(start, end, row["tz"])
                if now and (due or utc_end) > now:
                    continue
                yield {**row, "service_start": start, "service_end": end, "utc_start": utc_start, "utc_end": utc_end}

    def _get_served(self, rows):
        """{line id: list of Agreed} of recurring fees, for the days of these rows; see `_get_agreed` of the lines."""
        if not rows:
            return {}
        lines = self.env["cloud.subscription.line"].browse(sorted({row["line_id"] for row in rows}))
        return lines._get_agreed(min(row["service_start"] for row in rows), max(row["service_end"] for row in rows))

    def _fetch(self, companies, cutoff, period_ids, limit=None):
        self._flush_asked()
        return self.env.execute_query_dict(
            SQL(
                "SELECT * FROM (%s) due ORDER BY customer_id, line_id, service_start",
                self._select_due(companies, cutoff, period_ids, limit),
            )
        )

    def _flush_asked(self):
        for model in (
            "cloud.subscription",
            "cloud.subscription.line",
            "cloud.customer",
            "cloud.billing.period",
            "cloud.charge",
            "cloud.price.plan",
            "product.product",
            "product.template",
            "cloud.usage.mapping",
            "cloud.usage.stream",
            "cloud.usage.source",
        ):
            self.env[model].flush_model()

    # === HOOKS === #

    def _get_components(self, rows):
        """Return the component id of each row, in their order; made where it is missing. rows: of `_get_rows`."""
        known = self.env["cloud.charge.component"]._intern({_get_identity(row) for row in rows})
        return [known[_get_identity(row)] for row in rows]

    def _select_due(self, companies, cutoff, period_ids, limit) -> SQL:
        """One row per line and interval that falls due and is not covered completely, with the days that are."""
        # OFFSET 0 has the charges of a line found by the line alone. Without statistics, as after a first month, the
        # planner joins in an index of all live charges, which is then read once per line: 7 s for 10,000 lines.
        return SQL(
            """
            WITH agreed AS (%(agreed)s),
                 stretch AS (
                     %(recurring)s UNION ALL %(one_time)s UNION ALL %(by_period)s UNION ALL %(by_month)s
                 )
          SELECT stretch.*, covered.ranges
            FROM stretch
       LEFT JOIN LATERAL (
                  SELECT array_agg(ARRAY[c.service_start, c.service_end]) AS ranges,
                         bool_or(c.service_start <= stretch.service_start
                                 AND c.service_end >= stretch.service_end) AS is_full
                    FROM (SELECT *
                            FROM cloud_charge
                           WHERE subscription_line_id = stretch.line_id
                          OFFSET 0) c
                   WHERE c.kind = stretch.kind
                     AND c.is_live
                     AND c.corrects_id IS NULL
                     AND (c.kind = 'one_time'
                          OR c.service_start < stretch.service_end AND c.service_end > stretch.service_start)
                 ) covered ON TRUE
           WHERE covered.is_full IS NOT TRUE
            """,
            agreed=self._select_agreed(companies, cutoff, period_ids, limit),
            recurring=self._select_recurring(cutoff),
            one_time=self._select_one_time(cutoff),
            by_period=self._select_metered_by_period(cutoff),
            by_month=self._select_metered_by_month(cutoff),
        )

    def _select_agreed(self, companies, cutoff, period_ids=None, limit=None) -> SQL:
        """One row per subscription line and period that could fall due, whatever the line's billing model."""
        return SQL(
            """
            SELECT p.id AS period_id,
                   p.date_start,
                   LEAST(p.date_end, COALESCE(s.date_end, p.date_end)) AS date_end,
                   -- A short period that is due in full is a whole one.
                   CASE WHEN s.first_period = 'full' THEN GREATEST(p.full_start, s.date_start) ELSE p.full_start
                    END AS full_start,
                   CASE WHEN s.last_period = 'full' AND s.date_end > p.date_start
                        THEN LEAST(p.full_end, s.date_end)
                        ELSE p.full_end
                    END AS full_end,
                   COALESCE(l.proration, t.cloud_proration) AS proration,
                   COALESCE(s.date_end <= p.date_end, FALSE) AS is_last,
                   s.id AS subscription_id,
                   s.customer_id,
                   customer.tz,
                   CASE WHEN plan.is_converted THEN customer.currency_id ELSE plan.currency_id END AS currency_id,
                   l.id AS line_id,
                   l.product_id,
                   l.timing,
                   l.cycle_unit AS own_cycle_unit,
                   t.cloud_billing_model AS kind,
                   t.cloud_meter_id AS meter_id,
                   GREATEST(s.date_start, l.date_start) AS life_start,
                   LEAST(COALESCE(s.date_end, 'infinity'), COALESCE(l.date_end, 'infinity')) AS life_end
              FROM cloud_billing_period p
              JOIN cloud_subscription s ON s.id = p.subscription_id
              JOIN cloud_customer customer ON customer.id = s.customer_id
              JOIN cloud_price_plan plan ON plan.id = s.plan_id
              JOIN cloud_subscription_line l ON l.subscription_id = s.id
              JOIN product_product pp ON pp.id = l.product_id
              JOIN product_template t ON t.id = pp.product_tmpl_id
             WHERE p.company_id = ANY(%(company_ids)s)
               AND p.date_start <= %(cutoff)s
               AND s.state <> 'draft'
               AND t.cloud_billing_model IS NOT NULL
               AND %(only)s
               AND %(limited)s
            """,
            company_ids=list(companies.ids),
            cutoff=cutoff,
            only=SQL("p.id = ANY(%s)", list(period_ids)) if period_ids is not None else SQL("TRUE"),
            limited=select_limited(limit, SQL("s.id")),
        )

    def _select_recurring(self, cutoff) -> SQL:
        """A fee for each period: in advance on its first day, in arrears on the first day after it."""
        return SQL(
            """
            SELECT period_id, line_id, subscription_id, customer_id, tz, currency_id, product_id, kind,
                   NULL::integer AS meter_id,
                   GREATEST(date_start, life_start) AS service_start,
                   LEAST(date_end, life_end) AS service_end,
                   full_start, full_end, proration,
                   NULL::date AS billing_month,
                   timing = 'advance' AS is_advance
              FROM agreed
             WHERE kind = 'recurring'
               AND own_cycle_unit IS NULL
               AND GREATEST(date_start, life_start) < LEAST(date_end, life_end)
               AND CASE timing WHEN 'advance' THEN GREATEST(date_start, life_start) ELSE date_end END <= %s
            """,
            cutoff,
        )

    def _select_one_time(self, cutoff) -> SQL:
        """A charge for the line's first day: in advance on that day, in arrears with the period it lies in."""
        return SQL(
            """
            SELECT period_id, line_id, subscription_id, customer_id, tz, currency_id, product_id, kind,
                   NULL, life_start, life_start + 1, life_start, life_start + 1, NULL, NULL, timing = 'advance'
              FROM agreed
             WHERE kind = 'one_time'
               AND life_start >= date_start
               AND life_start < date_end
               AND life_start < life_end
               AND CASE timing WHEN 'advance' THEN life_start ELSE date_end END <= %s
            """,
            cutoff,
        )

    def _select_metered_by_period(self, cutoff) -> SQL:
        """Usage of the customer's local period, for lines that sources of the customer's calendar are mapped to."""
        return SQL(
            """
            SELECT period_id, line_id, subscription_id, customer_id, tz, currency_id, product_id, kind, meter_id,
                   GREATEST(date_start, life_start), LEAST(date_end, life_end), full_start, full_end,
                   proration, NULL, FALSE
              FROM agreed
             WHERE kind = 'metered'
               AND GREATEST(date_start, life_start) < LEAST(date_end, life_end)
               AND date_end <= %(cutoff)s
               AND %(is_mapped)s
            """,
            cutoff=cutoff,
            is_mapped=_is_mapped(
                "customer",
                SQL("GREATEST(agreed.date_start, agreed.life_start)"),
                SQL("LEAST(agreed.date_end, agreed.life_end)"),
                SQL("agreed.tz"),
            ),
        )

    def _select_metered_by_month(self, cutoff) -> SQL:
        """Usage of the provider's months, for lines that sources of the provider's calendar are mapped to.

        A month goes with the first period that ends with it or after it. After a subscription's last period nothing
        ends any more: the month in which it ends goes with that one.
        """
        return SQL(
            """
            SELECT period_id, line_id, subscription_id, customer_id, 'UTC', currency_id, product_id, kind, meter_id,
                   month.date_start, month.date_end, month.date_start, month.date_end,
                   proration, month.date_start, FALSE
              FROM agreed
              JOIN LATERAL (
                       SELECT m::date AS date_start, (m + interval '1 month')::date AS date_end
                         FROM generate_series(
                                  date_trunc('month', agreed.date_start::timestamp),
                                  date_trunc('month', agreed.date_end::timestamp),
                                  interval '1 month') AS m
                   ) month
                ON month.date_end > agreed.date_start
               AND (month.date_end <= agreed.date_end OR agreed.is_last AND month.date_start < agreed.date_end)
             WHERE kind = 'metered'
               AND life_start < life_end
               AND month.date_start < life_end
               AND month.date_end > life_start
               AND month.date_end <= %(cutoff)s
               AND agreed.date_end <= %(cutoff)s
               AND %(is_mapped)s
            """,
            cutoff=cutoff,
            is_mapped=_is_mapped("provider", SQL("month.date_start"), SQL("month.date_end"), SQL("'UTC'")),
        )


def _is_mapped(month_basis, start, end, tz) -> SQL:
    """A source of this calendar is mapped to the line on some of the days."""
    return SQL(
        """
        EXISTS (SELECT 1
                  FROM cloud_usage_mapping m
                  JOIN cloud_usage_stream stream ON stream.id = m.stream_id
                  JOIN cloud_usage_source source ON source.id = stream.source_id
                 WHERE m.subscription_line_id = agreed.line_id
                   AND source.month_basis = %(month_basis)s
                   AND COALESCE(m.utc_start, '-infinity') < (%(end)s::timestamp AT TIME ZONE %(tz)s) AT TIME ZONE 'UTC'
                   AND COALESCE(m.utc_end, 'infinity') > (%(start)s::timestamp AT TIME ZONE %(tz)s) AT TIME ZONE 'UTC')
        """,
        month_basis=month_basis,
        start=start,
        end=end,
        tz=tz,
    )


def _get_identity(row):
    return row["line_id"], row["kind"], row["meter_id"]


def _get_served_days(agreed, start, end):
    """The stretches of [start, end) for which a fee is owed: list of (start, end), neighbours as one.

    In advance they fall due together, on the first of their days.
    """
    days = []
    for one in clip(agreed, start, end):
        if one.quantity == 0:
            continue
        if days and days[-1][1] == one.start:
            days[-1] = days[-1][0], one.end
        else:
            days.append((one.start, one.end))
    return days


def _uncover(row, stretches):
    """The parts of a row's stretches that no live charge covers: list of (start, end).

    A provider's month is charged whole, so one that is covered in part is somebody's to put right, not ours to cut.
    """
    if row["billing_month"] or row["kind"] == "one_time":
        return [] if row["ranges"] else stretches
    for left, right in row["ranges"] or ():
        stretches = [
            (start, end)
            for low, high in stretches
            for start, end in ((low, min(high, left)), (max(low, right), high))
            if start < end
        ]
    return stretches
