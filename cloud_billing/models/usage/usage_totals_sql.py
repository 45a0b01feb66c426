"""The statements behind `cloud.usage.store._totals`, as SQL text.

Three kinds of meters have a statement each, whatever their number. `plain` ones, the most, read of each row one number
and its costs and make a subtotal per stream. `rows` need each row: its tags, its own rounding, its place in an order.
`states` need for how long each row's level holds, also that of the last row before the stretch.

All three end alike: `money` has the costs by currency, `quantity` the numbers by purse (see usage_aggregates.py), and
the quantity stands beside the first currency of its purse.
"""

from .usage_aggregates import PLAIN
from .usage_counting import IN_STRETCH, owners_as_of, passes_filters, rows_as_of
from .usage_dimensions import get_dimension_sql, get_tag_sql
from .usage_numbers_sql import parse_number, round_number
from .usage_requests import BASES
from .usage_schema import ASSIGNMENT_TABLE, EXCEPTION_TABLE, ROW_TABLE

_COSTS = ("cost_billed", "cost_effective", "cost_list", "cost_contracted")
_REQUEST = """
                SELECT q.position, q.line_id, q.aggregation, q.basis, q.billing_month, q.utc_start, q.utc_end,
                       q.meter_id, string_to_array(q.names, %(separator)s) AS names{frame}
                  FROM unnest(%(line_ids)s::int[], %(aggregations)s::text[], %(bases)s::text[], %(months)s::date[],
                              %(starts)s::timestamp[], %(ends)s::timestamp[], %(meter_ids)s::int[], %(names)s::text[],
                              %(positions)s::int[]{frame_arrays})
                       AS q (line_id, aggregation, basis, billing_month, utc_start, utc_end, meter_id, names,
                             position{frame})"""
_FRAME = ", level_start, level_end, full_seconds, full_days, tz"
_FRAME_ARRAYS = """,
                              %(level_starts)s::timestamp[], %(level_ends)s::timestamp[], %(full_seconds)s::numeric[],
                              %(full_days)s::int[], %(zones)s::text[]"""

# Only a quantity has the stream's unit; what is counted or paid has the meter's own, whatever the rows are in.
_HAS_UNIT = "q.basis = 'quantity' AND q.aggregation NOT IN ('count', 'unique_count')"
_UNIT = f"""CASE WHEN m.id IS NOT NULL AND (c.id IS NOT NULL OR NOT ({_HAS_UNIT})) THEN COALESCE(m.unit, '')
                            ELSE COALESCE(s.unit, '') END"""
_PURSE = "CASE WHEN q.basis LIKE 'cost%%' OR q.aggregation = 'value' THEN COALESCE(s.currency, '') ELSE '' END"
_IS_ROUNDED_BY_ROW = "m.rounding <> 'none' AND m.rounding_scope = 'event'"
# Numbers are multiplied so that those of all units have one denominator; it is divided by once, at the end.
_FACTOR = f"CASE WHEN {_HAS_UNIT} THEN COALESCE(c.scaled_numerator, m.conversion_denominator, 1) ELSE 1 END"
_DENOMINATOR = f"CASE WHEN {_HAS_UNIT} THEN COALESCE(m.conversion_denominator, 1) ELSE 1 END"
_METER = """LEFT JOIN cloud_meter m ON m.id = q.meter_id
     LEFT JOIN cloud_meter_conversion c ON c.meter_id = m.id AND c.unit = s.unit"""

_ROW_JOINS = f"""
                  JOIN {ROW_TABLE} r ON r.stream_id = a.stream_id
                  JOIN cloud_usage_delivery d ON d.id = r.delivery_id
             LEFT JOIN {EXCEPTION_TABLE} e ON e.row_id = r.id"""
_IN_BOUNDS = """(q.billing_month IS NULL OR r.billing_month = q.billing_month)
                   AND (q.utc_start IS NULL OR r.service_start >= q.utc_start)
                   AND (q.utc_end IS NULL OR r.service_start < q.utc_end)"""


def _get_request_sql(has_frame=False):
    return _REQUEST.format(frame=_FRAME if has_frame else "", frame_arrays=_FRAME_ARRAYS if has_frame else "")


