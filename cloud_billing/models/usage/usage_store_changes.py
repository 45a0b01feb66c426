from odoo import models

from .usage_counting import CHARGE_END, CHARGE_START, IN_STRETCH, IS_RECURRING, as_of, passes_filters
from .usage_levels_sql import CHARGE_REQUEST, IS_COUNTED, get_levels_sql
from .usage_reads import EVERYTHING
from .usage_schema import ASSIGNMENT_TABLE, EXCEPTION_TABLE, ROW_TABLE, SUMMARY_TABLE


class CloudUsageStore(models.AbstractModel):
    """Which billed charges count other rows by now."""

    _inherit = "cloud.usage.store"

    # === BUSINESS: WHAT CHANGED === #

    def _changed_charges(self, company, number, charges):
        """Those of the metered charges that count other rows as of `number` than as of their own usage number.

        Late, restated, undone and remapped usage alike. Rows are read only of streams that were delivered, undone or
        remapped in between, and compared by content: a month delivered again with the same rows changes nothing. Of a
        meter that carries over, a late row before the charge's own days changes it where it is the last before them.
        """
        if not charges:
            return charges
        for model in ("cloud.charge", "cloud.meter", "cloud.meter.filter", "cloud.customer"):
            self.env[model].flush_model()
        self.env.cr.execute(
            f"""
            WITH charge AS (
                SELECT c.id, c.subscription_line_id, c.usage_number, c.billing_month, c.meter_id,
                       {CHARGE_START} AS utc_start,
                       {CHARGE_END} AS utc_end,
                       {IS_RECURRING} AS is_recurring,
                       EXISTS (SELECT FROM cloud_meter_filter f WHERE f.meter_id = m.id) AS has_filters
                  FROM cloud_charge c
                  JOIN cloud_meter m ON m.id = c.meter_id
                 WHERE c.id = ANY(%(charge_ids)s)
                   AND c.company_id = %(company_id)s
                   AND c.usage_number < %(number)s
            ),
            candidate AS ({_CANDIDATE}),
            counted_before AS (
                SELECT c.id, r.row_key, r.payload_hash,
                       CASE WHEN {as_of("%(number)s")} THEN 1 ELSE 0 END
                       - CASE WHEN {as_of("c.usage_number")} THEN 1 ELSE 0 END AS n
                  FROM candidate c
                  JOIN {ASSIGNMENT_TABLE} a ON a.subscription_line_id = c.subscription_line_id
                                           AND a.stream_id = c.stream_id
                  JOIN cloud_usage_stream s ON s.id = a.stream_id
                  JOIN {ROW_TABLE} r ON r.stream_id = a.stream_id
                  JOIN cloud_usage_delivery d ON d.id = r.delivery_id
                 WHERE NOT c.is_recurring
                   AND {IN_STRETCH}
                   AND (c.billing_month IS NULL OR r.billing_month = c.billing_month)
                   AND (c.utc_start IS NULL OR r.service_start >= c.utc_start)
                   AND (c.utc_end IS NULL OR r.service_start < c.utc_end)
                   AND (NOT c.has_filters OR {passes_filters("c.meter_id")})
            ),
            request AS (
                SELECT ROW_NUMBER() OVER () AS position, v.as_of, v.n, {CHARGE_REQUEST},
                       {CHARGE_START} AS utc_start, {CHARGE_END} AS utc_end,
                       c.utc_start AS level_start, c.utc_end AS level_end
                  FROM cloud_charge c
                  JOIN cloud_meter m ON m.id = c.meter_id
                  JOIN cloud_customer u ON u.id = c.customer_id
            CROSS JOIN LATERAL (VALUES (%(number)s, 1), (c.usage_number, -1)) AS v (as_of, n)
                 WHERE c.id IN (SELECT id FROM candidate WHERE is_recurring)
            ),
            {get_levels_sql("q.as_of", EVERYTHING, ", q.as_of, q.charge_id, q.n")}
            SELECT DISTINCT id
              FROM (SELECT id FROM counted_before WHERE n <> 0 GROUP BY id, row_key, payload_hash HAVING SUM(n) <> 0
                 UNION ALL
                    SELECT charge_id
                      FROM level
                     WHERE {IS_COUNTED}
                  GROUP BY charge_id, row_key, payload_hash
                    HAVING SUM(n) <> 0) x
            """,
            {"charge_ids": charges.ids, "company_id": company.id, "number": number},
        )
        changed = {charge_id for (charge_id,) in self.env.cr.fetchall()}
        return charges.filtered(lambda charge: charge.id in changed)


# The streams of each charge of which something happened between its own number and the one that is asked for.
_CANDIDATE = f"""
                SELECT c.*, a.stream_id
                  FROM charge c
                  JOIN {ASSIGNMENT_TABLE} a ON a.subscription_line_id = c.subscription_line_id
                 WHERE a.from_number <= %(number)s
                   AND (a.to_number = 0 OR a.to_number > c.usage_number)
                   AND (a.from_number > c.usage_number
                        OR a.to_number BETWEEN c.usage_number + 1 AND %(number)s
                        OR EXISTS (SELECT FROM {SUMMARY_TABLE} s
                                     JOIN cloud_usage_delivery d ON d.id = s.delivery_id
                                    WHERE s.stream_id = a.stream_id
                                      AND (d.billing_month IS NULL OR c.billing_month IS NULL
                                           OR d.billing_month = c.billing_month
                                           OR c.is_recurring AND d.billing_month < c.billing_month)
                                      AND (c.utc_start IS NULL OR c.is_recurring
                                           OR s.last_service_start >= c.utc_start)
                                      AND (c.utc_end IS NULL OR s.first_service_start < c.utc_end)
                                      AND (d.import_number BETWEEN c.usage_number + 1 AND %(number)s
                                           OR d.superseded_number BETWEEN c.usage_number + 1 AND %(number)s))
                        OR EXISTS (SELECT FROM {EXCEPTION_TABLE} e
                                     JOIN {ROW_TABLE} r ON r.id = e.row_id
                                    WHERE r.stream_id = a.stream_id
                                      AND (e.from_number BETWEEN c.usage_number + 1 AND %(number)s
                                           OR e.to_number BETWEEN c.usage_number + 1 AND %(number)s)))
              GROUP BY c.id, c.subscription_line_id, c.usage_number, c.billing_month, c.meter_id, c.utc_start,
                       c.utc_end, c.is_recurring, c.has_filters, a.stream_id"""
