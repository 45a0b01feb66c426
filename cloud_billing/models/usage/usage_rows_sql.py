"""Single rows as meters read them, as SQL text: unit, dimensions, numbers in tags, what is rounded row by row.

Aliases: q the request, or the place made of it, a the assignment, s the stream, m the meter, c its conversion of the
stream's unit, r the row, d its delivery. `reads` is a Reads: what no meter reads is not in the text.
"""

from .usage_counting import owners_as_of, passes_filters, rows_as_of
from .usage_dimensions import get_combination_sql, get_dimension_sql, get_tag_sql
from .usage_numbers_sql import parse_number, round_number
from .usage_requests import BASES
from .usage_schema import ASSIGNMENT_TABLE, ROW_TABLE

COSTS = ("cost_billed", "cost_effective", "cost_list", "cost_contracted")
# Only a quantity has the stream's unit; what is counted or paid has the meter's own, whatever the rows are in. Texts by
# which groups are sorted are compared by their bytes, which is several times faster than by a language.
_HAS_UNIT = "q.basis = 'quantity' AND q.aggregation NOT IN ('count', 'unique_count')"
_BY_BYTES = 'COLLATE "C"'
UNIT = f"""CASE WHEN m.id IS NOT NULL AND (c.id IS NOT NULL OR NOT ({_HAS_UNIT})) THEN COALESCE(m.unit, '')
                            ELSE COALESCE(s.unit, '') END {_BY_BYTES}"""
CURRENCY = f"COALESCE(s.currency, '') {_BY_BYTES}"
PURSE = f"CASE WHEN q.basis LIKE 'cost%%' OR q.aggregation = 'value' THEN {CURRENCY} ELSE '' END {_BY_BYTES}"
IS_ROUNDED_BY_ROW = "m.rounding <> 'none' AND m.rounding_scope = 'event'"
# Numbers are multiplied so that those of all units have one denominator; it is divided by once, at the end.
FACTOR = f"CASE WHEN {_HAS_UNIT} THEN COALESCE(c.scaled_numerator, m.conversion_denominator, 1) ELSE 1 END"
DENOMINATOR = f"CASE WHEN {_HAS_UNIT} THEN COALESCE(m.conversion_denominator, 1) ELSE 1 END"
METER = """LEFT JOIN cloud_meter m ON m.id = q.meter_id
     LEFT JOIN cloud_meter_conversion c ON c.meter_id = m.id AND c.unit = s.unit"""

ROW_JOINS = f"""
                  JOIN {ROW_TABLE} r ON r.stream_id = a.stream_id
                  JOIN cloud_usage_delivery d ON d.id = r.delivery_id"""
OWNED = """(q.owned_from IS NULL OR r.service_start >= q.owned_from)
                   AND (q.owned_until IS NULL OR r.service_start < q.owned_until)"""
IN_BOUNDS = """(q.billing_month IS NULL OR r.billing_month = q.billing_month)
                   AND (q.utc_start IS NULL OR r.service_start >= q.utc_start)
                   AND (q.utc_end IS NULL OR r.service_start < q.utc_end)"""


def get_number_sql(basis, bases=frozenset(), tag="NULL"):
    """The number of a row that a column names. bases: its possible values, where known. tag: SQL text of a tag's."""
    if len(bases) == 1 and "tag" not in bases:
        return f"r.{next(iter(bases))}"
    cases = " ".join(f"WHEN '{name}' THEN r.{name}" for name in BASES if name != "tag")
    return f"CASE {basis} {cases} WHEN 'tag' THEN {tag} END"


def get_place_sql(as_of, reads, columns=""):
    """What a request counts of a stream for one stretch of ownership, and what all of its rows have in common.

    as_of: SQL text of a number, owners as of it.   columns: further ones of q, each with a comma before it.
    """
    filters = f"AND {passes_filters('m.id', 'stream')}" if reads.has_stream_filters else ""
    return f"""
                SELECT q.position, q.aggregation, q.basis, q.billing_month, q.utc_start, q.utc_end, q.meter_id,
                       q.dimensions{columns}, a.stream_id, a.utc_start AS owned_from, a.utc_end AS owned_until,
                       {UNIT} AS unit, {CURRENCY} AS currency, {PURSE} AS purse, {FACTOR} AS factor,
                       m.rounding_step * {DENOMINATOR} AS step, m.value_basis IS NOT NULL AS has_value
                  FROM request q
                  JOIN {ASSIGNMENT_TABLE} a ON a.subscription_line_id = q.line_id
                  JOIN cloud_usage_stream s ON s.id = a.stream_id
             {METER}
                 WHERE a.company_id = %(company_id)s
                   AND {owners_as_of(as_of)}
                   {filters}"""


