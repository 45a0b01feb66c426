"""Partitions, a source's account and month, as seals see them; and the bills that wait for a seal: SQL texts."""

from datetime import date, datetime
from typing import NamedTuple

from odoo.tools import SQL

from ..usage.usage_dimensions import get_tag_sql
from ..usage.usage_schema import DAY_TABLE, ROW_TABLE
from .calendar_sql import PARTITION_MONTH


class Partition(NamedTuple):
    """What arrived of a source's account and month. Moments are naive UTC.

    content_number: the last number that changed it.   changed_at: when that came.   costs: [[currency, cost as text]].
    rows_without_invoice: live rows of usage that lack the provider's invoice number, where the source asks for it.
    """

    source_id: int
    account: str
    month: date
    content_number: int = 0
    row_count: int = 0
    costs: list = []
    changed_at: datetime | None = None
    confirmed_at: datetime | None = None
    is_called_final: bool = False
    rows_without_invoice: int = 0


def select_partitions(source, months) -> SQL:
    """The Partitions of a source in these months (dates), rows in the order of its fields, months that are empty too
    where the account delivered in the three months before.
    """
    invoice = get_tag_sql("%(invoice_tag)s")
    return SQL(
        f"""
        WITH part AS (
            SELECT COALESCE(s.provider_account, '') AS account, {PARTITION_MONTH} AS month, d.id, d.import_number,
                   d.superseded_number, d.confirmed_at, COALESCE(i.imported_at, i.create_date) AS came_at,
                   s.currency, SUM(y.row_count) AS row_count, SUM(y.cost_billed) AS cost
              FROM {DAY_TABLE} y
              JOIN cloud_usage_delivery d ON d.id = y.delivery_id AND d.import_number > 0
              JOIN cloud_usage_import i ON i.id = d.import_id
              JOIN cloud_usage_stream s ON s.id = y.stream_id
             WHERE y.source_id = %(source_id)s
               AND y.day >= %(first)s::date - interval '5 months'
          GROUP BY 1, 2, d.id, i.id, s.currency
        ),
        wanted AS (
            SELECT DISTINCT p.account, m.month
              FROM part p
              JOIN unnest(%(months)s::date[]) m (month) ON p.month BETWEEN m.month - interval '3 months' AND m.month
        ),
        cost AS (
            SELECT account, month, jsonb_agg(jsonb_build_array(currency, cost::text) ORDER BY currency) AS costs
              FROM (SELECT account, month, currency, SUM(cost) AS cost
                      FROM part
                     WHERE superseded_number = 0 AND cost IS NOT NULL
                  GROUP BY account, month, currency) c
          GROUP BY account, month
        ),
        unbilled AS (
            SELECT COALESCE(s.provider_account, '') AS account, r.billing_month AS month, COUNT(*) AS row_count
              FROM cloud_usage_delivery d
              JOIN {ROW_TABLE} r ON r.source_id = d.source_id AND r.scope = d.import_id AND r.delivery_id = d.id
              JOIN cloud_usage_stream s ON s.id = r.stream_id
             WHERE %(by_invoice)s
               AND d.source_id = %(source_id)s
               AND d.import_number > 0
               AND d.superseded_number = 0
               AND d.billing_month = ANY(%(months)s)
               AND s.charge_kind = 'usage'
               AND COALESCE({invoice}, '') = ''
          GROUP BY 1, 2
        )
        SELECT %(source_id)s,
               w.account,
               w.month,
               COALESCE(MAX(GREATEST(p.import_number, p.superseded_number)), 0),
               COALESCE(SUM(p.row_count) FILTER (WHERE p.superseded_number = 0), 0)::bigint,
               COALESCE(c.costs, '[]'::jsonb),
               MAX(p.came_at),
               MAX(p.confirmed_at) FILTER (WHERE p.superseded_number = 0),
               EXISTS (SELECT FROM cloud_usage_final f WHERE f.source_id = %(source_id)s AND f.month = w.month),
               COALESCE(u.row_count, 0)
          FROM wanted w
     LEFT JOIN part p ON p.account = w.account AND p.month = w.month
     LEFT JOIN cost c ON c.account = w.account AND c.month = w.month
     LEFT JOIN unbilled u ON u.account = w.account AND u.month = w.month
      GROUP BY w.account, w.month, c.costs, u.row_count
      ORDER BY w.account, w.month
        """,
        source_id=source.id,
        months=list(months),
        first=min(months),
        by_invoice=source.final_by == "invoice",
        invoice_tag=source.invoice_tag or "",
    )


