"""Conditions that say which rows count, as SQL text: for a charge, as of a number, within a stretch, by a meter.

Aliases: r the row, d its delivery, a the assignment, s the stream, c the charge.
"""

from ...hooks import USAGE_SCHEMA
from .usage_dimensions import STREAM_DIMENSIONS, get_dimension_sql

EXCEPTION_TABLE = f"{USAGE_SCHEMA}.row_exception"


def exceptions_as_of(number):
    """Conditions: exceptions e as of a number."""
    return f"""e.from_number <= {number}
                                      AND (e.to_number = 0 OR e.to_number > {number})"""


def was_out(row_id, number):
    """The condition that a row, its id as SQL text, was replaced, held or waived by itself as of a number."""
    return f"""EXISTS (SELECT FROM {EXCEPTION_TABLE} e
                                    WHERE e.row_id = {row_id}
                                      AND {exceptions_as_of(number)})"""


def deliveries_as_of(number):
    """Conditions: deliveries as of a number."""
    return f"""d.import_number BETWEEN 1 AND {number}
                   AND (d.superseded_number = 0 OR d.superseded_number > {number})"""


def rows_as_of(number):
    """Conditions: usage as of a number, in the delivery and the exceptions of a row."""
    return f"""{deliveries_as_of(number)}
                   AND NOT {was_out("r.id", number)}"""


def owners_as_of(number):
    """Conditions: owners and policies as of a number, in an assignment."""
    return f"""a.from_number <= {number}
                   AND (a.to_number = 0 OR a.to_number > {number})
                   AND a.policy = 'bill'"""


def as_of(number):
    """Conditions: usage, owners and policies as of a number. Their answer for one number never changes."""
    return f"""{rows_as_of(number)}
                   AND {owners_as_of(number)}"""


# A row belongs to the owner of the stretch in which its service starts.
IN_STRETCH = """(a.utc_start IS NULL OR r.service_start >= a.utc_start)
                   AND (a.utc_end IS NULL OR r.service_start < a.utc_end)"""

# A charge over a whole month of the provider is not cut: the rows of that month may be of service before or after it.
CHARGE_START = "CASE WHEN c.billing_month IS NULL OR c.service_start > c.billing_month THEN c.utc_start END"
CHARGE_END = """CASE WHEN c.billing_month IS NULL OR c.service_end < c.billing_month + interval '1 month'
                           THEN c.utc_end END"""

_STREAM_LEVEL = f"f.dimension IN ({', '.join(repr(name) for name in STREAM_DIMENSIONS)})"
_LEVELS = {"stream": f"AND {_STREAM_LEVEL}", "row": f"AND NOT {_STREAM_LEVEL}", "all": ""}
HAS_ROW_FILTER = f"EXISTS (SELECT FROM cloud_meter_filter f WHERE f.meter_id = m.id {_LEVELS['row']})"
HAS_STREAM_FILTER = f"EXISTS (SELECT FROM cloud_meter_filter f WHERE f.meter_id = m.id {_LEVELS['stream']})"


def passes_filters(meter_id, level="all"):
    """The condition that a row passes the filters of a meter.

    meter_id: SQL text.   level: stream (those that need s alone), row (those that need r), or all.
    """
    name = "CASE f.dimension WHEN 'tag' THEN 'tag:' || f.tag ELSE f.dimension END"
    value = f"COALESCE({get_dimension_sql(f'({name})', is_of_stream=level == 'stream')}, '')"
    starts = f"EXISTS (SELECT FROM unnest(string_to_array(f.value_list, E'\\n')) x WHERE starts_with({value}, x))"
    return f"""NOT EXISTS (SELECT FROM cloud_meter_filter f
                                    WHERE f.meter_id = {meter_id} {_LEVELS[level]}
                                      AND NOT CASE f.operator
                                              WHEN 'is' THEN {value} = ANY(string_to_array(f.value_list, E'\\n'))
                                              WHEN 'is_not' THEN {value} <> ALL(string_to_array(f.value_list, E'\\n'))
                                              WHEN 'starts_with' THEN {starts}
                                              ELSE NOT {starts} END)"""


# Whether a meter's periods start from what held before them.
IS_RECURRING = """CASE m.aggregation WHEN 'unique_count' THEN COALESCE(m.operation_tag, '') <> ''
                                          WHEN 'latest' THEN m.is_recurring
                                          WHEN 'time_weighted' THEN m.is_recurring
                                          ELSE FALSE END"""
