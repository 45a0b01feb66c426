"""The rows behind one figure, each by itself, for a proof of it."""

from .usage_counting import IS_RECURRING
from .usage_dimensions import get_combination_sql
from .usage_levels_sql import FRAME, IS_BEFORE, IS_EVENT
from .usage_rows_sql import COSTS, get_named_sql, get_place_sql, get_row_sources_sql
from .usage_totals_sql import get_request_sql


def get_single_rows_sql(reads):
    """The statement for the rows of one request: what its meter reads in each of them, nothing converted or rounded.

    Columns: import_id, file_sequence, and those of the engine's proof.ROW_COLUMNS from `row` on. Of levels those from
    before the stretch are there too, where they may still hold in it.
    """
    key = f"CASE q.aggregation WHEN 'unique_count' THEN {get_named_sql('counted')} ELSE {get_named_sql('apart')} END"
    frame = "".join(f", q.{name}" for name in FRAME)
    return f"""
            WITH request AS ({get_request_sql(has_frame=True)}),
            place AS MATERIALIZED ({get_place_sql("%(number)s", reads, frame)})
            SELECT r.import_id, r.file_sequence, r.row_no, r.service_start, r.service_end,
                   t.number::text, COALESCE(s.unit, ''), t.value::text, q.currency,
                   {", ".join(f"r.{name}::text" for name in COSTS)},
                   COALESCE({key}, ''), x.operation, {IS_EVENT}, q.owned_from, q.owned_until,
                   {get_combination_sql(reads.dimensions)}
              {get_row_sources_sql("%(number)s", reads)}
               AND (({IS_EVENT}) OR (%(has_levels)s AND {IS_RECURRING} AND {IS_BEFORE}))
          ORDER BY r.service_start, r.id
             LIMIT %(limit)s"""
