from odoo import models

from .usage_chunks import COPY_COLUMNS
from .usage_schema import EXCEPTION_TABLE, ROW_TABLE
from .usage_store import KEPT_COLUMNS

# A quarantined row is kept as text; here each value gets its type back.
_TYPES = {
    "stream_id": "integer", "row_key": "bytea", "payload_hash": "bytea", "external_id": "text",
    "service_start": "timestamp", "service_end": "timestamp", "billing_month": "date",
    "quantity": "numeric", "cost_billed": "numeric", "cost_effective": "numeric", "cost_list": "numeric",
    "cost_contracted": "numeric", "resource": "text", "tags": "jsonb",
}  # fmt: skip
# The live former versions of the rows of a correction, each with the number from which it is replaced.
_FORMER = f"""
                   FROM cloud_usage_delivery d
                   JOIN {ROW_TABLE} r ON r.delivery_id = d.id
                                     AND r.scope = 0
                                     AND r.ordinal > 0
                   JOIN {ROW_TABLE} former ON former.source_id = r.source_id
                                          AND former.scope = 0
                                          AND former.row_key = r.row_key
                                          AND former.ordinal < r.ordinal
                   JOIN cloud_usage_delivery f ON f.id = former.delivery_id
                                              AND f.import_number > 0
                                              AND f.superseded_number = 0
                  WHERE d.import_id = %(import_id)s"""
_END_DECISIONS = f"""
            UPDATE {EXCEPTION_TABLE} e
               SET to_number = o.import_number,
                   end_reason = %(reason)s,
                   end_user_id = %(user_id)s,
                   ended_at = now() AT TIME ZONE 'UTC'
              FROM (SELECT former.id, d.import_number {_FORMER}) o
             WHERE e.row_id = o.id
               AND e.to_number = 0
               AND e.kind <> 'superseded'"""
_SUPERSEDE = f"""
            INSERT INTO {EXCEPTION_TABLE} (row_id, kind, from_number, reason, user_id)
        SELECT DISTINCT former.id, 'superseded', d.import_number, %(reason)s, %(user_id)s {_FORMER}
                    AND NOT EXISTS (SELECT FROM {EXCEPTION_TABLE} e WHERE e.row_id = former.id AND e.to_number = 0)"""


class CloudUsageStore(models.AbstractModel):
    """Versions of appended rows: an id that came again with other content, and what a person decided on it."""

    _inherit = "cloud.usage.store"

    # === BUSINESS: VERSIONS OF A ROW === #

    def _stage_versions(self, correction, rejects):
        """Insert the new versions of quarantined rows, behind all former versions of their ids."""
        values = {
            "source_id": "q.source_id", "scope": "0", "import_id": "%(import_id)s", "delivery_id": "%(delivery_id)s",
            "file_sequence": "q.file_sequence", "row_no": "q.row_no", "ordinal": "COALESCE(former.last_ordinal + 1, 0)",
            **{name: f"(q.new_version->>'{name}')::{_TYPES[name]}" for name in KEPT_COLUMNS},
        }  # fmt: skip
        self.env.flush_all()
        self.env.cr.execute(
            f"""
            INSERT INTO {ROW_TABLE} ({", ".join(COPY_COLUMNS)})
                 SELECT {", ".join(values[name] for name in COPY_COLUMNS)}
                   FROM cloud_usage_reject q
     LEFT JOIN LATERAL (SELECT MAX(r.ordinal) AS last_ordinal
                          FROM {ROW_TABLE} r
                         WHERE r.source_id = q.source_id
                           AND r.scope = 0
                           AND r.row_key = (q.new_version->>'row_key')::bytea) former ON TRUE
                  WHERE q.id = ANY(%(reject_ids)s)
            """,
            {
                "import_id": correction.id,
                "delivery_id": self._get_deliveries(correction, [("", None)])["", None],
                "reject_ids": rejects.ids,
            },
        )

    def _end_versions(self, correction):
        """Take the former versions of the rows of a correction out, from its number on.

        One that was held or waived is that until then. What was accepted counts, whatever its former version was.
        """
        self.env.flush_all()
        values = {"reason": correction.name, "user_id": self.env.uid, "import_id": correction.id}
        for statement in (_END_DECISIONS, _SUPERSEDE):
            self.env.cr.execute(statement, values)
        self._refresh_streams(
            correction.company_id,
            f"""
            SELECT v.stream_id
              FROM cloud_usage_delivery d
              JOIN {ROW_TABLE} r ON r.delivery_id = d.id
                                AND r.scope = 0
                                AND r.ordinal > 0
              JOIN {ROW_TABLE} v ON v.source_id = r.source_id
                                AND v.scope = 0
                                AND v.row_key = r.row_key
             WHERE d.import_id = %s
            """,
            [correction.id],
        )

    def _get_versions(self, row_ids):
        """{row id: the row as a dict with numbers as text, and where it came from}; for people who compare versions."""
        values = ", ".join(f"'{name}', r.{name}::text" for name in KEPT_COLUMNS)
        self.env.cr.execute(
            f"""
            SELECT r.id,
                   jsonb_build_object('import', i.name, 'file', f.name, 'row_no', r.row_no, {values})
              FROM {ROW_TABLE} r
              JOIN cloud_usage_import i ON i.id = r.import_id
         LEFT JOIN cloud_usage_file f ON f.import_id = r.import_id AND f.sequence = r.file_sequence
             WHERE r.id = ANY(%s)
            """,
            [row_ids],
        )
        return dict(self.env.cr.fetchall())
