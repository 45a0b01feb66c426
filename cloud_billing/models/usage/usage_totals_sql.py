"""The statements behind `cloud.usage.store._totals`, as SQL text.

Three kinds of meters have a statement each, whatever their number. `plain` ones, the most, read of each row one number
and its costs and make a subtotal per stream. `rows` need each row: its tags, its own rounding, its place in an order.
`states` need for how long each row's level holds, also that of the last row before the stretch (usage_levels_sql.py).

Of plain meters those requests that count whole deliveries read no row at all (usage_sums_sql.py).

All end alike: `money` has the costs by currency, `quantity` the numbers by purse (see usage_aggregates.py), and
in `answer` the quantity stands beside the first currency of its purse.
"""

from .usage_aggregates import PLAIN
from .usage_counting import IN_STRETCH, owners_as_of, passes_filters, rows_as_of
from .usage_dimensions import STREAM_DIMENSIONS, get_combination_sql, get_tag_sql
from .usage_levels_sql import FRAME, IS_COUNTED, get_levels_sql
from .usage_numbers_sql import round_number
from .usage_rows_sql import (
    COSTS,
    CURRENCY,
    DENOMINATOR,
    FACTOR,
    IN_BOUNDS,
    IS_ROUNDED_BY_ROW,
    METER,
    PURSE,
    ROW_JOINS,
    UNIT,
    get_counted_rows_sql,
    get_number_sql,
    get_place_sql,
)
from .usage_schema import ASSIGNMENT_TABLE, ROW_TABLE

_REQUEST = """
                SELECT q.position, q.line_id, q.aggregation, q.basis, q.billing_month, q.utc_start, q.utc_end,
                       q.meter_id, string_to_array(q.names, %(separator)s) AS dimensions{frame}
                  FROM unnest(%(line_ids)s::int[], %(aggregations)s::text[], %(bases)s::text[], %(months)s::date[],
                              %(starts)s::timestamp[], %(ends)s::timestamp[], %(meter_ids)s::int[], %(names)s::text[],
                              %(positions)s::int[]{frame_arrays})
                       AS q (line_id, aggregation, basis, billing_month, utc_start, utc_end, meter_id, names,
                             position{frame})"""
_FRAME = "".join(f", {name}" for name in FRAME)
_FRAME_ARRAYS = """,
                              %(level_starts)s::timestamp[], %(level_ends)s::timestamp[], %(full_seconds)s::numeric[],
                              %(full_days)s::int[], %(zones)s::text[]"""


def get_request_sql(has_frame=False):
    return _REQUEST.format(frame=_FRAME if has_frame else "", frame_arrays=_FRAME_ARRAYS if has_frame else "")


# === PLAIN === #


def get_plain_sql(reads):
    """The statement for plain meters.

    NOT MATERIALIZED, though `request` is read three times: where it is written down no worker may help. CASE has the
    planner take half of the rows; of four comparisons with what it does not know it takes one row in a hundred, and
    sorts a million. Where no line is asked for twice a subtotal is that of an assignment, of which it knows how many
    there are: then each worker adds up before it hands on.
    """
    is_once = reads.is_once and len(reads.aggregations) == 1
    by_row = bool(set(reads.dimensions) - set(STREAM_DIMENSIONS))
    filters = f"AND {passes_filters('q.meter_id', 'stream')}" if reads.has_stream_filters else ""
    subtotals = {name: _get_subtotal(name) for name in PLAIN}
    return f"""
            WITH request AS NOT MATERIALIZED ({get_request_sql()}),
            counted AS (
                SELECT q.position, q.aggregation, r.stream_id, a.id AS assignment_id,
                       {f"{get_combination_sql(reads.dimensions)} AS dimensions," if by_row else ""}
                       {f"{get_number_sql('m.value_basis')} AS value," if reads.has_values else ""}
                       {get_number_sql("q.basis", reads.bases)} AS number, {", ".join(f"r.{name}" for name in COSTS)}
                  FROM request q
                  JOIN {ASSIGNMENT_TABLE} a ON a.subscription_line_id = q.line_id
                  {"JOIN cloud_usage_stream s ON s.id = a.stream_id" if by_row or filters else ""}
                  {"LEFT JOIN cloud_meter m ON m.id = q.meter_id" if reads.has_values else ""}{ROW_JOINS}
                 WHERE a.company_id = %(company_id)s
                   AND {rows_as_of("%(number)s")}
                   AND {owners_as_of("%(number)s")}
                   AND CASE WHEN {IN_STRETCH}
                   AND {IN_BOUNDS} THEN TRUE ELSE FALSE END
                   {filters}
            ),
            by_stream AS (
                SELECT {"MIN(position) AS position, MIN(stream_id) AS stream_id" if is_once else "position, stream_id"},
                       {"dimensions," if by_row else ""}
                       {choose(reads.aggregations, subtotals)} AS number,
                       {_sum_all(COSTS)},
                       {"SUM(value)" if reads.has_values else "NULL::numeric"} AS value,
                       {"COUNT(value)" if reads.has_values else "COUNT(*)"} AS value_count,
                       COUNT(*) AS row_count
                  FROM counted
              GROUP BY {"assignment_id" if is_once else "position, aggregation, stream_id"}
                       {", dimensions" if by_row else ""}
            ),
            {get_purses_sql(reads, by_row)}"""


