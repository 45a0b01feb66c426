import json
from decimal import Decimal
from typing import NamedTuple

from odoo import fields, models

from ...engine.numbers import to_text
from .usage_schema import ASSIGNMENT_TABLE, DAY_TABLE, EXCEPTION_TABLE, ROW_TABLE, SUMMARY_TABLE

# Halves of a row's digest as whole numbers: their sums tell two sets of rows apart, whatever the order of the rows.
_CONTENT = "CASE WHEN scope = 0 THEN payload_hash ELSE row_key END"
_HALF = f"SUM(('x' || encode(substr({_CONTENT}, %s, 8), 'hex'))::bit(64)::bigint)"
_LIVE = "d.import_number > 0 AND d.superseded_number = 0"


# Between the currencies of what is in several.
SEVERAL = ", "


class Difference(NamedTuple):
    """What one delivered month changes against the live one. Costs are billed costs, exact.

    currency: of both; where there are several, all of them ("EUR, USD") and no costs, for nobody adds those up.
    before_*: what is live now, 0 and None where the month is new.   removed_*: rows that nothing comes instead of.
    """

    delivery_id: int
    provider_account: str
    billing_month: str
    currency: str
    is_known: bool
    before_rows: int
    before_cost: Decimal | None
    after_rows: int
    after_cost: Decimal | None
    added_rows: int = 0
    changed_rows: int = 0
    removed_rows: int = 0
    removed_cost: Decimal | None = None


