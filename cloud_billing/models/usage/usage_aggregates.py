"""What each aggregation makes of counted rows: SQL texts.

Each is a SELECT of position, unit, purse, dimensions, numerator, denominator.

A quantity is a quotient of two exact numbers; the division is Python's. `purse` is the currency where the number is
money, else empty: hours in two currencies have one maximum, costs have one in each. `key` is what is measured apart.

PLAIN ones are made of one subtotal per stream, whatever the rows are. ROWS need each row, STATES need to know for how
long each row's level holds; they read `level` (usage_levels_sql.py), the others `counted`.
"""

PLAIN = {"sum": "SUM", "value": "SUM", "count": "SUM", "max": "MAX", "min": "MIN"}
_GROUP = "position, unit, purse, dimensions"


def _each_alone(aggregation, function):
    return f"""
                SELECT {_GROUP}, SUM(number), 1
                  FROM (SELECT {_GROUP}, key, {function}(number) AS number
                          FROM counted
                         WHERE aggregation = '{aggregation}'
                      GROUP BY {_GROUP}, key) one
              GROUP BY {_GROUP}"""


def _simple(aggregation, numerator, denominator="1"):
    return f"""
                SELECT {_GROUP}, {numerator}, {denominator}
                  FROM counted
                 WHERE aggregation = '{aggregation}'
              GROUP BY {_GROUP}"""


ROWS = {
    "sum": _simple("sum", "SUM(number)"),
    "value": _simple("value", "SUM(number)"),
    "count": _simple("count", "COUNT(*)"),
    "average": _simple("average", "SUM(number)", "NULLIF(COUNT(number), 0)"),
    "unique_count": _simple("unique_count", "COUNT(DISTINCT item)"),
    "max": _each_alone("max", "MAX"),
    "min": _each_alone("min", "MIN"),
    # Rows of one instant are one sample: the ports of a customer are added up. In whole numbers, 95 % of the samples
    # rounded up (nearest rank) is all samples less 5 % rounded down (discard the top).
    "percentile_95": f"""
                SELECT {_GROUP}, SUM(number), 1
                  FROM (SELECT *,
                               ROW_NUMBER() OVER (PARTITION BY {_GROUP}, key ORDER BY number) AS nth,
                               COUNT(*) OVER (PARTITION BY {_GROUP}, key) AS sample_count
                          FROM (SELECT {_GROUP}, key, service_start, SUM(number) AS number
                                  FROM counted
                                 WHERE aggregation = 'percentile_95'
                                   AND number IS NOT NULL
                              GROUP BY {_GROUP}, key, service_start) sample) ranked
                 WHERE nth = sample_count - sample_count * 5 / 100
              GROUP BY {_GROUP}""",
}

_LOCAL_DAY = "(({moment} AT TIME ZONE 'UTC') AT TIME ZONE tz)::date"
_FIRST_DAY = _LOCAL_DAY.format(moment="starts")
# The end is exclusive: a level that ends at midnight does not touch the day that begins.
_LAST_DAY = _LOCAL_DAY.format(moment="(ends - interval '1 microsecond')")
_BY_SECONDS = f"""
                SELECT {_GROUP}, SUM(number * EXTRACT(EPOCH FROM ends - starts)), full_seconds
                  FROM level
                 WHERE aggregation = '{{aggregation}}'
                   AND weighting = 'seconds'
                   AND is_held
              GROUP BY {_GROUP}, full_seconds"""
# A day between the first and the last of a level is touched by that level alone; of the levels that touch a first or
# last day the highest counts. So no day needs a row of its own.
_BY_DAYS = f"""
                SELECT {_GROUP}, SUM(number * days), full_days
                  FROM (SELECT {_GROUP}, full_days, number, {_LAST_DAY} - {_FIRST_DAY} - 1 AS days
                          FROM level
                         WHERE aggregation = '{{aggregation}}'
                           AND weighting = 'days'
                           AND is_held
                           AND {_LAST_DAY} > {_FIRST_DAY} + 1
                     UNION ALL
                        SELECT {_GROUP}, full_days, number, 1
                          FROM (SELECT DISTINCT ON (position, key, day) *
                                  FROM (SELECT {_GROUP}, full_days, key, number, day
                                          FROM level
                                    CROSS JOIN LATERAL (SELECT {_FIRST_DAY} AS day UNION SELECT {_LAST_DAY}) touched
                                         WHERE aggregation = '{{aggregation}}'
                                           AND weighting = 'days'
                                           AND is_held) begun
                              ORDER BY position, key, day, number DESC, dimensions) highest) share
              GROUP BY {_GROUP}, full_days"""

STATES = {
    "latest": f"""
                SELECT {_GROUP}, SUM(number), 1
                  FROM level
                 WHERE aggregation = 'latest'
                   AND is_last
              GROUP BY {_GROUP}""",
    "time_weighted": f"{_BY_SECONDS} UNION ALL {_BY_DAYS}".format(aggregation="time_weighted"),
    "unique_count": f"""
                SELECT {_GROUP}, COUNT(DISTINCT key) FILTER (WHERE number = 1 AND is_held), 1
                  FROM level
                 WHERE aggregation = 'unique_count'
                   AND weighting IS NULL
                   AND (is_held OR is_event)
              GROUP BY {_GROUP}
         UNION ALL {_BY_SECONDS}
         UNION ALL {_BY_DAYS}""".format(aggregation="unique_count"),
}
