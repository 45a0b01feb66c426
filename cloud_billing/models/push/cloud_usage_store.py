from odoo import models

from ..usage.usage_schema import EXCEPTION_TABLE, ROW_TABLE
from ..usage.usage_store import COLUMN_LIST, COLUMNS_WITHOUT_ORDINAL, KEPT_COLUMNS, STAGE_TABLE
from .push_schema import CANCEL_TABLE

# What is known of a key: rows that count, or that will as soon as their import has its number. Rows of an undone import
# are not among them; those of a file that is being read may still come to nothing, so nothing is decided on them.
_FOUND = f"""
            SELECT MAX(r.ordinal) AS last_ordinal,
                   (array_agg(r.id ORDER BY r.ordinal DESC) FILTER (WHERE t.is_there))[1] AS current_id,
                   COALESCE(BOOL_OR(d.import_number = 0 AND d.is_pushed IS NOT TRUE), FALSE) AS is_being_read,
                   COALESCE(BOOL_OR(t.is_there AND r.payload_hash = k.payload_hash), FALSE) AS is_known
              FROM {ROW_TABLE} r
              JOIN cloud_usage_delivery d ON d.id = r.delivery_id
        CROSS JOIN LATERAL (SELECT d.superseded_number = 0
                                   AND (d.import_number > 0 OR d.is_pushed IS TRUE) AS is_there) t
             WHERE r.source_id = %(source_id)s
               AND r.scope = k.scope
               AND r.row_key = k.row_key"""
_IS_CANCELLED = f"EXISTS (SELECT FROM {CANCEL_TABLE} c WHERE c.row_id = f.current_id)"
# One round of a batch, in which every key stands once. Answers only for what was not accepted: (row_no, what, row id).
_STAGE = f"""
     WITH found AS MATERIALIZED (
            SELECT k.row_no, k.row_key, v.*
              FROM {STAGE_TABLE} k
CROSS JOIN LATERAL ({_FOUND}) v
          ),
          decided AS (
            SELECT f.*,
                   CASE WHEN f.is_being_read THEN 'being_read'
                        WHEN f.is_known THEN 'known'
                        WHEN f.current_id IS NULL THEN 'accepted'
                        WHEN f.row_no <> ALL(%(corrections)s) THEN 'quarantined'
                        WHEN {_IS_CANCELLED} THEN 'cancelled'
                        ELSE 'accepted'
                    END AS outcome
              FROM found f
          ),
          accepted AS (
            INSERT INTO {ROW_TABLE} ({COLUMN_LIST})
                 SELECT {COLUMNS_WITHOUT_ORDINAL.format(ordinal="COALESCE(f.last_ordinal + 1, 0)")}
                   FROM {STAGE_TABLE} s
                   JOIN decided f USING (row_no)
                  WHERE f.outcome = 'accepted'
            ON CONFLICT DO NOTHING
              RETURNING row_no
          ),
          quarantined AS (
            INSERT INTO cloud_usage_reject (
                import_id, source_id, company_id, kind, file_name, file_sequence, row_no, reason_code, value,
                known_row_id, content_hash, new_version, state, create_uid, create_date, write_uid, write_date
            )
                 SELECT %(import_id)s, %(source_id)s, %(company_id)s, 'quarantined', %(batch_name)s, s.file_sequence,
                        s.row_no, 'other_content', s.external_id, f.current_id::text,
                        encode(s.row_key || s.payload_hash, 'hex'),
                        jsonb_build_object({", ".join(f"'{name}', s.{name}::text" for name in KEPT_COLUMNS)}),
                        'open', %(user_id)s, now() AT TIME ZONE 'UTC', %(user_id)s, now() AT TIME ZONE 'UTC'
                   FROM {STAGE_TABLE} s
                   JOIN decided f USING (row_no)
                  WHERE f.outcome = 'quarantined'
                    AND NOT EXISTS (SELECT FROM cloud_usage_reject q
                                     WHERE q.source_id = %(source_id)s
                                       AND q.content_hash = encode(s.row_key || s.payload_hash, 'hex'))
              RETURNING row_no
          )
   SELECT f.row_no,
          CASE WHEN f.outcome = 'quarantined' AND q.row_no IS NULL THEN 'waiting' ELSE f.outcome END
     FROM decided f
LEFT JOIN accepted a USING (row_no)
LEFT JOIN quarantined q USING (row_no)
    WHERE a.row_no IS NULL
"""
_CANCEL = f"""
     WITH found AS MATERIALIZED (
            SELECT k.row_no, v.current_id, v.is_being_read
              FROM (SELECT row_no, row_key, 0 AS scope, ''::bytea AS payload_hash
                      FROM unnest(%(row_nos)s::int[], %(row_keys)s::bytea[]) x (row_no, row_key)) k
CROSS JOIN LATERAL ({_FOUND}) v
          ),
          cancelled AS (
            INSERT INTO {CANCEL_TABLE} (row_id, import_id, batch_id)
                 SELECT current_id, %(import_id)s, %(batch_id)s
                   FROM found f
                  WHERE current_id IS NOT NULL
                    AND NOT is_being_read
            ON CONFLICT DO NOTHING
              RETURNING row_id
          )
   SELECT f.row_no,
          CASE WHEN f.is_being_read THEN 'being_read'
               WHEN f.current_id IS NULL THEN 'nothing_to_cancel'
               ELSE 'known'
           END
     FROM found f
LEFT JOIN cancelled c ON c.row_id = f.current_id
    WHERE c.row_id IS NULL
"""
# What is held or waived of a row that its sender took back ends with that.
_END_DECISIONS = f"""
    UPDATE {EXCEPTION_TABLE} e
       SET to_number = %(number)s,
           end_reason = %(reason)s,
           end_user_id = %(user_id)s,
           ended_at = now() AT TIME ZONE 'UTC'
      FROM {CANCEL_TABLE} c
     WHERE c.import_id = %(import_id)s
       AND e.row_id = c.row_id
       AND e.to_number = 0
       AND e.kind <> 'superseded'
"""
# The newest version of a row is the one that is cancelled; of a row that was undone meanwhile nothing is left.
_WAIVE = f"""
    INSERT INTO {EXCEPTION_TABLE} (row_id, kind, from_number, reason, user_id)
         SELECT r.id, 'waived', %(number)s, %(reason)s, %(user_id)s
           FROM {CANCEL_TABLE} c
           JOIN {ROW_TABLE} r ON r.id = c.row_id
           JOIN cloud_usage_delivery d ON d.id = r.delivery_id
          WHERE c.import_id = %(import_id)s
            AND d.superseded_number = 0
            AND NOT EXISTS (SELECT FROM {EXCEPTION_TABLE} e WHERE e.row_id = r.id AND e.to_number = 0)
"""


