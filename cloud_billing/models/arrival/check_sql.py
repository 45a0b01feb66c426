"""The rows that break a check, as SQL texts: one branch per kind, columns (row_id, check_id, broken).

Aliases: c the check, s the stream, r the row, m what a delivery of the import brought for a stream. `broken` says by
which figures, as text, so that no digit is lost: `explain_broken` makes sentences of it.
"""

from ..usage.usage_dimensions import STREAM_DIMENSIONS, get_tag_sql
from ..usage.usage_schema import DAY_TABLE, EXCEPTION_TABLE, ROW_TABLE, SUMMARY_TABLE

_OF_STREAM = """(c.charge_kind IS NULL OR c.charge_kind = s.charge_kind)
                   AND (COALESCE(c.service, '') = '' OR c.service = s.service)"""
_LIVE = """(SELECT * FROM cloud_usage_delivery WHERE import_number > 0 AND superseded_number = 0) d"""
_MINE = f"""cloud_usage_check c
                  JOIN cloud_usage_delivery d ON d.import_id = %(import_id)s AND d.import_number > 0
                  JOIN {SUMMARY_TABLE} m ON m.delivery_id = d.id
                  JOIN cloud_usage_stream s ON s.id = m.stream_id"""
_ROWS = f"""JOIN {ROW_TABLE} r ON r.source_id = %(source_id)s
                                   AND r.scope = %(scope)s
                                   AND r.delivery_id = m.delivery_id
                                   AND r.stream_id = m.stream_id"""
_FIGURE = f"""CASE c.measure {
    " ".join(
        f"WHEN '{name}' THEN r.{name}"
        for name in ("quantity", "cost_billed", "cost_effective", "cost_list", "cost_contracted")
    )
} END"""

_RANGE = f"""
                SELECT r.id AS row_id, c.id AS check_id,
                       jsonb_build_object('code', 'range', 'measure', c.measure, 'value', ({_FIGURE})::text,
                                          'lowest', c.lowest::text, 'highest', c.highest::text) AS broken
                  FROM {_MINE}
                  {_ROWS}
                 WHERE c.id = ANY(%(range)s)
                   AND {_OF_STREAM}
                   AND (({_FIGURE}) < c.lowest OR ({_FIGURE}) > c.highest)"""

# Only streams that reach beyond a limit have rows to look at.
_TOO_OLD = "c.past_days > 0 AND {time} < %(now)s::timestamp - c.past_days * interval '1 day'"
_AHEAD = "c.future_days > 0 AND {time} > %(now)s::timestamp + c.future_days * interval '1 day'"
_REACHES = f"""({_TOO_OLD.format(time="m.first_service_start")}
                        OR {_AHEAD.format(time="m.last_service_start")})"""
_TIME = f"""
                SELECT r.id, c.id,
                       jsonb_build_object('code', CASE WHEN r.service_start < %(now)s THEN 'old' ELSE 'future' END,
                                          'value', r.service_start::text, 'past_days', c.past_days,
                                          'future_days', c.future_days)
                  FROM {_MINE}
                  {_ROWS}
                 WHERE c.id = ANY(%(time)s)
                   AND {_OF_STREAM}
                   AND {_REACHES}
                   AND ({_TOO_OLD.format(time="r.service_start")} OR {_AHEAD.format(time="r.service_start")})"""

# Of what a check looks at: the value, and of a unit the service within which it is known.
_STREAM_VALUE = "CASE WHEN c.kind = 'unit' THEN s.unit {} END".format(
    " ".join(f"WHEN c.dimension = '{name}' THEN s.{name}" for name in STREAM_DIMENSIONS if name != "charge_kind")
)
_SCOPE = "CASE WHEN c.kind = 'unit' THEN COALESCE(s.service, '') ELSE '' END"
_TAG_VALUE = get_tag_sql("c.tag")
_HAS_VALUES = "EXISTS (SELECT FROM cloud_usage_check_value v WHERE v.check_id = c.id)"


def _is_known(value):
    return f"""EXISTS (SELECT FROM cloud_usage_check_value v
                                    WHERE v.check_id = c.id
                                      AND v.scope = {_SCOPE}
                                      AND v.value = {value})"""


def _select_unknown(checks, value):
    return f"""
                SELECT r.id, c.id,
                       jsonb_build_object('code', c.kind, 'dimension', c.dimension, 'tag', c.tag, 'value', {value},
                                          'scope', {_SCOPE})
                  FROM {_MINE}
                  {_ROWS}
                 WHERE c.id = ANY(%({checks})s)
                   AND {_OF_STREAM}
                   AND {_HAS_VALUES}
                   AND COALESCE({value}, '') <> ''
                   AND NOT {_is_known(value)}"""