class CloudUsageStore(models.AbstractModel):
    """The last steps of an import: what it would change, the number that makes it exist, its undoing."""

    _inherit = "cloud.usage.store"

    # === BUSINESS: WHAT AN IMPORT BRINGS === #

    def _summarise(self, usage_import):
        """Write down what each delivery of the import brought for each stream, by day too. Can be run again."""
        delivery_ids = list(self._find_deliveries(usage_import).values())
        rows_of_import = "source_id = %(source_id)s AND scope = %(scope)s"
        if usage_import._is_append():
            rows_of_import = "scope = 0 AND delivery_id = ANY(%(delivery_ids)s)"
        values = {
            "source_id": usage_import.source_id.id, "scope": usage_import._get_scope(), "delivery_ids": delivery_ids,
            "tz": usage_import.source_id.tz,
        }  # fmt: skip
        for table in (SUMMARY_TABLE, DAY_TABLE):
            self.env.cr.execute(f"DELETE FROM {table} WHERE delivery_id = ANY(%(delivery_ids)s)", values)
        local = "service_start"
        if usage_import.source_id.tz != "UTC":
            local = "((service_start AT TIME ZONE 'UTC') AT TIME ZONE %(tz)s)"
        # One pass over the rows: what a stream brought is what its days did. They are sorted by the stream first, which
        # tells most of them apart; the delivery tells hardly any.
        self.env.cr.execute(
            f"""
            WITH day AS (
                SELECT stream_id,
                       {local}::date AS day,
                       delivery_id,
                       COUNT(*) AS row_count,
                       COUNT(*) FILTER (WHERE ordinal > 0 AND scope > 0) AS repeats,
                       SUM(quantity) AS quantity,
                       SUM(cost_billed) AS cost_billed,
                       SUM(cost_effective) AS cost_effective,
                       SUM(cost_list) AS cost_list,
                       SUM(cost_contracted) AS cost_contracted,
                       MIN(service_start) AS first_service_start,
                       MAX(service_start) AS last_service_start,
                       {_HALF % 1} AS content_high,
                       {_HALF % 9} AS content_low,
                       BIT_OR(1 << date_part('hour', {local})::int) AS hours
                  FROM {ROW_TABLE}
                 WHERE {rows_of_import}
              GROUP BY 1, 2, 3
            ),
            kept AS (
                INSERT INTO {DAY_TABLE} (
                    delivery_id, stream_id, day, source_id, row_count, repeats, quantity, cost_billed, hours
                )
                     SELECT delivery_id, stream_id, day, %(source_id)s, row_count, repeats, quantity, cost_billed, hours
                       FROM day
            )
            INSERT INTO {SUMMARY_TABLE}
                 SELECT delivery_id,
                        stream_id,
                        SUM(row_count),
                        SUM(quantity),
                        SUM(cost_billed),
                        SUM(cost_effective),
                        SUM(cost_list),
                        SUM(cost_contracted),
                        MIN(first_service_start),
                        MAX(last_service_start),
                        SUM(content_high),
                        SUM(content_low)
                   FROM day
               GROUP BY delivery_id, stream_id
            """,
            values,
        )
        self.env.cr.execute(
            f"""
            UPDATE cloud_usage_delivery d
               SET row_count = s.row_count,
                   cost_billed = s.cost_billed,
                   cost_effective = s.cost_effective,
                   cost_list = s.cost_list,
                   cost_contracted = s.cost_contracted,
                   content_hash = s.content_hash
              FROM (SELECT delivery_id,
                           SUM(row_count) AS row_count,
                           SUM(cost_billed) AS cost_billed,
                           SUM(cost_effective) AS cost_effective,
                           SUM(cost_list) AS cost_list,
                           SUM(cost_contracted) AS cost_contracted,
                           md5(SUM(row_count) || ' ' || SUM(content_high) || ' ' || SUM(content_low)) AS content_hash
                      FROM {SUMMARY_TABLE}
                     WHERE delivery_id = ANY(%s)
                  GROUP BY delivery_id) s
             WHERE d.id = s.delivery_id
            """,
            [delivery_ids],
        )

    def _get_differences(self, usage_import):
        """One Difference per month the snapshot import delivers, against what is live: the month and its corrections.

        Rows are compared only in streams whose summaries differ. A row is changed when another one comes for the same
        stream, service interval and resource; what is left over was added or removed.
        """
        # Rows that have just come are not in the statistics: taken for few, they would be read again for every stream.
        self.env.cr.execute("SET LOCAL enable_nestloop = off")
        self.env.cr.execute(
            f"""
            WITH mine AS (
                SELECT d.id, d.provider_account, d.billing_month, d.row_count, d.cost_billed, d.content_hash
                  FROM cloud_usage_delivery d
                 WHERE d.import_id = %(import_id)s
                   AND d.is_snapshot
            ),
            family AS (
                SELECT m.id AS mine_id, d.id, d.import_id, d.is_snapshot, d.row_count, d.cost_billed, d.content_hash
                  FROM mine m
                  JOIN cloud_usage_delivery d ON d.source_id = %(source_id)s
                                             AND d.provider_account = m.provider_account
                                             AND d.billing_month = m.billing_month
                                             AND {_LIVE}
            ),
            compared AS (
                SELECT mine_id, id AS delivery_id, import_id, -1 AS n FROM family
                 UNION ALL
                SELECT DISTINCT mine_id, mine_id, %(import_id)s, 1 FROM family
            ),
            streams AS (
                SELECT c.mine_id, s.stream_id
                  FROM compared c
                  JOIN {SUMMARY_TABLE} s USING (delivery_id)
              GROUP BY c.mine_id, s.stream_id
                HAVING SUM(c.n * s.row_count) <> 0
                    OR SUM(c.n * s.content_high) <> 0
                    OR SUM(c.n * s.content_low) <> 0
            ),
            keys AS (
                SELECT s.mine_id, r.row_key, r.stream_id, r.service_start, r.service_end, r.resource, r.cost_billed,
                       SUM(c.n) AS n
                  FROM {ROW_TABLE} r
                  JOIN compared c ON c.import_id = r.scope
                                 AND c.delivery_id = r.delivery_id
                  JOIN streams s ON s.mine_id = c.mine_id
                                AND s.stream_id = r.stream_id
                 WHERE r.source_id = %(source_id)s
                   AND r.scope IN (SELECT import_id FROM compared)
              GROUP BY s.mine_id, r.row_key, r.stream_id, r.service_start, r.service_end, r.resource, r.cost_billed
                HAVING SUM(c.n) <> 0
            ),
            places AS (
                SELECT mine_id,
                       COALESCE(SUM(n) FILTER (WHERE n > 0), 0) AS added,
                       COALESCE(-SUM(n) FILTER (WHERE n < 0), 0) AS removed,
                       -SUM(n * cost_billed) AS lost_cost
                  FROM keys
              GROUP BY mine_id, stream_id, service_start, service_end, resource
            ),
            changes AS (
                SELECT mine_id,
                       SUM(GREATEST(added - removed, 0)) AS added,
                       SUM(LEAST(added, removed)) AS changed,
                       SUM(GREATEST(removed - added, 0)) AS removed,
                       SUM(lost_cost) FILTER (WHERE removed > added) AS removed_cost
                  FROM places
              GROUP BY mine_id
            )
            SELECT m.id,
                   m.provider_account,
                   m.billing_month::text,
                   (SELECT COALESCE(string_agg(DISTINCT st.currency, '{SEVERAL}' ORDER BY st.currency), '')
                      FROM {SUMMARY_TABLE} s
                      JOIN cloud_usage_stream st ON st.id = s.stream_id AND st.currency <> ''
                     WHERE s.delivery_id = m.id
                        OR s.delivery_id IN (SELECT id FROM family WHERE mine_id = m.id)),
                   COALESCE(BOOL_OR(f.is_snapshot AND f.content_hash = m.content_hash), FALSE),
                   COALESCE(SUM(f.row_count), 0),
                   SUM(f.cost_billed)::text,
                   m.row_count,
                   m.cost_billed::text,
                   COALESCE(c.added, CASE WHEN COUNT(f.id) = 0 THEN m.row_count ELSE 0 END),
                   COALESCE(c.changed, 0),
                   COALESCE(c.removed, 0),
                   c.removed_cost::text
              FROM mine m
         LEFT JOIN family f ON f.mine_id = m.id
         LEFT JOIN changes c ON c.mine_id = m.id
          GROUP BY m.id, m.provider_account, m.billing_month, m.row_count, m.cost_billed,
                   c.added, c.changed, c.removed, c.removed_cost
          ORDER BY m.billing_month, m.provider_account
            """,
            {"import_id": usage_import.id, "source_id": usage_import.source_id.id},
        )
        found = self.env.cr.fetchall()
        self.env.cr.execute("SET LOCAL enable_nestloop TO DEFAULT")
        return [_make_difference(values) for values in found]

    def _get_currencies(self, delivery_ids):
        """{delivery id: currencies of what it brought, in order}; of none where nothing has one."""
        self.env.cr.execute(
            f"""
            SELECT s.delivery_id,
                   ARRAY_AGG(DISTINCT t.currency::text ORDER BY t.currency::text)
              FROM {SUMMARY_TABLE} s
              JOIN cloud_usage_stream t ON t.id = s.stream_id
             WHERE s.delivery_id = ANY(%s)
               AND t.currency <> ''
          GROUP BY s.delivery_id
            """,
            [list(delivery_ids)],
        )
        return dict(self.env.cr.fetchall())

    def _get_live_ids(self, usage_import):
        """Ids of the live deliveries of the months that the import delivers: what _get_differences compares with."""
        self.env.cr.execute(
            f"""
            SELECT DISTINCT d.id
              FROM cloud_usage_delivery m
              JOIN cloud_usage_delivery d ON d.source_id = m.source_id
                                         AND d.provider_account = m.provider_account
                                         AND d.billing_month = m.billing_month
                                         AND {_LIVE}
             WHERE m.import_id = %s
               AND m.is_snapshot
            """,
            [usage_import.id],
        )
        return {delivery_id for (delivery_id,) in self.env.cr.fetchall()}

    # === BUSINESS: THE NUMBER === #

    def _publish(self, usage_import, known_delivery_ids):
        """Make the import exist for billing; returns its number.

        Runs under _hold_number. known_delivery_ids: months whose content is live already; only the moment stays.
        """
        self._confirm(known_delivery_ids, fields.Datetime.now())
        self._delete_deliveries(usage_import, known_delivery_ids)
        number = self._take_number(usage_import.company_id)
        if usage_import._is_snapshot():
            self._supersede_months(usage_import, number)
        self.env.cr.execute(
            "UPDATE cloud_usage_delivery SET import_number = %s WHERE import_id = %s", [number, usage_import.id]
        )
        self._settle_rows(usage_import, number)
        self._refresh_streams(usage_import.company_id, *self._get_touched_streams(usage_import, number))
        return number

    def _confirm(self, delivery_ids, moment):
        """Note on what is live of these deliveries' months when (naive UTC) it came once more as it was."""
        self.env.cr.execute(
            f"""
            UPDATE cloud_usage_delivery d
               SET confirmed_at = %s
              FROM cloud_usage_delivery m
             WHERE m.id = ANY(%s)
               AND m.is_snapshot
               AND d.source_id = m.source_id
               AND d.provider_account = m.provider_account
               AND d.billing_month = m.billing_month
               AND {_LIVE}
            """,
            [moment, list(delivery_ids)],
        )

    def _supersede_months(self, usage_import, number):
        """End what is live of the months that the import delivers: former deliveries and their corrections."""
        self.env.cr.execute(
            f"""
            UPDATE cloud_usage_delivery d
               SET superseded_number = %s
              FROM cloud_usage_delivery m
             WHERE m.import_id = %s
               AND d.source_id = m.source_id
               AND d.provider_account = m.provider_account
               AND d.billing_month = m.billing_month
               AND {_LIVE}
            """,
            [number, usage_import.id],
        )

    def _withdraw(self, usage_import, number):
        """End the live deliveries of an import and, with a month, the corrections of that month."""
        self.env.cr.execute(
            f"""
            UPDATE cloud_usage_delivery d
               SET superseded_number = %(number)s
              FROM cloud_usage_delivery m
             WHERE m.import_id = %(import_id)s
               AND m.superseded_number = 0
               AND (d.id = m.id
                    OR m.is_snapshot
                       AND d.source_id = m.source_id
                       AND d.provider_account = m.provider_account
                       AND d.billing_month = m.billing_month)
               AND {_LIVE}
         RETURNING d.import_id
            """,
            {"number": number, "import_id": usage_import.id},
        )
        import_ids = {import_id for (import_id,) in self.env.cr.fetchall()}
        self._refresh_streams(usage_import.company_id, *self._get_touched_streams(usage_import, number))
        return import_ids

    def _get_touched_streams(self, usage_import, number):
        """A query, with its parameters, of the streams whose live rows changed with this number."""
        query = f"""
            SELECT s.stream_id
              FROM {SUMMARY_TABLE} s
              JOIN cloud_usage_delivery d ON d.id = s.delivery_id
             WHERE d.source_id = %s
               AND (d.import_number = %s OR d.superseded_number = %s)
        """
        return query, [usage_import.source_id.id, number, number]

    # === BUSINESS: TAKING BACK WHAT NEVER EXISTED === #

    def _discard(self, usage_import):
        """Delete all that an import without a number has left: rows, deliveries, rejects, streams only it had."""
        self._delete_deliveries(usage_import, list(self._find_deliveries(usage_import).values()))
        self.env.cr.execute("DELETE FROM cloud_usage_reject WHERE import_id = %s", [usage_import.id])
        self.env.cr.execute(
            f"""
            DELETE FROM cloud_usage_stream s
                  WHERE source_id = %s
                    AND NOT EXISTS (SELECT FROM {SUMMARY_TABLE} d WHERE d.stream_id = s.id)
                    AND NOT EXISTS (SELECT FROM cloud_usage_mapping m WHERE m.stream_id = s.id)
                    AND NOT EXISTS (SELECT FROM {ASSIGNMENT_TABLE} a WHERE a.stream_id = s.id)
                    AND id NOT IN (SELECT (q.new_version->>'stream_id')::int
                                     FROM cloud_usage_reject q
                                    WHERE q.source_id = %s
                                      AND q.kind = 'quarantined')
            """,
            [usage_import.source_id.id, usage_import.source_id.id],
        )

    def _delete_deliveries(self, usage_import, delivery_ids):
        if not delivery_ids:
            return
        values = {
            "delivery_ids": delivery_ids, "import_id": usage_import.id,
            "source_id": usage_import.source_id.id, "scope": usage_import._get_scope(),
        }  # fmt: skip
        rows = "source_id = %(source_id)s AND scope = %(scope)s AND delivery_id = ANY(%(delivery_ids)s)"
        if usage_import._is_append():
            rows = "scope = 0 AND delivery_id = ANY(%(delivery_ids)s)"
        self.env.cr.execute(f"DELETE FROM {ROW_TABLE} WHERE {rows}", values)
        for table in (SUMMARY_TABLE, DAY_TABLE):
            self.env.cr.execute(f"DELETE FROM {table} WHERE delivery_id = ANY(%(delivery_ids)s)", values)
        self.env.cr.execute(
            "DELETE FROM cloud_usage_delivery"
            " WHERE id = ANY(%(delivery_ids)s) AND import_id = %(import_id)s AND import_number = 0",
            values,
        )

    # === BUSINESS: FIGURES OF STREAMS === #

    def _refresh_streams(self, company, stream_query, parameters):
        """Write the live figures of streams: rows, billed cost, first and last service, and what of it has no owner.

        stream_query, parameters: SQL that selects the ids of the streams, all of the company.
        Rows are read only of streams that have an owner for a part of their time.
        """
        self.env.cr.execute(
            f"""
            WITH streams AS (
                SELECT id, currency, effective_policy FROM cloud_usage_stream WHERE id IN ({stream_query})
            ),
            live AS (
                SELECT s.stream_id,
                       SUM(s.row_count) AS row_count,
                       SUM(s.cost_billed) AS cost_billed,
                       MIN(s.first_service_start) AS first_service_start,
                       MAX(s.last_service_start) AS last_service_start
                  FROM {SUMMARY_TABLE} s
                  JOIN cloud_usage_delivery d ON d.id = s.delivery_id
                 WHERE s.stream_id IN (SELECT id FROM streams)
                   AND {_LIVE}
              GROUP BY s.stream_id
            ),
            taken_out AS (
                SELECT r.stream_id, COUNT(*) AS row_count, SUM(r.cost_billed) AS cost_billed
                  FROM {EXCEPTION_TABLE} e
                  JOIN {ROW_TABLE} r ON r.id = e.row_id
                  JOIN cloud_usage_delivery d ON d.id = r.delivery_id
                 WHERE r.stream_id IN (SELECT id FROM streams)
                   AND e.to_number = 0
                   AND {_LIVE}
              GROUP BY r.stream_id
            ),
            owned AS (
                SELECT a.stream_id,
                       BOOL_OR((a.utc_start IS NULL OR a.utc_start <= l.first_service_start)
                               AND (a.utc_end IS NULL OR a.utc_end > l.last_service_start)) AS is_all
                  FROM {ASSIGNMENT_TABLE} a
                  JOIN live l USING (stream_id)
                 WHERE a.to_number = 0
              GROUP BY a.stream_id
            ),
            without_owner AS (
                SELECT r.stream_id, COUNT(*) AS row_count, SUM(r.cost_billed) AS cost_billed
                  FROM owned o
                  JOIN {ROW_TABLE} r USING (stream_id)
                  JOIN cloud_usage_delivery d ON d.id = r.delivery_id
                 WHERE NOT o.is_all
                   AND {_LIVE}
                   AND NOT EXISTS (SELECT FROM {EXCEPTION_TABLE} e WHERE e.row_id = r.id AND e.to_number = 0)
                   AND NOT EXISTS (SELECT FROM {ASSIGNMENT_TABLE} a
                                    WHERE a.stream_id = r.stream_id
                                      AND a.to_number = 0
                                      AND (a.utc_start IS NULL OR r.service_start >= a.utc_start)
                                      AND (a.utc_end IS NULL OR r.service_start < a.utc_end))
              GROUP BY r.stream_id
            ),
            figures AS (
                SELECT s.id,
                       COALESCE(l.row_count, 0) - COALESCE(t.row_count, 0) AS row_count,
                       l.cost_billed - COALESCE(t.cost_billed, 0) AS cost,
                       l.first_service_start,
                       l.last_service_start,
                       s.effective_policy = 'bill' AND o.stream_id IS NULL AS is_unmatched,
                       CASE WHEN s.effective_policy = 'bill' THEN w.row_count ELSE 0 END AS part_rows,
                       CASE WHEN s.effective_policy = 'bill' THEN w.cost_billed END AS part_cost,
                       COALESCE((%s::jsonb->>s.currency)::numeric, 1) AS rate
                  FROM streams s
             LEFT JOIN live l ON l.stream_id = s.id
             LEFT JOIN taken_out t ON t.stream_id = s.id
             LEFT JOIN owned o ON o.stream_id = s.id
             LEFT JOIN without_owner w ON w.stream_id = s.id
            )
            UPDATE cloud_usage_stream s
               SET row_count = f.row_count,
                   cost_billed = f.cost,
                   first_service_start = f.first_service_start,
                   last_service_start = f.last_service_start,
                   unmatched_rows = CASE WHEN f.is_unmatched THEN f.row_count ELSE COALESCE(f.part_rows, 0) END,
                   unmatched_cost = CASE WHEN f.is_unmatched THEN f.cost ELSE f.part_cost END,
                   unmatched_value =
                       ABS(COALESCE(CASE WHEN f.is_unmatched THEN f.cost ELSE f.part_cost END, 0) * f.rate)
              FROM figures f
             WHERE f.id = s.id
            """,
            [*parameters, json.dumps(self._get_rates(company))],
        )
        self.env["cloud.usage.stream"].invalidate_model()

    def _get_rates(self, company):
        """{currency code: units of company currency for one}, as text; for the order of lists, so a float may do."""
        self.env.cr.execute(
            "SELECT DISTINCT currency FROM cloud_usage_stream WHERE company_id = %s AND currency <> ''", [company.id]
        )
        codes = [code for (code,) in self.env.cr.fetchall()]
        currencies = self.env["res.currency"].search([("name", "in", codes), ("active", "in", (True, False))])
        return {
            currency.name: to_text(Decimal(repr(currency._get_conversion_rate(currency, company.currency_id, company))))
            for currency in currencies
        }


def _make_difference(values):
    *start, before_rows, before_cost, after_rows, after_cost, added, changed, removed, removed_cost = values
    if SEVERAL in start[3]:
        before_cost = after_cost = removed_cost = None
    return Difference(
        *start,
        int(before_rows),
        _decimal(before_cost),
        int(after_rows),
        _decimal(after_cost),
        int(added),
        int(changed),
        int(removed),
        _decimal(removed_cost),
    )


def _decimal(text):
    return None if text is None else Decimal(text)