def get_counted_rows_sql(reads):
    """Each row that a request counts, with its numbers: position, unit, purse, dimensions, key, number, value, ..."""
    key = f"COALESCE({get_named_sql('apart')}, '')" if reads.has_keys else "''"
    item = f"NULLIF({get_named_sql('counted')}, '')" if "unique_count" in reads.aggregations else "NULL::text"
    return f"""
                SELECT {get_row_columns_sql(reads)},
                       {key} AS key,
                       {item} AS item,
                       {get_row_number_sql(reads)} AS number
                  {get_row_sources_sql("%(number)s", reads)}
                   AND {OWNED}
                   AND {IN_BOUNDS}"""


def get_row_columns_sql(reads):
    return f"""q.position, q.aggregation, q.unit, q.currency, q.purse,
                       {get_combination_sql(reads.dimensions)} AS dimensions,
                       r.id, r.service_start, r.service_end, {", ".join(f"r.{name}" for name in COSTS)},
                       {_get_value_sql(reads)} AS value, q.has_value,
                       {_BAD_TAG if reads.has_tags else "NULL::text"} AS bad_tag"""


def get_row_sources_sql(as_of, reads):
    """FROM and WHERE, up to the bounds: rows of `place`, which is q here, with the numbers in their tags.

    OFFSET 0 keeps what a tag says from being looked up again wherever it is used.
    """
    filters = f"AND {passes_filters('m.id', 'row')}" if reads.has_row_filters else ""
    return f"""FROM place q
             {"JOIN cloud_usage_stream s ON s.id = q.stream_id" if reads.needs_stream() else ""}
             {"LEFT JOIN cloud_meter m ON m.id = q.meter_id" if reads.needs_meter() else ""}
                  JOIN {ROW_TABLE} r ON r.stream_id = q.stream_id
                  JOIN cloud_usage_delivery d ON d.id = r.delivery_id
             {_TAGS if reads.has_tags else ""}
                 WHERE {rows_as_of(as_of)}
                   {filters}"""


def _get_tag_text(name):
    return f"NULLIF(btrim({get_tag_sql(f'm.{name}_tag')}), '')"


_TAGS = f"""CROSS JOIN LATERAL (SELECT CASE q.basis WHEN 'tag' THEN {_get_tag_text("basis")} END AS basis_text,
                               CASE m.value_basis WHEN 'tag' THEN {_get_tag_text("value")} END AS value_text,
                               CASE WHEN m.operation_tag <> ''
                                    THEN lower(COALESCE({_get_tag_text("operation")}, '')) END AS operation
                        OFFSET 0) x
    CROSS JOIN LATERAL (SELECT {get_number_sql("q.basis", tag=parse_number("x.basis_text"))} AS number,
                               {get_number_sql("m.value_basis", tag=parse_number("x.value_text"))} AS value
                        OFFSET 0) t"""
# The tag that does not say what it should: a number, or add or remove.
_BAD_TAG = """CASE WHEN x.basis_text IS NOT NULL AND t.number IS NULL THEN m.basis_tag
                            WHEN x.value_text IS NOT NULL AND t.value IS NULL THEN m.value_tag
                            WHEN x.operation NOT IN ('add', 'remove') THEN m.operation_tag END"""


def get_named_sql(name):
    """The text of the dimension that the meter's fields <name>_dimension and <name>_tag name."""
    named = f"CASE m.{name}_dimension WHEN 'tag' THEN 'tag:' || m.{name}_tag ELSE m.{name}_dimension END"
    return f"CASE WHEN m.{name}_dimension IS NOT NULL THEN {get_dimension_sql(f'({named})')} END"


def get_row_number_sql(reads):
    """A row's number in the meter's unit: times the common denominator, or rounded, which divides by it."""
    number = "t.number" if reads.has_tags else get_number_sql("q.basis", reads.bases)
    scaled = f"({number} * q.factor)"
    if not reads.has_row_rounding:
        return scaled
    rounded = round_number(scaled, "q.step", "m.rounding")
    return f"CASE WHEN {IS_ROUNDED_BY_ROW} THEN m.rounding_step * {rounded} ELSE {scaled} END"


def _get_value_sql(reads):
    if not reads.has_values:
        return "NULL::numeric"
    return "t.value" if reads.has_tags else get_number_sql("m.value_basis")
