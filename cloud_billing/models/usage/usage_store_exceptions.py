from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .usage_schema import EXCEPTION_TABLE, ROW_TABLE, STATE_VIEW

_NAMED = 5


class CloudUsageStore(models.AbstractModel):
    """Single rows that people, or checks, take out of billing: held for review, waived, released again.

    Each decision holds from a number on, so usage as of an older number stays what it was; a released row counts again
    from the number of its release. What is billed stays billed: to change that is a correction, so it is refused here.
    """

    _inherit = "cloud.usage.store"

    # === BUSINESS: HELD, WAIVED, RELEASED === #

    def _hold_rows(self, company, rows, reason):
        """Keep live rows from being billed until somebody has looked; returns how many were not held before.

        rows: ids of usage rows, or an SQL that selects such ids. Rows of other companies, and rows that no longer
        count, are passed over. Raises UserError where one of them is billed.
        """
        return self._decide(company, rows, "held", reason)

    def _waive_rows(self, company, rows, reason):
        """Give live rows up: nobody will be billed for them. As _hold_rows, also for rows that were held."""
        return self._decide(company, rows, "waived", reason)

    def _release_rows(self, company, rows, reason):
        """Let rows that were held or waived count again from now on; returns how many. rows: as _hold_rows."""
        number = self._take_number(company)
        ended = self._end_decisions(company, as_ids(rows), ("held", "waived"), number, reason)
        self._settle_released(ended, number)
        self._refresh_rows(company, ended)
        return len(ended)

    def _settle_released(self, row_ids, number):
        """Hook: what follows from the release of rows under a number."""

    def _decide(self, company, rows, kind, reason):
        """Give rows this kind of exception, instead of the other kind where they had it."""
        # First of all: a snapshot older than the last number fails here, and the whole is run again.
        number = self._take_number(company)
        row_ids = self._find_rows(company, as_ids(rows), kind)
        others = tuple({"held", "waived"} - {kind})
        self._end_decisions(company, as_ids(row_ids), others, number, reason)
        self.env.execute_query(
            SQL(
                """
                INSERT INTO %(table)s (row_id, kind, from_number, reason, user_id)
                     SELECT x.id, %(kind)s, %(number)s, %(reason)s, %(user_id)s
                       FROM unnest(%(row_ids)s::bigint[]) x (id)
                  RETURNING id
                """,
                table=SQL(EXCEPTION_TABLE),
                kind=kind,
                number=number,
                reason=reason,
                user_id=self.env.uid,
                row_ids=row_ids,
            )
        )
        self._refresh_rows(company, row_ids)
        return len(row_ids)

    # === BUSINESS: WHAT AN IMPORT DOES TO THEM === #

    def _settle_rows(self, usage_import, number):
        """Decide on the rows of an import that just got its number, so that what is held counts at no number.

        What people decided of a row holds for the same row of the next delivery of its month. To hold more: extend.
        """
        self.env.execute_query(
            SQL(
                """
                INSERT INTO %(table)s (row_id, kind, from_number, reason, user_id)
                     SELECT r.id, o.kind, %(number)s, o.reason, o.user_id
                       FROM (%(decided)s) o
                       JOIN %(rows)s r ON r.source_id = o.source_id
                                      AND r.scope = %(scope)s
                                      AND r.row_key = o.row_key
                                      AND r.payload_hash = o.payload_hash
                                      AND (r.ordinal = o.ordinal OR %(by_id)s)
                       JOIN cloud_usage_delivery d ON d.id = r.delivery_id
                      WHERE d.import_id = %(import_id)s
                        AND d.import_number = %(number)s
                        AND o.to_number = 0
                        AND (o.kind = 'waived' OR o.check_id IS NULL)
                        AND NOT EXISTS (SELECT FROM %(table)s e WHERE e.row_id = r.id AND e.to_number = 0)
                  RETURNING id
                """,
                table=SQL(EXCEPTION_TABLE),
                rows=SQL(ROW_TABLE),
                decided=select_decided(usage_import),
                by_id=is_by_id(usage_import),
                number=number,
                scope=usage_import._get_scope(),
                import_id=usage_import.id,
            )
        )

    # === BUSINESS: THE STEPS === #

    def _find_rows(self, company, ids, kind):
        """The live ones of these rows that are not of this kind yet. Raises UserError where one is billed."""
        self.env.flush_all()
        found = self.env.execute_query(
            SQL(
                "SELECT v.id, v.state FROM %(view)s v WHERE v.company_id = %(company_id)s AND v.id IN (%(ids)s)",
                view=SQL(STATE_VIEW),
                company_id=company.id,
                ids=ids,
            )
        )
        if billed := [row_id for row_id, state in found if state == "billed"]:
            raise UserError(self._explain_billed(billed))
        return [row_id for row_id, state in found if state != kind]

    def _explain_billed(self, row_ids):
        records = self.env["cloud.usage.record"].browse(row_ids[:_NAMED])
        return self.env._(
            "%(count)s of these rows are billed (%(names)s), so they stay as they are. Undo the bill, or credit it;"
            " a delivery that says otherwise corrects it by itself.",
            count=len(row_ids),
            names="; ".join(records.mapped("display_name")) + ("…" if len(row_ids) > _NAMED else ""),
        )

    def _end_decisions(self, company, ids, kinds, number, reason):
        """End the open exceptions of these kinds, rows by the SQL of their ids; returns the ids of the rows."""
        ended = self.env.execute_query(
            SQL(
                """
                UPDATE %(table)s e
                   SET to_number = %(number)s,
                       end_reason = %(reason)s,
                       end_user_id = %(user_id)s,
                       ended_at = now() AT TIME ZONE 'UTC'
                  FROM %(rows)s r
                  JOIN cloud_usage_delivery d ON d.id = r.delivery_id
                 WHERE r.id = e.row_id
                   AND d.company_id = %(company_id)s
                   AND d.superseded_number = 0
                   AND e.to_number = 0
                   AND e.kind IN %(kinds)s
                   AND e.row_id IN (%(ids)s)
             RETURNING e.row_id
                """,
                table=SQL(EXCEPTION_TABLE),
                rows=SQL(ROW_TABLE),
                number=number,
                reason=reason,
                user_id=self.env.uid,
                company_id=company.id,
                kinds=kinds,
                ids=ids,
            )
        )
        return [row_id for (row_id,) in ended]

    def _refresh_rows(self, company, row_ids):
        """Write the figures of the streams of these rows anew; what is read of rows is asked anew too."""
        self._refresh_streams(company, f"SELECT stream_id FROM {ROW_TABLE} WHERE id = ANY(%s)", [list(row_ids)])
        self.env["cloud.usage.record"].invalidate_model()


