from odoo import models

from .usage_schema import EXCEPTION_TABLE, KNOWN_TABLE, ROW_TABLE
from .usage_store import COLUMN_LIST, COLUMNS_WITHOUT_ORDINAL, STAGE_TABLE


class CloudUsageStore(models.AbstractModel):
    """Appended rows without an id: equal rows are counted, and a delivery adds what it has more of than there is."""

    _inherit = "cloud.usage.store"

    # === BUSINESS: STAGING === #

    def _insert_counted(self, usage_import, chunk, text):
        """Insert rows that are known by what they say; returns (accepted, known, quarantined), the last always 0.

        The n-th of equal rows in a delivery is known where the source has n of them from other deliveries, and is new
        otherwise: reading a stretch of events again adds nothing, two equal events of one delivery are two. What a
        delivery says again of rows that are there is counted in KNOWN_TABLE until it gets its number, so that a stopped
        import goes on counting, whatever its size. A corrected row is one more: its like was never taken in.
        """
        self._fill_stage(text)
        self.env.cr.execute(
            f"""
            WITH ranked AS (
                SELECT s.*,
                       ROW_NUMBER() OVER (PARTITION BY row_key ORDER BY row_no) AS nth
                  FROM {STAGE_TABLE} s
            ),
            keys AS (
                SELECT k.row_key,
                       v.last_ordinal,
                       CASE WHEN %(is_correction)s THEN 0 ELSE v.there END AS there,
                       v.mine + COALESCE(n.row_count, 0) AS before
                  FROM (SELECT DISTINCT scope, row_key FROM {STAGE_TABLE}) k
            CROSS JOIN LATERAL (
                       SELECT MAX(r.ordinal) AS last_ordinal,
                              COUNT(*) FILTER (WHERE d.import_id = %(import_id)s) AS mine,
                              COUNT(*) FILTER (WHERE d.import_id <> %(import_id)s
                                                 AND d.import_number > 0
                                                 AND d.superseded_number = 0
                                                 AND e.row_id IS NULL) AS there
                         FROM {ROW_TABLE} r
                         JOIN cloud_usage_delivery d ON d.id = r.delivery_id
                    LEFT JOIN {EXCEPTION_TABLE} e ON e.row_id = r.id AND e.kind = 'superseded'
                        WHERE r.source_id = %(source_id)s
                          AND r.scope = k.scope
                          AND r.row_key = k.row_key) v
             LEFT JOIN {KNOWN_TABLE} n ON n.import_id = %(import_id)s AND n.row_key = k.row_key
            ),
            accepted AS (
                INSERT INTO {ROW_TABLE} ({COLUMN_LIST})
                     SELECT {
                COLUMNS_WITHOUT_ORDINAL.format(
                    ordinal="COALESCE(k.last_ordinal + 1, 0) + s.nth - 1 - GREATEST(k.there - k.before, 0)"
                )
            }
                       FROM ranked s
                       JOIN keys k USING (row_key)
                      WHERE k.before + s.nth > k.there
                  RETURNING 1
            ),
            known AS (
                INSERT INTO {KNOWN_TABLE} AS n (import_id, row_key, row_count)
                     SELECT %(import_id)s, row_key, COUNT(*)
                       FROM ranked s
                       JOIN keys k USING (row_key)
                      WHERE k.before + s.nth <= k.there
                   GROUP BY row_key
                ON CONFLICT (import_id, row_key) DO UPDATE SET row_count = n.row_count + excluded.row_count
            )
            SELECT COUNT(*) FROM accepted
            """,
            {
                "import_id": usage_import.id,
                "source_id": usage_import.source_id.id,
                "is_correction": bool(usage_import.correction_of_id),
            },
        )
        (accepted,) = self.env.cr.fetchone()
        return accepted, len(chunk.lines) - accepted, 0

    # === BUSINESS: TIDYING UP === #

    def _publish(self, usage_import, known_delivery_ids):
        self._forget_known(usage_import)
        return super()._publish(usage_import, known_delivery_ids)

    def _discard(self, usage_import):
        self._forget_known(usage_import)
        return super()._discard(usage_import)

    def _forget_known(self, usage_import):
        """What an import said again need not be counted any longer."""
        self.env.cr.execute(f"DELETE FROM {KNOWN_TABLE} WHERE import_id = %s", [usage_import.id])
