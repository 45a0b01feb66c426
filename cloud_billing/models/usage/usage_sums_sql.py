"""Totals of whole deliveries, as SQL text: each was added up by stream when it was imported, so no row is read again.

That is all there is to a request whose stretches hold all rows of a stream that a delivery brought, or none of them.
Aliases are those of usage_rows_sql.py, but r is what one delivery brought for one stream.
"""

from .usage_counting import deliveries_as_of, exceptions_as_of, owners_as_of, passes_filters
from .usage_dimensions import STREAM_DIMENSIONS
from .usage_rows_sql import COSTS, get_number_sql
from .usage_schema import ASSIGNMENT_TABLE, EXCEPTION_TABLE, ROW_TABLE, SUMMARY_TABLE
from .usage_totals_sql import choose, get_purses_sql, get_request_sql

_SUMMABLE = ("sum", "value", "count")
_FIRST = "GREATEST(a.utc_start, q.utc_start)"
_END = "LEAST(a.utc_end, q.utc_end)"
# r is what one delivery brought for one stream. Where it has no row in the stretch it says nothing of it.
_SUMS = f"""FROM request q
                  JOIN {ASSIGNMENT_TABLE} a ON a.subscription_line_id = q.line_id
                  JOIN cloud_usage_stream s ON s.id = a.stream_id
                  JOIN {SUMMARY_TABLE} r ON r.stream_id = a.stream_id
                  JOIN cloud_usage_delivery d ON d.id = r.delivery_id
                 WHERE a.company_id = %(company_id)s
                   AND {deliveries_as_of("%(number)s")}
                   AND {owners_as_of("%(number)s")}
                   AND (q.billing_month IS NULL OR d.billing_month IS NULL OR d.billing_month = q.billing_month)
                   AND ({_FIRST} IS NULL OR r.last_service_start >= {_FIRST})
                   AND ({_END} IS NULL OR r.first_service_start < {_END})"""
_HAS_ALL = f"""({_FIRST} IS NULL OR r.first_service_start >= {_FIRST})
                         AND ({_END} IS NULL OR r.last_service_start < {_END})"""


def is_summable(request, meter):
    """Whether the sums of a delivery say all that a plain request asks of its rows, where all of them are counted."""
    by_stream = set(request.dimensions) <= set(STREAM_DIMENSIONS)
    return request.aggregation in _SUMMABLE and by_stream and not meter["has_values"]


def get_split_sql():
    """The positions of requests for which rows must be read: of some delivery they count only a part of a stream.

    A row that was taken out or held is no longer in what its delivery counts. Appended rows have months of their own.
    """
    return f"""
            WITH request AS ({get_request_sql()}),
            touched AS MATERIALIZED (
                SELECT DISTINCT x.delivery_id, x.stream_id
                  FROM {EXCEPTION_TABLE} e
                  JOIN {ROW_TABLE} x ON x.id = e.row_id
                 WHERE {exceptions_as_of("%(number)s")}
            )
            SELECT DISTINCT q.position
              {_SUMS}
               AND (NOT ({_HAS_ALL})
                    OR q.billing_month IS NOT NULL AND d.billing_month IS NULL
                    OR (r.delivery_id, r.stream_id) IN (SELECT delivery_id, stream_id FROM touched))"""


def get_summed_sql(reads):
    """The statement for plain meters whose requests count all that deliveries brought for their streams."""
    filters = f"AND {passes_filters('q.meter_id', 'stream')}" if reads.has_stream_filters else ""
    total = f"SUM({get_number_sql('q.basis', reads.bases)})"
    subtotals = {"sum": total, "value": total, "count": "SUM(r.row_count)"}
    return f"""
            WITH request AS ({get_request_sql()}),
            by_stream AS (
                SELECT q.position, r.stream_id,
                       {choose(reads.aggregations, subtotals, "q.aggregation")} AS number,
                       {", ".join(f"SUM(r.{name}) AS {name}" for name in COSTS)},
                       NULL::numeric AS value,
                       SUM(r.row_count) AS value_count,
                       SUM(r.row_count) AS row_count
                  {_SUMS}
                   {filters}
              GROUP BY q.position, q.aggregation, r.stream_id
            ),
            {get_purses_sql(reads, by_row=False)}"""
