"""The rows behind one figure, each by itself, for a proof of it."""

from .usage_counting import IS_RECURRING
from .usage_levels_sql import IS_BEFORE, IS_EVENT
from .usage_rows_sql import COSTS, get_dimensions_sql, get_named_sql, get_row_sources_sql
from .usage_totals_sql import get_request_sql


def get_single_rows_sql():
    """The statement for the rows of one request: what its meter reads in each of them, nothing converted or rounded.

    Columns: import_id, file_sequence, and those of the engine's proof.ROW_COLUMNS from `row` on. Of levels those from
    before the stretch are there too, where they may still hold in it.
    """
    key = f"CASE q.aggregation WHEN 'unique_count' THEN {get_named_sql('counted')} ELSE {get_named_sql('apart')} END"
    return f"""
            WITH request AS ({get_request_sql(has_frame=True)})
            SELECT r.import_id, r.file_sequence, r.row_no, r.service_start, r.service_end,
                   t.number::text, COALESCE(s.unit, ''), t.value::text, COALESCE(s.currency, ''),
                   {", ".join(f"r.{name}::text" for name in COSTS)},
                   COALESCE({key}, ''), x.operation, {IS_EVENT}, a.utc_start, a.utc_end, {get_dimensions_sql()}
              {get_row_sources_sql("%(number)s")}
               AND (({IS_EVENT}) OR (%(has_levels)s AND {IS_RECURRING} AND {IS_BEFORE}))
          ORDER BY r.service_start, r.id
             LIMIT %(limit)s"""
