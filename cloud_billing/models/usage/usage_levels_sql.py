"""Rows that say a new level, such as the size of a disk or that a user was added, and for how long each holds.

A level holds from its row until the next row of its key, but not longer than the stream belongs to the line: who takes
a stream over takes over its level. So a row from before the stretch, or from before the stream was the line's, begins
to hold where the stretch begins. Of several rows of one instant that which ends last holds, and of those the one with
the largest number, whatever the order in which they were delivered.
"""

from .usage_counting import IN_STRETCH, IS_RECURRING
from .usage_rows_sql import (
    IN_BOUNDS,
    get_bad_tag_sql,
    get_named_sql,
    get_row_columns_sql,
    get_row_number_sql,
    get_row_sources_sql,
)

# Rows of the stretch itself, and those from before it that may still hold within it.
IS_EVENT = f"""{IN_STRETCH}
                   AND {IN_BOUNDS}"""
IS_BEFORE = """r.service_start < LEAST(a.utc_end, q.level_end)
                   AND (a.utc_end IS NULL OR a.utc_end > q.level_start)
                   AND (q.billing_month IS NULL OR r.billing_month IS NULL OR r.billing_month <= q.billing_month)"""
# What of `level` counts: of the rows from before, those whose level still held; that a value was removed long ago is no
# usage.
IS_COUNTED = """(is_event OR CASE aggregation WHEN 'latest' THEN is_last
                                                         WHEN 'unique_count' THEN is_held AND number = 1
                                                         ELSE is_held END)"""


# A charge as a request with a frame, but for its bounds. Aliases: c the charge, m its meter, u its customer.
CHARGE_REQUEST = """c.id AS charge_id, c.subscription_line_id AS line_id, m.aggregation, m.basis, c.billing_month,
                       m.id AS meter_id, '{}'::text[] AS names, 1 AS full_seconds, 1 AS full_days, u.tz"""


def get_levels_sql(number, columns=""):
    """The common table expressions `counted` and `level` of the requests in `request`, which has a frame.

    number: SQL text, usage as of it.   columns: SQL text of further columns of q and r, each followed by a comma.
    """
    return f"""counted AS (
                SELECT q.position, q.aggregation, m.weighting, q.full_seconds, q.tz,
                       COALESCE(q.full_days,
                                (((q.level_end - interval '1 microsecond') AT TIME ZONE 'UTC') AT TIME ZONE q.tz)::date
                                - ((q.level_start AT TIME ZONE 'UTC') AT TIME ZONE q.tz)::date + 1) AS full_days,
                       {columns} {get_row_columns_sql()},
                       COALESCE(CASE q.aggregation WHEN 'unique_count' THEN {get_named_sql("counted")}
                                                   ELSE {get_named_sql("apart")} END, '') AS key,
                       CASE WHEN q.aggregation <> 'unique_count' THEN {get_row_number_sql("t.number")}
                            WHEN COALESCE({get_named_sql("counted")}, '') = '' THEN NULL
                            WHEN x.operation = 'add' THEN 1
                            WHEN x.operation = 'remove' THEN 0 END AS number,
                       {get_bad_tag_sql()} AS bad_tag,
                       GREATEST(r.service_start, a.utc_start, q.level_start) AS starts,
                       LEAST(a.utc_end, q.level_end) AS stops,
                       {IS_EVENT} AS is_event
                  {get_row_sources_sql(number)}
                   AND (({IS_EVENT}) OR ({IS_RECURRING} AND {IS_BEFORE}))
            ),
            level AS (
                SELECT *, number IS NOT NULL AND ends > starts AS is_held, number IS NOT NULL AND is_newest AS is_last
                  FROM (SELECT *,
                               LEAST(LEAD(starts) OVER in_order, stops) AS ends,
                               LEAD(starts) OVER in_order IS NULL AS is_newest
                          FROM counted
                        WINDOW in_order AS (PARTITION BY position, key, number IS NULL
                                                ORDER BY starts, service_start, service_end, number)) following
            )"""