def get_purses_sql(reads, by_row):
    """From subtotals of streams to the answer. by_row: the subtotals have dimensions of their own."""
    combination = get_combination_sql(reads.dimensions)
    totals = {name: f"{function}(number)" for name, function in PLAIN.items()}
    over_all = {name: f"{total} OVER of_purse" for name, total in totals.items()}
    return f"""subtotal AS (
                SELECT q.position, q.aggregation, {UNIT} AS unit, {CURRENCY} AS currency,
                       {PURSE} AS purse, {"b.dimensions" if by_row else combination} AS dimensions,
                       b.number * {FACTOR} AS number,
                       {", ".join(f"b.{name}" for name in COSTS)}, b.value, b.value_count, b.row_count,
                       {"m.value_basis IS NOT NULL" if reads.has_values else "FALSE"} AS has_value
                  FROM by_stream b
                  JOIN request q ON q.position = b.position
                  JOIN cloud_usage_stream s ON s.id = b.stream_id
             {METER}
            ),
            money AS (
                SELECT position, aggregation, unit, currency, purse, dimensions, {_sum_all(COSTS)},
                       SUM(row_count) AS row_count, SUM(value) AS value,
                       SUM(CASE WHEN has_value THEN value_count ELSE row_count END) AS event_count,
                       {choose(reads.aggregations, totals)} AS number,
                       NULL::bigint AS bad_id, NULL::text AS bad_tag
                  FROM subtotal
              GROUP BY position, aggregation, unit, currency, purse, dimensions
            ),
            answer AS (
                SELECT *, {choose(reads.aggregations, over_all)} AS numerator, 1 AS denominator,
                       ROW_NUMBER() OVER (of_purse ORDER BY currency) AS nth
                  FROM money
                WINDOW of_purse AS (PARTITION BY position, unit, purse, dimensions)
            )
            {_get_end_sql(has_bad=False)}"""


def _get_subtotal(aggregation):
    return "COUNT(*)::numeric" if aggregation == "count" else f"{PLAIN[aggregation]}(number)"


def choose(aggregations, expressions, aggregation="aggregation"):
    """The expression of the one aggregation that is asked for, or a CASE over those that are."""
    if len(aggregations) == 1:
        return expressions[next(iter(aggregations))]
    cases = " ".join(f"WHEN '{name}' THEN {expressions[name]}" for name in sorted(aggregations))
    return f"CASE {aggregation} {cases} END"


def _sum_all(names):
    return ", ".join(f"SUM({name}) AS {name}" for name in names)


# === ROWS === #


def get_rows_sql(aggregates, reads):
    """The statement for meters that look at each row. aggregates: SQL texts of usage_aggregates.ROWS."""
    return f"""
            WITH request AS ({get_request_sql()}),
            place AS MATERIALIZED ({get_place_sql("%(number)s", reads)}),
            counted AS ({get_counted_rows_sql(reads)}),
            money AS ({_get_money_sql("counted", is_event="TRUE", is_counted="TRUE")}),
            quantity (position, unit, purse, dimensions, numerator, denominator) AS ({" UNION ALL ".join(aggregates)}),
            {_ANSWER}
            {_get_end_sql(reads.has_tags)}"""


def get_events_sql(reads):
    """The statement for the values of single events, in the order of service, up to the limit."""
    return f"""
            WITH request AS ({get_request_sql()}),
            place AS MATERIALIZED ({get_place_sql("%(number)s", reads)}),
            counted AS ({get_counted_rows_sql(reads)}),
            event AS (
                SELECT n.position, n.service_start, n.service_end,
                       CASE WHEN m.value_basis IS NULL THEN n.number ELSE n.value END AS number,
                       CASE WHEN m.value_basis IS NULL AND NOT ({IS_ROUNDED_BY_ROW})
                            THEN {DENOMINATOR} ELSE 1 END AS denominator
                  FROM counted n
                  JOIN request q ON q.position = n.position
             LEFT JOIN cloud_meter m ON m.id = q.meter_id
            )
            SELECT position,
                   COUNT(number),
                   CASE WHEN COUNT(number) <= %(limit)s
                        THEN array_agg(number::text ORDER BY service_start, service_end, number)
                             FILTER (WHERE number IS NOT NULL) END,
                   MAX(denominator)::text
              FROM event
          GROUP BY position"""