# The days that arrived, each with what is live of it now; beside it the same weekdays of the weeks before. The median
# is one of them, of an even number the lower one.
_SPIKE = f"""
                SELECT r.id, o.check_id,
                       jsonb_build_object('code', 'spike', 'measure', o.measure, 'value', o.total::text,
                                          'usual', o.usual::text, 'factor', o.factor::text, 'weeks', o.weeks,
                                          'day', o.day::text)
                  FROM (SELECT c.id AS check_id, c.measure, c.factor, c.weeks, t.stream_id, t.day,
                               CASE c.measure WHEN 'quantity' THEN t.quantity ELSE t.cost_billed END AS total,
                               percentile_disc(0.5) WITHIN GROUP (
                                   ORDER BY CASE c.measure WHEN 'quantity' THEN p.quantity ELSE p.cost_billed END
                               ) AS usual
                          FROM cloud_usage_check c
                          JOIN day_total t ON t.is_mine
                          JOIN cloud_usage_stream s ON s.id = t.stream_id
                          JOIN day_total p ON p.stream_id = t.stream_id
                                          AND p.day < t.day
                                          AND p.day >= t.day - 7 * c.weeks
                                          AND (t.day - p.day) %% 7 = 0
                         WHERE c.id = ANY(%(spike)s)
                           AND {_OF_STREAM}
                      GROUP BY c.id, t.stream_id, t.day, t.quantity, t.cost_billed
                        HAVING COUNT(*) > 1) o
                  JOIN cloud_usage_delivery d ON d.import_id = %(import_id)s AND d.import_number > 0
                  JOIN {ROW_TABLE} r ON r.source_id = %(source_id)s
                                    AND r.scope = %(scope)s
                                    AND r.delivery_id = d.id
                                    AND r.stream_id = o.stream_id
                                    AND ((r.service_start AT TIME ZONE 'UTC') AT TIME ZONE %(tz)s)::date = o.day
                  JOIN cloud_usage_check c ON c.id = o.check_id
                 WHERE o.total > c.factor * o.usual
                   AND o.total - o.usual >= c.minimum"""
_DAY_TOTAL = f"""
            day_total AS MATERIALIZED (
                SELECT y.stream_id, y.day, SUM(y.quantity) AS quantity, SUM(y.cost_billed) AS cost_billed,
                       BOOL_OR(d.import_id = %(import_id)s) AS is_mine
                  FROM {DAY_TABLE} y
                  JOIN {_LIVE} ON d.id = y.delivery_id
                 WHERE y.source_id = %(source_id)s
                   AND y.day >= (SELECT MIN(y.day) - 7 * 26
                                   FROM {DAY_TABLE} y
                                   JOIN cloud_usage_delivery d ON d.id = y.delivery_id AND d.import_id = %(import_id)s)
              GROUP BY y.stream_id, y.day
            )"""

BRANCHES = {
    "range": _RANGE,
    "time": _TIME,
    "stream_value": _select_unknown("stream_value", _STREAM_VALUE),
    "tag_value": _select_unknown("tag_value", _TAG_VALUE),
    "spike": _SPIKE,
}


def get_branch(check):
    """The name of the branch that looks for rows which break a check."""
    if check.kind in ("unit", "value"):
        return "tag_value" if check.kind == "value" and check.dimension == "tag" else "stream_value"
    return check.kind


def select_broken(branches) -> str:
    """The statement's beginning, WITH up to `broken` (row_id, check_id, broken), for the branches that have checks."""
    day_total = f"{_DAY_TOTAL}," if "spike" in branches else ""
    union = " UNION ALL ".join(BRANCHES[name] for name in sorted(branches, key=list(BRANCHES).index))
    return f"""
            WITH {day_total}
            broken (row_id, check_id, broken) AS ({union})"""


def select_reached() -> str:
    """Ids of the checks of `time` beyond whose limits a stream that arrived reaches: for the others no row is read."""
    return f"""
            SELECT c.id
              FROM cloud_usage_check c
             WHERE c.id = ANY(%(time)s)
               AND EXISTS (SELECT
                             FROM cloud_usage_delivery d
                             JOIN {SUMMARY_TABLE} m ON m.delivery_id = d.id
                             JOIN cloud_usage_stream s ON s.id = m.stream_id
                            WHERE d.import_id = %(import_id)s
                              AND d.import_number > 0
                              AND {_OF_STREAM}
                              AND {_REACHES})"""


def select_arrived_values(has_tags) -> str:
    """Rows (check_id, scope, value): what live rows of the checks' sources say, but for those that are held.

    Parameters: stream_value and tag_value, ids of checks. Only for tags are rows read.
    """
    of_tags = f"""
         UNION
            SELECT c.id, '', {_TAG_VALUE}
              FROM cloud_usage_check c
              JOIN {_LIVE} ON d.source_id = c.source_id
              JOIN {ROW_TABLE} r ON r.source_id = c.source_id AND r.delivery_id = d.id
              JOIN cloud_usage_stream s ON s.id = r.stream_id
         LEFT JOIN {EXCEPTION_TABLE} e ON e.row_id = r.id AND e.to_number = 0 AND e.kind = 'held'
             WHERE c.id = ANY(%(tag_value)s)
               AND {_OF_STREAM}
               AND e.id IS NULL
               AND {_TAG_VALUE} <> ''"""
    return f"""
            WITH held AS (
                SELECT r.delivery_id, r.stream_id, COUNT(*) AS row_count
                  FROM {EXCEPTION_TABLE} e
                  JOIN {ROW_TABLE} r ON r.id = e.row_id
                 WHERE e.to_number = 0
                   AND e.kind = 'held'
              GROUP BY r.delivery_id, r.stream_id
            )
            SELECT c.id, {_SCOPE}, {_STREAM_VALUE}
              FROM cloud_usage_check c
              JOIN {_LIVE} ON d.source_id = c.source_id
              JOIN {SUMMARY_TABLE} m ON m.delivery_id = d.id
              JOIN cloud_usage_stream s ON s.id = m.stream_id
         LEFT JOIN held h ON h.delivery_id = m.delivery_id AND h.stream_id = m.stream_id
             WHERE c.id = ANY(%(stream_value)s)
               AND {_OF_STREAM}
               AND m.row_count > COALESCE(h.row_count, 0)
               AND {_STREAM_VALUE} <> ''
            {of_tags if has_tags else ""}"""
