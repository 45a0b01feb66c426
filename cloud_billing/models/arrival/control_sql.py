"""What has arrived beside what should have: the figures behind control totals, of summaries and files."""

from odoo.tools import SQL

from ..usage.usage_schema import DAY_TABLE, EXCEPTION_TABLE, ROW_TABLE
from .calendar_sql import PARTITION_MONTH


def select_actual(control_ids) -> SQL:
    """Rows (id, amount as text or None): what has arrived for each control total; None where nothing did.

    Rows that were replaced by an accepted version are not counted, rows that are held or waived are: they arrived.
    """
    return SQL(
        f"""
        WITH control AS (
            SELECT * FROM cloud_usage_control WHERE id = ANY(%(control_ids)s)
        ),
        arrived AS (
            SELECT y.source_id, COALESCE(s.provider_account, '') AS account, {PARTITION_MONTH} AS month,
                   s.currency, s.unit,
                   SUM(y.row_count) AS row_count, SUM(y.quantity) AS quantity, SUM(y.cost_billed) AS cost_billed
              FROM {DAY_TABLE} y
              JOIN cloud_usage_delivery d ON d.id = y.delivery_id AND d.import_number > 0 AND d.superseded_number = 0
              JOIN cloud_usage_stream s ON s.id = y.stream_id
             WHERE y.source_id IN (SELECT source_id FROM control)
               AND {PARTITION_MONTH} IN (SELECT month FROM control)
          GROUP BY 1, 2, 3, 4, 5
         UNION ALL
            SELECT r.source_id, COALESCE(s.provider_account, ''),
                   COALESCE(r.billing_month,
                            date_trunc('month', (r.service_start AT TIME ZONE 'UTC') AT TIME ZONE u.tz)::date),
                   s.currency, s.unit, -COUNT(*), -SUM(r.quantity), -SUM(r.cost_billed)
              FROM {EXCEPTION_TABLE} e
              JOIN {ROW_TABLE} r ON r.id = e.row_id
              JOIN cloud_usage_delivery d ON d.id = r.delivery_id AND d.superseded_number = 0
              JOIN cloud_usage_source u ON u.id = r.source_id
              JOIN cloud_usage_stream s ON s.id = r.stream_id
             WHERE e.kind = 'superseded'
               AND r.source_id IN (SELECT source_id FROM control)
          GROUP BY 1, 2, 3, 4, 5
        ),
        file AS (
            SELECT DISTINCT c.id, f.name, f.size
              FROM control c
              JOIN cloud_usage_delivery d ON d.source_id = c.source_id
                                         AND d.import_number > 0
                                         AND d.superseded_number = 0
                                         AND (d.billing_month = c.month OR d.billing_month IS NULL)
              JOIN cloud_usage_file f ON f.import_id = d.import_id
             WHERE c.measure IN ('files', 'bytes')
               AND c.files ? regexp_replace(f.name, '^.*[/\\\\]', '')
        ),
        of_files AS (
            SELECT id, COUNT(DISTINCT name) AS files, SUM(size) AS bytes FROM file GROUP BY id
        ),
        of_rows AS (
            SELECT c.id, SUM(a.row_count) AS row_count, SUM(a.quantity) AS quantity, SUM(a.cost_billed) AS cost_billed
              FROM control c
              JOIN arrived a ON a.source_id = c.source_id
                            AND a.month = c.month
                            AND (c.provider_account = '' OR a.account = c.provider_account)
                            AND (c.measure <> 'cost_billed' OR a.currency = c.currency)
                            AND (c.measure <> 'quantity' OR c.unit = '' OR a.unit = c.unit)
          GROUP BY c.id
        )
        SELECT c.id,
               CASE c.measure WHEN 'rows' THEN r.row_count
                              WHEN 'quantity' THEN r.quantity
                              WHEN 'cost_billed' THEN r.cost_billed
                              WHEN 'files' THEN f.files
                              ELSE f.bytes END::text
          FROM control c
     LEFT JOIN of_rows r ON r.id = c.id
     LEFT JOIN of_files f ON f.id = c.id
        """,
        control_ids=list(control_ids),
    )