# === STATES === #


def get_states_sql(aggregates, reads):
    """The statement for meters of levels. aggregates: SQL texts of usage_aggregates.STATES."""
    return f"""
            WITH request AS ({get_request_sql(has_frame=True)}),
            {get_levels_sql("%(number)s", reads)},
            money AS ({_get_money_sql("level", is_event="is_event", is_counted=IS_COUNTED)}
                HAVING bool_or({IS_COUNTED})),
            quantity (position, unit, purse, dimensions, numerator, denominator) AS ({" UNION ALL ".join(aggregates)}),
            {_ANSWER}
            {_get_end_sql(reads.has_tags)}"""


# === WHAT ALL HAVE === #


def _get_money_sql(source, is_event, is_counted):
    """Costs, values and counts by currency. Rows from before the stretch brought theirs to the stretch before."""
    costs = ", ".join(f"SUM({name}) FILTER (WHERE {is_event}) AS {name}" for name in COSTS)
    return f"""
                SELECT position, unit, currency, purse, dimensions, {costs},
                       COUNT(*) FILTER (WHERE {is_counted}) AS row_count,
                       SUM(value) FILTER (WHERE {is_event}) AS value,
                       COUNT(*) FILTER (WHERE {is_event} AND (value IS NOT NULL OR NOT has_value)) AS event_count,
                       MIN(id) FILTER (WHERE bad_tag IS NOT NULL) AS bad_id,
                       substr(MIN(lpad(id::text, 20, '0') || bad_tag) FILTER (WHERE bad_tag IS NOT NULL), 21) AS bad_tag
                  FROM {source}
              GROUP BY position, unit, currency, purse, dimensions"""


def _get_end_sql(has_bad):
    """The last SELECT: each currency of `money`, the first of a purse with its quantity, rounded by period."""
    numerator = "k.numerator::numeric"
    denominator = f"(k.denominator * CASE WHEN {IS_ROUNDED_BY_ROW} THEN 1 ELSE {DENOMINATOR} END)"
    rounded = round_number(numerator, f"(m.rounding_step * {denominator})", "m.rounding")
    is_rounded = "m.rounding <> 'none' AND m.rounding_scope = 'period'"
    bad = f"""jsonb_build_object('tag', k.bad_tag, 'text', {get_tag_sql("k.bad_tag")}, 'row', r.row_no,
                                      'file', f.name, 'import', i.name)"""
    return f"""
            SELECT k.position, k.unit, k.currency, k.dimensions,
                   CASE WHEN k.nth = 1
                        THEN (CASE WHEN {is_rounded} THEN m.rounding_step * {rounded} ELSE {numerator} END)::text END,
                   (CASE WHEN {is_rounded} THEN 1 ELSE {denominator} END)::text,
                   {", ".join(f"k.{name}::text" for name in COSTS)},
                   k.row_count::bigint, k.value::text, k.event_count::bigint,
                   {f"CASE WHEN k.bad_id IS NOT NULL THEN {bad} END" if has_bad else "NULL::jsonb"}
              FROM answer k
              JOIN request q ON q.position = k.position
         LEFT JOIN cloud_meter m ON m.id = q.meter_id
         {_BAD_ROW if has_bad else ""}"""


# The quantity of a purse stands with the first of its currencies.
_ANSWER = """answer AS (
                SELECT k.*, n.numerator, n.denominator
                  FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY position, unit, purse, dimensions
                                                         ORDER BY currency) AS nth
                          FROM money) k
             LEFT JOIN quantity n ON n.position = k.position
                                 AND n.unit = k.unit
                                 AND n.purse = k.purse
                                 AND n.dimensions = k.dimensions
                                 AND k.nth = 1
            )"""
_BAD_ROW = f"""LEFT JOIN {ROW_TABLE} r ON r.id = k.bad_id
         LEFT JOIN cloud_usage_import i ON i.id = r.import_id
         LEFT JOIN cloud_usage_file f ON f.import_id = r.import_id AND f.sequence = r.file_sequence"""
