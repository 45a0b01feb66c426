from odoo import models

from .usage_counting import CHARGE_END, CHARGE_START, IN_STRETCH, as_of
from .usage_schema import ASSIGNMENT_TABLE, EXCEPTION_TABLE, ROW_TABLE, SUMMARY_TABLE


class CloudUsageStore(models.AbstractModel):
    """Which billed charges count other rows by now."""

    _inherit = "cloud.usage.store"

    # === BUSINESS: WHAT CHANGED === #

    def _changed_charges(self, company, number, charges):
        """Those of the metered charges that count other rows as of `number` than as of their own usage number.

        Late, restated, undone and remapped usage alike. Rows are read only of streams that were delivered, undone or
        remapped in between, and compared by content: a month delivered again with the same rows changes nothing.
        """
        if not charges:
            return charges
        self.env["cloud.charge"].flush_model()
        self.env.cr.execute(
            f"""
            WITH charge AS (
                SELECT c.id, c.subscription_line_id, c.usage_number, c.billing_month,
                       {CHARGE_START} AS utc_start,
                       {CHARGE_END} AS utc_end
                  FROM cloud_charge c
                 WHERE c.id = ANY(%(charge_ids)s)
                   AND c.company_id = %(company_id)s
                   AND c.meter_id IS NOT NULL
                   AND c.usage_number < %(number)s
            ),
            candidate AS (
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
                                           OR d.billing_month = c.billing_month)
                                      AND (c.utc_start IS NULL OR s.last_service_start >= c.utc_start)
                                      AND (c.utc_end IS NULL OR s.first_service_start < c.utc_end)
                                      AND (d.import_number BETWEEN c.usage_number + 1 AND %(number)s
                                           OR d.superseded_number BETWEEN c.usage_number + 1 AND %(number)s))
                        OR EXISTS (SELECT FROM {EXCEPTION_TABLE} e
                                     JOIN {ROW_TABLE} r ON r.id = e.row_id
                                    WHERE r.stream_id = a.stream_id
                                      AND e.superseded_number BETWEEN c.usage_number + 1 AND %(number)s))
              GROUP BY c.id, c.subscription_line_id, c.usage_number, c.billing_month, c.utc_start, c.utc_end,
                       a.stream_id
            ),
            counted AS (
                SELECT c.id, r.row_key, r.payload_hash,
                       CASE WHEN {as_of("%(number)s")} THEN 1 ELSE 0 END
                       - CASE WHEN {as_of("c.usage_number")} THEN 1 ELSE 0 END AS n
                  FROM candidate c
                  JOIN {ASSIGNMENT_TABLE} a ON a.subscription_line_id = c.subscription_line_id
                                           AND a.stream_id = c.stream_id
                  JOIN {ROW_TABLE} r ON r.stream_id = a.stream_id
                  JOIN cloud_usage_delivery d ON d.id = r.delivery_id
             LEFT JOIN {EXCEPTION_TABLE} e ON e.row_id = r.id
                 WHERE {IN_STRETCH}
                   AND (c.billing_month IS NULL OR r.billing_month = c.billing_month)
                   AND (c.utc_start IS NULL OR r.service_start >= c.utc_start)
                   AND (c.utc_end IS NULL OR r.service_start < c.utc_end)
            )
            SELECT DISTINCT id
              FROM (SELECT id FROM counted WHERE n <> 0 GROUP BY id, row_key, payload_hash HAVING SUM(n) <> 0) x
            """,
            {"charge_ids": charges.ids, "company_id": company.id, "number": number},
        )
        changed = {charge_id for (charge_id,) in self.env.cr.fetchall()}
        return charges.filtered(lambda charge: charge.id in changed)
