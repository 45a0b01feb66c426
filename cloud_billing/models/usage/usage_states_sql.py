"""The statement that counts live rows in every way there is: directly, by state, by summaries, and as imports say."""

from .usage_schema import EXCEPTION_TABLE, ROW_TABLE, STATE_VIEW, SUMMARY_TABLE

# Rows (what, name, row count, ids or rows found as text, cost as text). One each of live, state and summary; of imports
# those that do not add up. What an import took is in a state, has ended with its month, or was replaced by an accepted
# version; what it did not take stands in the register of what is, or was, to be resolved.
PROOF = f"""
     WITH by_state AS MATERIALIZED (
            SELECT v.delivery_id, COUNT(*) AS row_count, SUM(v.id) AS ids, SUM(v.cost_billed) AS cost_billed
              FROM {STATE_VIEW} v
             WHERE v.company_id = %(company_id)s
               AND v.state IN %(states)s
          GROUP BY v.delivery_id
          ),
          replaced AS MATERIALIZED (
            SELECT r.import_id, COUNT(*) AS row_count
              FROM {EXCEPTION_TABLE} e
              JOIN {ROW_TABLE} r ON r.id = e.row_id
              JOIN cloud_usage_delivery d ON d.id = r.delivery_id
             WHERE d.company_id = %(company_id)s
               AND d.superseded_number = 0
               AND e.kind = 'superseded'
          GROUP BY r.import_id
          ),
          delivered AS (
            SELECT d.import_id,
                   SUM(CASE WHEN d.superseded_number > 0 THEN d.row_count ELSE b.row_count END) AS row_count
              FROM cloud_usage_delivery d
         LEFT JOIN by_state b ON b.delivery_id = d.id
             WHERE d.company_id = %(company_id)s
               AND d.import_number > 0
          GROUP BY d.import_id
          ),
          waiting AS (
            SELECT import_id, COUNT(*) AS row_count
              FROM cloud_usage_reject
             WHERE company_id = %(company_id)s
          GROUP BY import_id
          ),
          said AS (
            SELECT i.id, i.name, i.rows_accepted AS says,
                   COALESCE(d.row_count, 0) + COALESCE(p.row_count, 0) AS found
              FROM cloud_usage_import i
         LEFT JOIN delivered d ON d.import_id = i.id
         LEFT JOIN replaced p ON p.import_id = i.id
             WHERE i.company_id = %(company_id)s
               AND i.state IN ('imported', 'undone')
         UNION ALL
            SELECT i.id, i.name || ' ?', i.rows_quarantined + i.rows_rejected, COALESCE(w.row_count, 0)
              FROM cloud_usage_import i
         LEFT JOIN waiting w ON w.import_id = i.id
             WHERE i.company_id = %(company_id)s
               AND i.state IN ('imported', 'undone')
          )
   SELECT 'live', NULL, COUNT(*), SUM(r.id)::text, SUM(r.cost_billed)::text
     FROM {ROW_TABLE} r
     JOIN cloud_usage_delivery d ON d.id = r.delivery_id
    WHERE d.company_id = %(company_id)s
      AND d.import_number > 0
      AND d.superseded_number = 0
      AND NOT EXISTS (SELECT FROM {EXCEPTION_TABLE} e WHERE e.row_id = r.id AND e.kind = 'superseded')
UNION ALL
   SELECT 'state', NULL, COALESCE(SUM(row_count), 0)::bigint, SUM(ids)::text, SUM(cost_billed)::text
     FROM by_state
UNION ALL
   SELECT 'summary', NULL,
          (COALESCE(SUM(s.row_count), 0) - (SELECT COALESCE(SUM(row_count), 0) FROM replaced))::bigint, NULL, NULL
     FROM {SUMMARY_TABLE} s
     JOIN cloud_usage_delivery d ON d.id = s.delivery_id
    WHERE d.company_id = %(company_id)s
      AND d.import_number > 0
      AND d.superseded_number = 0
UNION ALL
  (SELECT 'import', name, says, found::text, NULL
     FROM said
    WHERE says <> found
 ORDER BY id
    LIMIT %(most)s)
"""