# The partitions in which something changed with a number: delivered, replaced or undone.
_TOUCHED = f"""
            SELECT DISTINCT COALESCE(s.provider_account, '') AS account, {PARTITION_MONTH} AS month
              FROM cloud_usage_delivery d
              JOIN {DAY_TABLE} y ON y.delivery_id = d.id
              JOIN cloud_usage_stream s ON s.id = y.stream_id
             WHERE d.source_id = %(source_id)s
               AND %(number)s IN (d.import_number, d.superseded_number)"""


def break_seals(source, number, import_id, moment) -> SQL:
    """Break the seals of what changed with a number; gives their ids."""
    return SQL(
        f"""
        UPDATE cloud_usage_seal l
           SET broken_number = %(number)s,
               broken_import_id = %(import_id)s,
               broken_at = %(moment)s
          FROM ({_TOUCHED}) t
         WHERE l.source_id = %(source_id)s
           AND l.provider_account = t.account
           AND l.month = t.month
           AND l.broken_number = 0
     RETURNING l.id
        """,
        source_id=source.id,
        number=number,
        import_id=import_id,
        moment=moment,
    )


def select_unsealed(bill_ids, number=None) -> SQL:
    """Rows (bill_id, charge_ids, source_id, source, month, accounts) of bills that count usage without a seal.

    As of their runs' usage numbers, or of `number`: a month is sealed for a run when it counts what was sealed, also
    where the seal was set after it was rated, or was broken by what it does not count. Only accounts are waited for
    that delivered in the month or the three before.
    """
    return SQL(
        f"""
        WITH counted AS (
            SELECT DISTINCT h.bill_id, h.id AS charge_id, u.id AS source_id, u.name AS source,
                   COALESCE(%(number)s, r.usage_number) AS usage_number,
                   COALESCE(t.provider_account, '') AS account, m.month::date AS month
              FROM cloud_charge h
              JOIN cloud_bill b ON b.id = h.bill_id
              JOIN cloud_bill_run r ON r.id = b.run_id
              JOIN cloud_usage_mapping p
                ON p.subscription_line_id = h.subscription_line_id
               AND (p.date_start IS NULL OR p.date_start < h.service_end)
               AND (p.date_end IS NULL OR p.date_end > h.service_start)
              JOIN cloud_usage_stream t ON t.id = p.stream_id AND t.effective_policy = 'bill'
              JOIN cloud_usage_source u ON u.id = t.source_id AND u.needs_seal
        CROSS JOIN LATERAL generate_series(date_trunc('month', COALESCE(h.billing_month, h.service_start)),
                                           date_trunc('month', COALESCE(h.billing_month, h.service_end - 1)),
                                           '1 month') m (month)
             WHERE h.bill_id = ANY(%(bill_ids)s)
               AND h.kind = 'metered'
               AND h.corrects_id IS NULL
        )
        SELECT c.bill_id,
               array_agg(DISTINCT c.charge_id ORDER BY c.charge_id) AS charge_ids,
               c.source_id, c.source, c.month,
               array_agg(DISTINCT c.account ORDER BY c.account) AS accounts
          FROM counted c
         WHERE NOT EXISTS (SELECT
                             FROM cloud_usage_seal l
                            WHERE l.source_id = c.source_id
                              AND l.provider_account = c.account
                              AND l.month = c.month
                              AND l.content_number <= c.usage_number
                              AND (l.broken_number = 0 OR l.broken_number > c.usage_number))
           AND EXISTS (SELECT
                         FROM {DAY_TABLE} y
                         JOIN cloud_usage_delivery d ON d.id = y.delivery_id AND d.import_number > 0
                         JOIN cloud_usage_stream s ON s.id = y.stream_id
                        WHERE y.source_id = c.source_id
                          AND y.day >= c.month - interval '3 months'
                          AND y.day < c.month + interval '2 months'
                          AND COALESCE(s.provider_account, '') = c.account
                          AND {PARTITION_MONTH} BETWEEN c.month - interval '3 months' AND c.month)
      GROUP BY c.bill_id, c.source_id, c.source, c.month
      ORDER BY c.bill_id, c.source_id, c.month
        """,
        bill_ids=list(bill_ids),
        number=number,
    )
