"""Single rows as meters read them, as SQL text: unit, dimensions, numbers in tags, what is rounded row by row.

Aliases: q the request, a the assignment, s the stream, m the meter, c its conversion of the stream's unit, r the row, d
its delivery, e its exception.
"""

from .usage_counting import IN_STRETCH, owners_as_of, passes_filters, rows_as_of
from .usage_dimensions import get_dimension_sql, get_tag_sql
from .usage_numbers_sql import parse_number, round_number
from .usage_requests import BASES
from .usage_schema import ASSIGNMENT_TABLE, EXCEPTION_TABLE, ROW_TABLE

COSTS = ("cost_billed", "cost_effective", "cost_list", "cost_contracted")
# Only a quantity has the stream's unit; what is counted or paid has the meter's own, whatever the rows are in.
HAS_UNIT = "q.basis = 'quantity' AND q.aggregation NOT IN ('count', 'unique_count')"
UNIT = f"""CASE WHEN m.id IS NOT NULL AND (c.id IS NOT NULL OR NOT ({HAS_UNIT})) THEN COALESCE(m.unit, '')
                            ELSE COALESCE(s.unit, '') END"""
PURSE = "CASE WHEN q.basis LIKE 'cost%%' OR q.aggregation = 'value' THEN COALESCE(s.currency, '') ELSE '' END"
IS_ROUNDED_BY_ROW = "m.rounding <> 'none' AND m.rounding_scope = 'event'"
# Numbers are multiplied so that those of all units have one denominator; it is divided by once, at the end.
FACTOR = f"CASE WHEN {HAS_UNIT} THEN COALESCE(c.scaled_numerator, m.conversion_denominator, 1) ELSE 1 END"
DENOMINATOR = f"CASE WHEN {HAS_UNIT} THEN COALESCE(m.conversion_denominator, 1) ELSE 1 END"
METER = """LEFT JOIN cloud_meter m ON m.id = q.meter_id
     LEFT JOIN cloud_meter_conversion c ON c.meter_id = m.id AND c.unit = s.unit"""

ROW_JOINS = f"""
                  JOIN {ROW_TABLE} r ON r.stream_id = a.stream_id
                  JOIN cloud_usage_delivery d ON d.id = r.delivery_id
             LEFT JOIN {EXCEPTION_TABLE} e ON e.row_id = r.id"""
IN_BOUNDS = """(q.billing_month IS NULL OR r.billing_month = q.billing_month)
                   AND (q.utc_start IS NULL OR r.service_start >= q.utc_start)
                   AND (q.utc_end IS NULL OR r.service_start < q.utc_end)"""


def get_dimensions_sql(is_of_stream=False):
    return f"""ARRAY(SELECT COALESCE({get_dimension_sql("x.name", is_of_stream)}, '')
                               FROM unnest(q.names) WITH ORDINALITY AS x (name, nth)
                           ORDER BY nth)"""


def get_number_sql(basis, tag="NULL"):
    """The number of a row that a column names. tag: SQL text of the number in a tag."""
    cases = " ".join(f"WHEN '{name}' THEN r.{name}" for name in BASES if name != "tag")
    return f"CASE {basis} {cases} WHEN 'tag' THEN {tag} END"


def get_counted_rows_sql():
    """Each row that a request counts, with its numbers: position, unit, purse, dimensions, key, number, value, ..."""
    return f"""
                SELECT q.position, q.aggregation, {get_row_columns_sql()},
                       COALESCE({get_named_sql("apart")}, '') AS key,
                       NULLIF({get_named_sql("counted")}, '') AS item,
                       {get_row_number_sql("t.number")} AS number,
                       {get_bad_tag_sql()} AS bad_tag
                  {get_row_sources_sql("%(number)s")}
                   AND {IN_STRETCH}
                   AND {IN_BOUNDS}"""


def get_row_columns_sql():
    return f"""{UNIT} AS unit, COALESCE(s.currency, '') AS currency, {PURSE} AS purse,
                       {get_dimensions_sql()} AS dimensions,
                       r.id, r.service_start, r.service_end, {", ".join(f"r.{name}" for name in COSTS)},
                       t.value, m.value_basis IS NOT NULL AS has_value"""


def get_row_sources_sql(number):
    """FROM and WHERE, up to the bounds: rows with their meter and the numbers in their tags.

    OFFSET 0 keeps what a tag says from being looked up again wherever it is used.
    """
    return f"""FROM request q
                  JOIN {ASSIGNMENT_TABLE} a ON a.subscription_line_id = q.line_id
                  JOIN cloud_usage_stream s ON s.id = a.stream_id
             {METER}{ROW_JOINS}
    CROSS JOIN LATERAL (SELECT CASE q.basis WHEN 'tag' THEN {_get_tag_text("basis")} END AS basis_text,
                               CASE m.value_basis WHEN 'tag' THEN {_get_tag_text("value")} END AS value_text,
                               CASE WHEN m.operation_tag <> ''
                                    THEN lower(COALESCE({_get_tag_text("operation")}, '')) END AS operation
                        OFFSET 0) x
    CROSS JOIN LATERAL (SELECT {get_number_sql("q.basis", parse_number("x.basis_text"))} AS number,
                               {get_number_sql("m.value_basis", parse_number("x.value_text"))} AS value
                        OFFSET 0) t
                 WHERE a.company_id = %(company_id)s
                   AND {rows_as_of(number)}
                   AND {owners_as_of(number)}
                   AND {passes_filters("m.id", "stream")}
                   AND {passes_filters("m.id", "row")}"""


def _get_tag_text(name):
    return f"NULLIF(btrim({get_tag_sql(f'm.{name}_tag')}), '')"


def get_named_sql(name):
    """The text of the dimension that the meter's fields <name>_dimension and <name>_tag name."""
    named = f"CASE m.{name}_dimension WHEN 'tag' THEN 'tag:' || m.{name}_tag ELSE m.{name}_dimension END"
    return f"CASE WHEN m.{name}_dimension IS NOT NULL THEN {get_dimension_sql(f'({named})')} END"


def get_row_number_sql(number):
    """A row's number in the meter's unit: times the common denominator, or rounded, which divides by it."""
    scaled = f"({number} * {FACTOR})"
    rounded = round_number(scaled, f"(m.rounding_step * {DENOMINATOR})", "m.rounding")
    return f"CASE WHEN {IS_ROUNDED_BY_ROW} THEN m.rounding_step * {rounded} ELSE {scaled} END"


def get_bad_tag_sql():
    """The tag that does not say what it should: a number, or add or remove."""
    return """CASE WHEN x.basis_text IS NOT NULL AND t.number IS NULL THEN m.basis_tag
                            WHEN x.value_text IS NOT NULL AND t.value IS NULL THEN m.value_tag
                            WHEN x.operation NOT IN ('add', 'remove') THEN m.operation_tag END"""