class CloudUsageStore(models.AbstractModel):
    """Takes in events that were pushed, each with an answer, and settles corrections and cancellations."""

    _inherit = "cloud.usage.store"

    # === BUSINESS: EVENTS === #

    def _stage_events(self, usage_import, chunk, places, corrections):
        """Insert the rows of a Chunk in which every id stands once, into an import that collects.

        corrections: numbers of the rows that may replace what their id said before.   Returns {row_no: outcome} of all
        rows that were not accepted: known, quarantined, waiting (in quarantine already), or why it is refused.
        """
        self._intern(usage_import, chunk.new_places, places)
        self._fill_stage(self._copy_text(usage_import, chunk, chunk.lines, places))
        self.env.cr.execute("SET LOCAL enable_seqscan TO off")
        self.env.cr.execute(
            _STAGE,
            {
                "import_id": usage_import.id, "source_id": usage_import.source_id.id,
                "company_id": usage_import.company_id.id, "batch_name": chunk.file_name, "user_id": self.env.uid,
                "corrections": list(corrections),
            },
        )  # fmt: skip
        found = dict(self.env.cr.fetchall())
        self.env.cr.execute("SET LOCAL enable_seqscan TO DEFAULT")
        return found

    def _cancel_events(self, usage_import, batch_id, row_keys):
        """Note that rows were taken back by their sender. row_keys: {row_no: bytes}, each key once.

        Returns {row_no: outcome} of those that were not: known, or why it is refused.
        """
        self.env.cr.execute(
            _CANCEL,
            {
                "import_id": usage_import.id, "source_id": usage_import.source_id.id, "batch_id": batch_id,
                "row_nos": list(row_keys), "row_keys": list(row_keys.values()),
            },
        )  # fmt: skip
        return dict(self.env.cr.fetchall())

    # === BUSINESS: THE NUMBER === #

    def _settle_rows(self, usage_import, number):
        """Besides, end what corrections replace and what was cancelled; before checks look at what is left."""
        if usage_import.correction_count:
            self._end_versions(usage_import)
        if usage_import.cancelled_count:
            self._end_cancelled(usage_import, number)
        return super()._settle_rows(usage_import, number)

    def _end_cancelled(self, usage_import, number):
        self.env.flush_all()
        values = {
            "import_id": usage_import.id, "number": number, "user_id": self.env.uid,
            "reason": self.env._("Cancelled by its sender, with %(name)s.", name=usage_import.name),
        }  # fmt: skip
        for statement in (_END_DECISIONS, _WAIVE):
            self.env.cr.execute(statement, values)
        self.env.cr.execute(f"SELECT row_id FROM {CANCEL_TABLE} WHERE import_id = %s", [usage_import.id])
        self._refresh_rows(usage_import.company_id, [row_id for (row_id,) in self.env.cr.fetchall()])
