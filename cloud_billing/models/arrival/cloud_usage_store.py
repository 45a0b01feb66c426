from odoo import fields, models
from odoo.tools import SQL

from ..usage.usage_schema import EXCEPTION_TABLE, ROW_TABLE
from ..usage.usage_store_exceptions import is_by_id, select_decided
from . import check_sql


class CloudUsageStore(models.AbstractModel):
    """Checks hold rows in the transaction that makes them exist; what people release makes its value known."""

    _inherit = "cloud.usage.store"

    # === BUSINESS: CHECKS === #

    def _settle_rows(self, usage_import, number):
        result = super()._settle_rows(usage_import, number)
        checks = self.env["cloud.usage.check"].search([("source_id", "=", usage_import.source_id.id)])
        now = fields.Datetime.now()
        self.env["cloud.usage.seal"]._break(usage_import, number, now)
        if checks:
            self._hold_broken(usage_import, number, checks, now)
            self._learn(checks.filtered(lambda check: check.kind in ("unit", "value") and not check.value_count))
        return result

    def _withdraw(self, usage_import, number):
        ended = super()._withdraw(usage_import, number)
        self.env["cloud.usage.seal"]._break(usage_import, number, fields.Datetime.now())
        return ended

    def _hold_broken(self, usage_import, number, checks, now):
        """Hold the rows of an import that break checks, in one statement whatever their number; returns how many.

        Not those that a person released when they came before, nor those that people hold or waive.
        """
        self.env.flush_all()
        ids = {}
        for check in checks:
            ids.setdefault(check_sql.get_branch(check), []).append(check.id)
        if "time" in ids:
            ids["time"] = self._find_reached(usage_import, ids["time"], now)
        ids = {branch: check_ids for branch, check_ids in ids.items() if check_ids}
        if not ids:
            return 0
        # Constants of this module; what people typed are parameters.
        statement = f"""{check_sql.select_broken(ids)},
            decided AS (%(decided)s)
            INSERT INTO {EXCEPTION_TABLE} (row_id, kind, from_number, reason, user_id, check_id, broken)
                 SELECT b.row_id,
                        'held',
                        %(number)s,
                        (array_agg(c.name ORDER BY c.sequence, c.id))[1],
                        %(user_id)s,
                        (array_agg(c.id ORDER BY c.sequence, c.id))[1],
                        jsonb_agg(b.broken || jsonb_build_object('check', c.id) ORDER BY c.sequence, c.id)
                   FROM broken b
                   JOIN cloud_usage_check c ON c.id = b.check_id
                   JOIN {ROW_TABLE} r ON r.id = b.row_id
              LEFT JOIN decided o ON o.row_key = r.row_key
                                 AND o.payload_hash = r.payload_hash
                                 AND (o.ordinal = r.ordinal OR %(by_id)s)
                  WHERE COALESCE(o.to_number, 0) = 0
                    AND NOT EXISTS (SELECT FROM {EXCEPTION_TABLE} e WHERE e.row_id = r.id AND e.to_number = 0)
               GROUP BY b.row_id"""
        self.env.cr.execute(
            SQL(
                statement,
                decided=select_decided(usage_import),
                by_id=is_by_id(usage_import),
                source_id=usage_import.source_id.id,
                import_id=usage_import.id,
                scope=usage_import._get_scope(),
                tz=usage_import.source_id.tz,
                now=now,
                number=number,
                user_id=self.env.uid,
                **ids,
            )
        )
        return self.env.cr.rowcount

    def _find_reached(self, usage_import, check_ids, now):
        """Those checks of `time` that a row of the import may break, as the sums of its streams tell."""
        # Constants of this module; what people typed are parameters.
        query = SQL(check_sql.select_reached(), time=check_ids, import_id=usage_import.id, now=now)
        return [check_id for (check_id,) in self.env.execute_query(query)]

    def _learn(self, checks):
        """Take the values that have arrived for these checks, and are not held, as known."""
        if not checks:
            return
        self.env.flush_all()
        ids = {"stream_value": [], "tag_value": []}
        for check in checks.filtered(lambda one: one.kind in ("unit", "value")):
            ids[check_sql.get_branch(check)].append(check.id)
        self._add_values(SQL(check_sql.select_arrived_values(bool(ids["tag_value"])), **ids))

    def _settle_released(self, row_ids, number):
        """What a person lets through is known from now on."""
        result = super()._settle_released(row_ids, number)
        statement = f"""
            SELECT DISTINCT c.id, COALESCE(x.broken->>'scope', ''), x.broken->>'value'
              FROM {EXCEPTION_TABLE} e
        CROSS JOIN LATERAL jsonb_array_elements(e.broken) x (broken)
              JOIN cloud_usage_check c ON c.id = (x.broken->>'check')::int
             WHERE e.row_id = ANY(%(row_ids)s)
               AND e.to_number = %(number)s
               AND x.broken->>'code' IN ('unit', 'value')"""
        self._add_values(SQL(statement, row_ids=row_ids, number=number))
        return result

    def _refresh_rows(self, company, row_ids):
        result = super()._refresh_rows(company, row_ids)
        self.env["cloud.usage.exception"].invalidate_model()
        return result

    def _add_values(self, query):
        """Add the known values that an SQL selects, rows (check_id, scope, value), where they are not there yet."""
        self.env.cr.execute(
            SQL(
                """
            INSERT INTO cloud_usage_check_value (
                check_id, company_id, scope, value, create_uid, create_date, write_uid, write_date
            )
                 SELECT f.check_id, c.company_id, f.scope, f.value,
                        %(user_id)s, now() AT TIME ZONE 'UTC', %(user_id)s, now() AT TIME ZONE 'UTC'
                   FROM (%(query)s) f (check_id, scope, value)
                   JOIN cloud_usage_check c ON c.id = f.check_id
            ON CONFLICT DO NOTHING
                """,
                query=query,
                user_id=self.env.uid,
            )
        )
        self.env["cloud.usage.check.value"].invalidate_model()
