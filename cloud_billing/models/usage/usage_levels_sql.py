"""Rows that say a new level, such as the size of a disk or that a user was added, and for how long each holds.

A level holds from its row until the next row of its key, but not longer than the stream belongs to the line: who takes
a stream over takes over its level. So a row from before the stretch, or from before the stream was the line's, begins
to hold where the stretch begins. Of several rows of one instant that which ends last holds, and of those the one with
the largest number, whatever the order in which they were delivered.
"""

from .usage_counting import IS_RECURRING
from .usage_rows_sql import (
    IN_BOUNDS,
    OWNED,
    get_named_sql,
    get_place_sql,
    get_row_columns_sql,
    get_row_number_sql,
    get_row_sources_sql,
)

FRAME = ("level_start", "level_end", "full_seconds", "full_days", "tz")
# Rows of the stretch itself, and those from before it that may still hold within it.
IS_EVENT = f"""{OWNED}
                   AND {IN_BOUNDS}"""
IS_BEFORE = """r.service_start < LEAST(q.owned_until, q.level_end)
                   AND (q.owned_until IS NULL OR q.owned_until > q.level_start)
                   AND (q.billing_month IS NULL OR r.billing_month IS NULL OR r.billing_month <= q.billing_month)"""
# What of `level` counts: of the rows from before, those whose level still held; that a value was removed long ago is no
# usage.
IS_COUNTED = """(is_event OR CASE aggregation WHEN 'latest' THEN is_last
                                                         WHEN 'unique_count' THEN is_held AND number = 1
                                                         ELSE is_held END)"""
# A charge as a request with a frame, but for its bounds. Aliases: c the charge, m its meter, u its customer.
CHARGE_REQUEST = """c.id AS charge_id, c.subscription_line_id AS line_id, m.aggregation, m.basis, c.billing_month,
                       m.id AS meter_id, '{}'::text[] AS dimensions, 1 AS full_seconds, 1 AS full_days, u.tz"""


def get_levels_sql(as_of, reads, columns=""):
    """The common table expressions `place`, `counted` and `level` of the requests in `request`, which has a frame.

    as_of: SQL text of a number, usage as of it.   columns: further ones of `request`, each with a comma before it.
    """
    frame = "".join(f", q.{name}" for name in FRAME)
    key = f"COALESCE({get_named_sql('apart')}, '')" if reads.has_keys else "''"
    number = get_row_number_sql(reads)
    if "unique_count" in reads.aggregations:
        is_unique = "CASE q.aggregation WHEN 'unique_count' THEN"
        key = f"{is_unique} NULLIF({get_named_sql('counted')}, '') ELSE {key} END"
        number = f"{is_unique} CASE x.operation WHEN 'add' THEN 1 WHEN 'remove' THEN 0 END ELSE {number} END"
    return f"""place AS MATERIALIZED ({get_place_sql(as_of, reads, f"{frame}{columns}")}),
            counted AS (
                SELECT m.weighting, q.full_seconds, q.tz{columns},
                       COALESCE(q.full_days,
                                (((q.level_end - interval '1 microsecond') AT TIME ZONE 'UTC') AT TIME ZONE q.tz)::date
                                - ((q.level_start AT TIME ZONE 'UTC') AT TIME ZONE q.tz)::date + 1) AS full_days,
                       r.row_key, r.payload_hash, {get_row_columns_sql(reads)},
                       {key} AS key,
                       {number} AS number,
                       GREATEST(r.service_start, q.owned_from, q.level_start) AS starts,
                       LEAST(q.owned_until, q.level_end) AS stops,
                       {IS_EVENT} AS is_event
                  {get_row_sources_sql(as_of, reads)}
                   AND (({IS_EVENT}) OR ({IS_RECURRING} AND {IS_BEFORE}))
            ),
            level AS (
                SELECT *,
                       has_level AND ends > starts AS is_held,
                       has_level AND is_newest AS is_last
                  FROM (SELECT *,
                               key IS NOT NULL AND number IS NOT NULL AS has_level,
                               LEAST(LEAD(starts) OVER in_order, stops) AS ends,
                               LEAD(starts) OVER in_order IS NULL AS is_newest
                          FROM counted
                        WINDOW in_order AS (PARTITION BY position, key, number IS NULL
                                                ORDER BY starts, service_start, service_end, number)) following
            )"""