def _get_dimensions_sql(is_of_stream=False):
    return f"""ARRAY(SELECT COALESCE({get_dimension_sql("x.name", is_of_stream)}, '')
                               FROM unnest(q.names) WITH ORDINALITY AS x (name, nth)
                           ORDER BY nth)"""


def _get_number_sql(basis, tag="NULL"):
    """The number of a row that a column names. tag: SQL text of the number in a tag."""
    cases = " ".join(f"WHEN '{name}' THEN r.{name}" for name in BASES if name != "tag")
    return f"CASE {basis} {cases} WHEN 'tag' THEN {tag} END"


# === PLAIN === #


def get_plain_sql(aggregations, bases, dimensions, has_filters, has_values):
    """The statement for plain meters. Everything that no meter of this call asks for is left out of it.

    dimensions: "stream" where all that are asked for are those of streams, "row" where others are too, else "none".
    """
    by_row = dimensions == "row"
    of_stream = {"stream": _get_dimensions_sql(is_of_stream=True), "row": "b.dimensions", "none": "'{}'::text[]"}
    one_basis = f"r.{next(iter(bases))}" if len(bases) == 1 else _get_number_sql("q.basis")
    stream = "JOIN cloud_usage_stream s ON s.id = a.stream_id" if by_row or has_filters else ""
    return f"""
            WITH request AS ({_get_request_sql()}),
            counted AS (
                SELECT q.position, q.aggregation, r.stream_id,
                       {f"{_get_dimensions_sql()} AS dimensions," if by_row else ""}
                       {f"{_get_number_sql('m.value_basis')} AS value," if has_values else ""}
                       {one_basis} AS number, {", ".join(f"r.{name}" for name in _COSTS)}
                  FROM request q
                  JOIN {ASSIGNMENT_TABLE} a ON a.subscription_line_id = q.line_id
                  {stream}
                  {"LEFT JOIN cloud_meter m ON m.id = q.meter_id" if has_values else ""}{_ROW_JOINS}
                 WHERE a.company_id = %(company_id)s
                   AND {rows_as_of("%(number)s")}
                   AND {owners_as_of("%(number)s")}
                   AND {IN_STRETCH}
                   AND {_IN_BOUNDS}
                   {f"AND {passes_filters('q.meter_id', 'stream')}" if has_filters else ""}
            ),
            by_stream AS (
                SELECT position, stream_id, {"dimensions," if by_row else ""}
                       {_choose(aggregations, {name: _get_subtotal(name) for name in PLAIN})} AS number,
                       {_sum_all(_COSTS)},
                       {"SUM(value)" if has_values else "NULL::numeric"} AS value,
                       {"COUNT(value)" if has_values else "COUNT(*)"} AS value_count,
                       COUNT(*) AS row_count
                  FROM counted
              GROUP BY position, aggregation, stream_id{", dimensions" if by_row else ""}
            ),
            subtotal AS (
                SELECT q.position, q.aggregation, {_UNIT} AS unit, COALESCE(s.currency, '') AS currency,
                       {_PURSE} AS purse, {of_stream[dimensions]} AS dimensions, b.number * {_FACTOR} AS number,
                       {", ".join(f"b.{name}" for name in _COSTS)}, b.value, b.value_count, b.row_count,
                       {"m.value_basis IS NOT NULL" if has_values else "FALSE"} AS has_value
                  FROM by_stream b
                  JOIN request q ON q.position = b.position
                  JOIN cloud_usage_stream s ON s.id = b.stream_id
             {_METER}
            ),
            money AS (
                SELECT position, unit, currency, purse, dimensions, {_sum_all(_COSTS)},
                       SUM(row_count) AS row_count, SUM(value) AS value,
                       SUM(CASE WHEN has_value THEN value_count ELSE row_count END) AS event_count,
                       NULL::bigint AS bad_id, NULL::text AS bad_tag
                  FROM subtotal
              GROUP BY position, unit, currency, purse, dimensions
            ),
            quantity (position, unit, purse, dimensions, numerator, denominator) AS (
                SELECT position, unit, purse, dimensions,
                       {_choose(aggregations, {name: f"{function}(number)" for name, function in PLAIN.items()})},
                       1
                  FROM subtotal
              GROUP BY position, aggregation, unit, purse, dimensions
            )
            {_get_end_sql(has_bad=False)}"""


