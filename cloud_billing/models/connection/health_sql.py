"""What the health of connectors is told from: one statement each for any number of them."""

from datetime import date, datetime
from typing import Any, NamedTuple

from odoo.tools import SQL

from ..usage.usage_schema import DAY_TABLE


class Facts(NamedTuple):
    """last_run: {connector id: run}.   troubles: {connector id: [import id]}.   last_delivery: {connector id: moment}.
    arrived: {source id: (last local day with usage, last month delivered)}.   open_months: {connector id: first month
    that the provider says may still change}.
    """

    last_run: dict[int, Any]
    troubles: dict[int, list[int]]
    last_delivery: dict[int, datetime]
    arrived: dict[int, tuple[date | None, date | None]]
    open_months: dict[int, date]


def select_last_runs(connector_ids) -> SQL:
    """Rows (run id): of each connector what it fetched last; a test or a dry run fetches nothing."""
    return SQL(
        """
        SELECT DISTINCT ON (connector_id) id
          FROM cloud_connector_run
         WHERE connector_id = ANY(%s)
           AND kind IN ('scheduled', 'manual')
      ORDER BY connector_id, id DESC
        """,
        list(connector_ids),
    )


def select_troubled_imports(connector_ids) -> SQL:
    """Rows (connector id, import id): newest versions whose import was refused, or waits to be confirmed."""
    return SQL(
        """
        SELECT n.connector_id, i.id
          FROM (SELECT DISTINCT ON (connector_id, name) connector_id, import_id
                  FROM cloud_connector_delivery
                 WHERE connector_id = ANY(%s)
              ORDER BY connector_id, name, number DESC) n
          JOIN cloud_usage_import i ON i.id = n.import_id
         WHERE i.state = 'refused'
            OR EXISTS (SELECT FROM cloud_usage_import_halt h WHERE h.import_id = i.id AND h.kind = 'confirm')
      ORDER BY n.connector_id, i.id
        """,
        list(connector_ids),
    )


def select_last_deliveries(connector_ids) -> SQL:
    """Rows (connector id, when something was taken last)."""
    return SQL(
        """
        SELECT connector_id, MAX(taken_at)
          FROM cloud_connector_delivery
         WHERE connector_id = ANY(%s)
      GROUP BY connector_id
        """,
        list(connector_ids),
    )


def select_arrived(source_ids, now) -> SQL:
    """Rows (source id, last day with usage in its time zone, last month of a live delivery), none after `now`.

    One row of a year to come, a mistake or what is paid in advance, would hide for as long that nothing comes any more.
    """
    return SQL(
        f"""
        SELECT u.id,
               (SELECT y.day
                  FROM {DAY_TABLE} y
                  JOIN cloud_usage_delivery d ON d.id = y.delivery_id
                                             AND d.import_number > 0
                                             AND d.superseded_number = 0
                 WHERE y.source_id = u.id
                   AND y.day <= t.today
              ORDER BY y.day DESC
                 LIMIT 1),
               (SELECT MAX(d.billing_month)
                  FROM cloud_usage_delivery d
                 WHERE d.source_id = u.id
                   AND d.import_number > 0
                   AND d.superseded_number = 0
                   AND d.billing_month <= t.today)
          FROM cloud_usage_source u
    CROSS JOIN LATERAL (SELECT ((%(now)s::timestamp AT TIME ZONE 'UTC') AT TIME ZONE u.tz)::date AS today) t
         WHERE u.id = ANY(%(source_ids)s)
        """,
        source_ids=list(source_ids),
        now=now,
    )


def select_open_months(connector_ids) -> SQL:
    """Rows (connector id, first month that the newest version of a delivery says may still change)."""
    return SQL(
        """
        SELECT n.connector_id, MIN(n.month)
          FROM (SELECT DISTINCT ON (connector_id, name) connector_id, month, finality
                  FROM cloud_connector_delivery
                 WHERE connector_id = ANY(%s)
                   AND month IS NOT NULL
              ORDER BY connector_id, name, number DESC) n
         WHERE n.finality = 'open'
      GROUP BY n.connector_id
        """,
        list(connector_ids),
    )