def is_by_id(usage_import):
    """Whether a row's id names it: then its ordinal is a version of it, else the n-th of equal rows is its own."""
    return usage_import._is_append() and not usage_import._is_counted()


def select_decided(usage_import) -> SQL:
    """The last fact of each row of the import's source that was ever held or waived, by what the row says.

    Rows (source_id, row_key, payload_hash, ordinal, kind, to_number, reason, user_id, check_id). One whose to_number is
    above 0 was released.

    OFFSET keeps the planner from beginning with the source's rows: of a source that has just begun it knows of none,
    and would read all of them to find those few that anybody decided on.
    """
    return SQL(
        """
        SELECT DISTINCT ON (r.row_key, r.payload_hash, CASE WHEN %(by_id)s THEN 0 ELSE r.ordinal END)
               r.source_id, r.row_key, r.payload_hash, r.ordinal, e.kind, e.to_number, e.reason, e.user_id, e.check_id
          FROM %(table)s e
    CROSS JOIN LATERAL (SELECT * FROM %(rows)s WHERE id = e.row_id OFFSET 0) r
         WHERE r.source_id = %(source_id)s
           AND e.kind <> 'superseded'
      ORDER BY r.row_key, r.payload_hash, CASE WHEN %(by_id)s THEN 0 ELSE r.ordinal END, e.id DESC
        """,
        table=SQL(EXCEPTION_TABLE),
        rows=SQL(ROW_TABLE),
        source_id=usage_import.source_id.id,
        by_id=is_by_id(usage_import),
    )


def as_ids(rows):
    """The SQL that selects the ids of rows: rows itself, or made of ids."""
    return rows if isinstance(rows, SQL) else SQL("SELECT unnest(%s::bigint[])", list(rows))