def _get_subtotal(aggregation):
    return "COUNT(*)::numeric" if aggregation == "count" else f"{PLAIN[aggregation]}(number)"


def _choose(aggregations, expressions):
    """The expression of the one aggregation that is asked for, or a CASE over those that are."""
    if len(aggregations) == 1:
        return expressions[next(iter(aggregations))]
    cases = " ".join(f"WHEN '{name}' THEN {expressions[name]}" for name in sorted(aggregations))
    return f"CASE aggregation {cases} END"


def _sum_all(names):
    return ", ".join(f"SUM({name}) AS {name}" for name in names)


# === ROWS === #


def get_rows_sql(aggregates):
    """The statement for meters that look at each row. aggregates: {aggregation: SQL text} of those asked for."""
    return f"""
            WITH request AS ({_get_request_sql()}),
            counted AS ({get_counted_rows_sql()}),
            money AS ({_get_money_sql("counted", "TRUE")}),
            quantity (position, unit, purse, dimensions, numerator, denominator) AS ({" UNION ALL ".join(aggregates)})
            {_get_end_sql(has_bad=True)}"""


def get_events_sql():
    """The statement for the values of single events, in the order of service, up to the limit."""
    return f"""
            WITH request AS ({_get_request_sql()}),
            counted AS ({get_counted_rows_sql()}),
            event AS (
                SELECT n.position, n.service_start, n.service_end, n.bad_tag,
                       CASE WHEN m.value_basis IS NULL THEN n.number ELSE n.value END AS number,
                       CASE WHEN m.value_basis IS NULL AND NOT ({_IS_ROUNDED_BY_ROW})
                            THEN {_DENOMINATOR} ELSE 1 END AS denominator
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


def get_counted_rows_sql():
    """Each row that a request counts, with its numbers: position, unit, purse, dimensions, key, number, value, ..."""
    return f"""
                SELECT q.position, q.aggregation, {_get_row_columns_sql()},
                       COALESCE({_get_named_sql("apart")}, '') AS key,
                       NULLIF({_get_named_sql("counted")}, '') AS item,
                       {_get_row_number_sql("t.number")} AS number,
                       {_get_bad_tag_sql()} AS bad_tag
                  {_get_row_sources_sql()}
                   AND {IN_STRETCH}
                   AND {_IN_BOUNDS}"""


def _get_row_columns_sql():
    return f"""{_UNIT} AS unit, COALESCE(s.currency, '') AS currency, {_PURSE} AS purse,
                       {_get_dimensions_sql()} AS dimensions,
                       r.id, r.service_start, r.service_end, {", ".join(f"r.{name}" for name in _COSTS)},
                       t.value, m.value_basis IS NOT NULL AS has_value"""


def _get_row_sources_sql():
    """FROM and WHERE, up to the bounds: rows with their meter and the numbers in their tags.

    OFFSET 0 keeps what a tag says from being looked up again wherever it is used.
    """
    return f"""FROM request q
                  JOIN {ASSIGNMENT_TABLE} a ON a.subscription_line_id = q.line_id
                  JOIN cloud_usage_stream s ON s.id = a.stream_id
             {_METER}{_ROW_JOINS}
    CROSS JOIN LATERAL (SELECT CASE q.basis WHEN 'tag' THEN {_get_tag_text("basis")} END AS basis_text,
                               CASE m.value_basis WHEN 'tag' THEN {_get_tag_text("value")} END AS value_text,
                               CASE WHEN m.operation_tag <> ''
                                    THEN lower(COALESCE({_get_tag_text("operation")}, '')) END AS operation
                        OFFSET 0) x
    CROSS JOIN LATERAL (SELECT {_get_number_sql("q.basis", parse_number("x.basis_text"))} AS number,
                               {_get_number_sql("m.value_basis", parse_number("x.value_text"))} AS value
                        OFFSET 0) t
                 WHERE a.company_id = %(company_id)s
                   AND {rows_as_of("%(number)s")}
                   AND {owners_as_of("%(number)s")}
                   AND {passes_filters("m.id", "stream")}
                   AND {passes_filters("m.id", "row")}"""


def _get_tag_text(name):
    return f"NULLIF(btrim({get_tag_sql(f'm.{name}_tag')}), '')"


def _get_named_sql(name):
    """The text of the dimension that the meter's fields <name>_dimension and <name>_tag name."""
    named = f"CASE m.{name}_dimension WHEN 'tag' THEN 'tag:' || m.{name}_tag ELSE m.{name}_dimension END"
    return f"CASE WHEN m.{name}_dimension IS NOT NULL THEN {get_dimension_sql(f'({named})')} END"


