"""What of a source's months was delivered and is no usage: rows and deliveries that wait for a person; SQL texts."""

from odoo.tools import SQL

from ..usage.usage_schema import DAY_TABLE
from .calendar_sql import PARTITION_MONTH


def select_waiting_rows(source, months) -> SQL:
    """Rows (account, month, kind, row_count): what of these months (dates) waits under To resolve.

    A quarantined row says its account and day. Of a row that cannot be read they are not known: it stands for every
    account and month of which its import brought usage; account and month are NULL where it brought none.
    """
    return SQL(
        f"""
        WITH open AS (
            SELECT q.id, q.import_id, q.kind, q.new_version
              FROM cloud_usage_reject q
             WHERE q.source_id = %(source_id)s
               AND q.state = 'open'
        ),
        place AS (
            SELECT DISTINCT d.import_id, COALESCE(s.provider_account, '') AS account, {PARTITION_MONTH} AS month
              FROM cloud_usage_delivery d
              JOIN {DAY_TABLE} y ON y.delivery_id = d.id
              JOIN cloud_usage_stream s ON s.id = y.stream_id
             WHERE d.import_id IN (SELECT import_id FROM open WHERE kind = 'rejected')
        ),
        waiting AS (
            SELECT COALESCE(s.provider_account, '') AS account,
                   date_trunc('month', ((o.new_version->>'service_start')::timestamp AT TIME ZONE 'UTC')
                                       AT TIME ZONE %(tz)s)::date AS month,
                   o.kind, o.id
              FROM open o
              JOIN cloud_usage_stream s ON s.id = (o.new_version->>'stream_id')::integer
             WHERE o.kind = 'quarantined'
         UNION ALL
            SELECT p.account, p.month, o.kind, o.id
              FROM open o
         LEFT JOIN place p USING (import_id)
             WHERE o.kind = 'rejected'
        )
        SELECT account, month, kind, COUNT(*)
          FROM waiting
         WHERE month IS NULL OR month = ANY(%(months)s)
      GROUP BY account, month, kind
        """,
        source_id=source.id,
        tz=source.tz,
        months=list(months),
    )


def select_waiting_imports(source, months) -> SQL:
    """Rows (account, month, state, name): deliveries of a source that may still change these months (dates).

    staging: it waits, is being read, paused or to be confirmed; account and month are NULL until all of it is read.
    refused: it would take rows away, and nobody has agreed, nor was the month delivered since. What is pushed is not
    among them: it counts from its own time on.
    """
    return SQL(
        """
        SELECT d.provider_account, d.billing_month, 'staging', i.name
          FROM cloud_usage_import i
     LEFT JOIN cloud_usage_delivery d ON d.import_id = i.id AND i.is_read
         WHERE i.source_id = %(source_id)s
           AND i.state IN ('queued', 'staging')
           AND i.is_push IS NOT TRUE
           AND (d.billing_month IS NULL OR d.billing_month = ANY(%(months)s))
     UNION ALL
        SELECT f.value->>'provider_account', (f.value->>'billing_month')::date, 'refused', i.name
          FROM cloud_usage_import i
    CROSS JOIN LATERAL jsonb_array_elements(i.differences) f (value)
         WHERE i.source_id = %(source_id)s
           AND i.state = 'refused'
           AND jsonb_typeof(i.differences) = 'array'
           AND (f.value->>'removed_rows')::bigint > 0
           AND (f.value->>'billing_month')::date = ANY(%(months)s)
           AND NOT EXISTS (SELECT
                             FROM cloud_usage_delivery d
                            WHERE d.source_id = i.source_id
                              AND d.import_id > i.id
                              AND d.import_number > 0
                              AND d.provider_account = f.value->>'provider_account'
                              AND d.billing_month = (f.value->>'billing_month')::date)
        """,
        source_id=source.id,
        months=list(months),
    )
