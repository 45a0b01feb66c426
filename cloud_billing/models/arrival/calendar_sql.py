"""What has arrived of each account and day, or month: one statement over summaries of deliveries, no row is read."""

from odoo.tools import SQL

from ..usage.usage_schema import DAY_TABLE

# The partition that a day belongs to, whatever the shape of its source.
PARTITION_MONTH = "COALESCE(d.billing_month, date_trunc('month', y.day)::date)"


def select_arrived(source, first, last, period, tz, wait) -> SQL:
    """Rows (account, period, ...) of a source for what lies in [first, last), each account and day or month once.

    period: 'day' (of service, as the source's time zone had it) or 'month' (the provider's, else that of the day).
    wait: interval text, after the end of a period, by which it is there. `due` and moments are naive UTC.

    row_count, repeats, quantity, cost: of what is live now; cost is NULL over several currencies.   hours: bit mask.
    first_at: when the first of it came.   changed_at: when it last came otherwise than before, once it was due.
    confirmed_at: when it last came again as it was.   delivery_count: imports that bring some of it now.
    """
    name = PARTITION_MONTH if period == "month" else "y.day"
    return SQL(
        f"""
        WITH part AS (
            SELECT COALESCE(s.provider_account, '') AS account, {name} AS period, d.id AS delivery_id,
                   d.import_number, d.is_snapshot,
                   d.superseded_number = 0 AS is_live, d.confirmed_at,
                   COALESCE(i.imported_at, i.create_date) AS came_at,
                   SUM(y.row_count) AS row_count, SUM(y.repeats) AS repeats, SUM(y.quantity) AS quantity,
                   SUM(y.cost_billed) AS cost, MIN(s.currency) AS currency, COUNT(DISTINCT s.currency) AS currencies,
                   BIT_OR(y.hours) AS hours
              FROM {DAY_TABLE} y
              JOIN cloud_usage_delivery d ON d.id = y.delivery_id AND d.import_number > 0
              JOIN cloud_usage_import i ON i.id = d.import_id
              JOIN cloud_usage_stream s ON s.id = y.stream_id
             WHERE y.source_id = %(source_id)s
               AND y.day >= %(first)s::date - %(margin)s
               AND y.day < %(last)s::date + %(margin)s
               AND {name} >= %(first)s
               AND {name} < %(last)s
          GROUP BY 1, 2, d.id, i.id
        ),
        compared AS (
            SELECT p.*,
                   ((((period + %(length)s::interval) AT TIME ZONE %(tz)s) AT TIME ZONE 'UTC') + %(wait)s::interval)
                       AS due,
                   LAG(import_number) OVER in_order IS NOT NULL
                   AND (NOT is_snapshot
                        OR (row_count, quantity, cost) IS DISTINCT FROM
                           (LAG(row_count) OVER in_order, LAG(quantity) OVER in_order, LAG(cost) OVER in_order))
                       AS is_other
              FROM part p
            WINDOW in_order AS (PARTITION BY account, period ORDER BY import_number)
        )
        SELECT account,
               period,
               due,
               COALESCE(SUM(row_count) FILTER (WHERE is_live), 0)::bigint AS row_count,
               COALESCE(SUM(repeats) FILTER (WHERE is_live), 0)::bigint AS repeats,
               (SUM(quantity) FILTER (WHERE is_live))::text AS quantity,
               CASE WHEN MIN(currency) = MAX(currency) AND MAX(currencies) = 1
                    THEN (SUM(cost) FILTER (WHERE is_live))::text END AS cost,
               MIN(currency) AS currency,
               COALESCE(BIT_OR(hours) FILTER (WHERE is_live), 0) AS hours,
               MIN(came_at) AS first_at,
               MAX(came_at) FILTER (WHERE is_other AND came_at > due) AS changed_at,
               MAX(confirmed_at) AS confirmed_at,
               COUNT(*) FILTER (WHERE is_live) AS delivery_count
          FROM compared
      GROUP BY account, period, due
      ORDER BY account, period
        """,
        source_id=source.id,
        first=first,
        last=last,
        # A provider's month has some rows of service before and after it.
        margin=62 if period == "month" else 0,
        length="1 month" if period == "month" else "1 day",
        tz=tz,
        wait=wait,
    )


def select_accounts(source, first, last) -> SQL:
    """Rows (account, first day, moment of its first import): who delivered in the three months before `last`."""
    return SQL(
        f"""
        SELECT COALESCE(s.provider_account, ''), MIN(y.day), MIN(COALESCE(i.imported_at, i.create_date))
          FROM {DAY_TABLE} y
          JOIN cloud_usage_delivery d ON d.id = y.delivery_id AND d.import_number > 0
          JOIN cloud_usage_import i ON i.id = d.import_id
          JOIN cloud_usage_stream s ON s.id = y.stream_id
         WHERE y.source_id = %(source_id)s
           AND y.day < %(last)s
           AND y.day >= LEAST(%(first)s::date, %(last)s::date - interval '3 months')
      GROUP BY 1
      ORDER BY 1
        """,
        source_id=source.id,
        first=first,
        last=last,
    )