def _get_row_number_sql(number):
    """A row's number in the meter's unit: times the common denominator, or rounded, which divides by it."""
    scaled = f"({number} * {_FACTOR})"
    rounded = round_number(scaled, f"(m.rounding_step * {_DENOMINATOR})", "m.rounding")
    return f"CASE WHEN {_IS_ROUNDED_BY_ROW} THEN m.rounding_step * {rounded} ELSE {scaled} END"


def _get_bad_tag_sql():
    """The tag that does not say what it should: a number, or add or remove."""
    return """CASE WHEN x.basis_text IS NOT NULL AND t.number IS NULL THEN m.basis_tag
                            WHEN x.value_text IS NOT NULL AND t.value IS NULL THEN m.value_tag
                            WHEN x.operation NOT IN ('add', 'remove') THEN m.operation_tag END"""


# === STATES === #


def get_states_sql(aggregates):
    """The statement for meters of levels. aggregates: as in get_rows_sql.

    A level holds from its row until the next row of its key, but not longer than the stream belongs to the line: who
    takes a stream over takes over its level. So a row from before the stretch, or from before it was the line's, begins
    to hold where the stretch begins. Of several rows of one instant that which ends last holds, and of those the one
    with the largest number, whatever the order in which they were delivered.
    """
    return f"""
            WITH request AS ({_get_request_sql(has_frame=True)}),
            counted AS (
                SELECT q.position, q.aggregation, m.weighting, q.full_seconds, q.tz,
                       COALESCE(q.full_days,
                                (((q.level_end - interval '1 microsecond') AT TIME ZONE 'UTC') AT TIME ZONE q.tz)::date
                                - ((q.level_start AT TIME ZONE 'UTC') AT TIME ZONE q.tz)::date + 1) AS full_days,
                       {_get_row_columns_sql()},
                       COALESCE(CASE q.aggregation WHEN 'unique_count' THEN {_get_named_sql("counted")}
                                                   ELSE {_get_named_sql("apart")} END, '') AS key,
                       CASE WHEN q.aggregation <> 'unique_count' THEN {_get_row_number_sql("t.number")}
                            WHEN COALESCE({_get_named_sql("counted")}, '') = '' THEN NULL
                            WHEN x.operation = 'add' THEN 1
                            WHEN x.operation = 'remove' THEN 0 END AS number,
                       {_get_bad_tag_sql()} AS bad_tag,
                       GREATEST(r.service_start, a.utc_start, q.level_start) AS starts,
                       LEAST(a.utc_end, q.level_end) AS stops,
                       {IS_EVENT} AS is_event
                  {_get_row_sources_sql()}
                   AND (({IS_EVENT}) OR ({IS_RECURRING} AND {_IS_BEFORE}))
            ),
            level AS (
                SELECT *, number IS NOT NULL AND ends > starts AS is_held, number IS NOT NULL AND is_newest AS is_last
                  FROM (SELECT *,
                               LEAST(LEAD(starts) OVER in_order, stops) AS ends,
                               LEAD(starts) OVER in_order IS NULL AS is_newest
                          FROM counted
                        WINDOW in_order AS (PARTITION BY position, key, number IS NULL
                                                ORDER BY starts, service_start, service_end, number)) following
            ),
            money AS ({_get_money_sql("level", "is_event")}
                HAVING bool_or({_IS_COUNTED})),
            quantity (position, unit, purse, dimensions, numerator, denominator) AS ({" UNION ALL ".join(aggregates)})
            {_get_end_sql(has_bad=True)}"""


# The SQL that says which rows are of the stretch itself, and which from before it may still hold within it.
IS_EVENT = f"""{IN_STRETCH}
                   AND {_IN_BOUNDS}"""
_IS_BEFORE = """r.service_start < LEAST(a.utc_end, q.level_end)
                   AND (a.utc_end IS NULL OR a.utc_end > q.level_start)
                   AND (q.billing_month IS NULL OR r.billing_month IS NULL OR r.billing_month <= q.billing_month)"""
IS_RECURRING = """CASE q.aggregation WHEN 'unique_count' THEN m.operation_tag <> '' ELSE m.is_recurring END"""
# Of the rows from before, those whose level still held; that a value was removed long ago is no usage.
_IS_COUNTED = """is_event OR CASE aggregation WHEN 'latest' THEN is_last
                                                        WHEN 'unique_count' THEN is_held AND number = 1
                                                        ELSE is_held END"""


# === WHAT ALL HAVE === #


def _get_money_sql(source, is_event):
    """Costs, values and counts by currency. Rows from before the stretch brought theirs to the stretch before."""
    costs = ", ".join(f"SUM({name}) FILTER (WHERE {is_event}) AS {name}" for name in _COSTS)
    is_counted = "TRUE" if source == "counted" else _IS_COUNTED
    return f"""
                SELECT position, unit, currency, purse, dimensions, {costs},
                       COUNT(*) FILTER (WHERE {is_counted}) AS row_count,
                       SUM(value) FILTER (WHERE {is_event}) AS value,
                       COUNT(*) FILTER (WHERE {is_event} AND (value IS NOT NULL OR NOT has_value)) AS event_count,
                       MIN(id) FILTER (WHERE bad_tag IS NOT NULL) AS bad_id,
                       (array_agg(bad_tag ORDER BY id) FILTER (WHERE bad_tag IS NOT NULL))[1] AS bad_tag
                  FROM {source}
              GROUP BY position, unit, currency, purse, dimensions"""


def _get_end_sql(has_bad):
    """The last SELECT: each currency of `money`, the first of a purse with its quantity, rounded by period."""
    numerator, denominator = (
        "n.numerator::numeric",
        f"(n.denominator * CASE WHEN {_IS_ROUNDED_BY_ROW} THEN 1 ELSE {_DENOMINATOR} END)",
    )
    rounded = round_number(numerator, f"(m.rounding_step * {denominator})", "m.rounding")
    is_rounded = "m.rounding <> 'none' AND m.rounding_scope = 'period'"
    bad = f"""jsonb_build_object('tag', k.bad_tag, 'text', {get_tag_sql("k.bad_tag")}, 'row', r.row_no,
                                      'file', f.name, 'import', i.name)"""
    return f"""
            SELECT k.position, k.unit, k.currency, k.dimensions,
                   (CASE WHEN {is_rounded} THEN m.rounding_step * {rounded} ELSE {numerator} END)::text,
                   (CASE WHEN {is_rounded} THEN 1 ELSE {denominator} END)::text,
                   {", ".join(f"k.{name}::text" for name in _COSTS)},
                   k.row_count::bigint, k.value::text, k.event_count::bigint,
                   {f"CASE WHEN k.bad_id IS NOT NULL THEN {bad} END" if has_bad else "NULL::jsonb"}
              FROM (SELECT *,
                           ROW_NUMBER() OVER (PARTITION BY position, unit, purse, dimensions ORDER BY currency) AS nth
                      FROM money) k
              JOIN request q ON q.position = k.position
         LEFT JOIN cloud_meter m ON m.id = q.meter_id
         LEFT JOIN quantity n ON n.position = k.position
                             AND n.unit = k.unit
                             AND n.purse = k.purse
                             AND n.dimensions = k.dimensions
                             AND k.nth = 1
         {
        f'''LEFT JOIN {ROW_TABLE} r ON r.id = k.bad_id
         LEFT JOIN cloud_usage_import i ON i.id = r.import_id
         LEFT JOIN cloud_usage_file f ON f.import_id = r.import_id AND f.sequence = r.file_sequence'''
        if has_bad
        else ""
    }
          ORDER BY k.position, k.unit, k.currency, k.dimensions"""
