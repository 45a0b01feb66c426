"""Which metered charges count usage that their source does not call final yet: the question as one statement."""

from odoo.tools import SQL


def select_late(bill_ids, number=None, charge_ids=None) -> SQL:
    """Rows (bill_id, charge_ids, source_id, source, policy, basis, expected, final, month), one per source and month.

    A month of a source and a provider account is final as of a run's usage number when something of it was imported
    on or after its final day, or came again as it was, or a person says so. Only accounts that delivered lately are
    waited for.
    number: a usage number to ask about instead of the runs' own. charge_ids: charges to ask about instead of those of
    bills; they need not have a bill yet.
    """
    return SQL(
        """
        WITH counted AS (
            SELECT DISTINCT h.bill_id, h.id AS charge_id, u.id AS source_id, u.name AS source, u.late_policy AS policy,
                   u.estimate_basis AS basis, u.shape, u.month_basis, t.provider_account,
                   COALESCE(%(number)s, r.usage_number) AS usage_number,
                   date_trunc('month', COALESCE(h.billing_month, h.service_end - 1))::date AS month,
                   h.service_end + CASE WHEN u.expected_days > 0 THEN u.expected_days - 1 ELSE u.final_days END
                       AS expected,
                   h.service_end + u.final_days AS final
              FROM cloud_charge h
              JOIN cloud_bill_run r ON r.id = h.run_id
              JOIN cloud_usage_mapping m
                ON m.subscription_line_id = h.subscription_line_id
               AND (m.date_start IS NULL OR m.date_start < h.service_end)
               AND (m.date_end IS NULL OR m.date_end > h.service_start)
              JOIN cloud_usage_stream t ON t.id = m.stream_id AND t.effective_policy = 'bill'
              JOIN cloud_usage_source u ON u.id = t.source_id AND u.final_days > 0
             WHERE %(chosen)s
               AND h.kind = 'metered'
               AND h.corrects_id IS NULL
        )
        SELECT c.bill_id,
               array_agg(DISTINCT c.charge_id ORDER BY c.charge_id) AS charge_ids,
               c.source_id, c.source, c.policy, c.basis, c.expected, c.final, c.month
          FROM counted c
         WHERE NOT EXISTS (SELECT 1
                             FROM cloud_usage_final f
                            WHERE f.source_id = c.source_id AND f.month = c.month)
           AND NOT EXISTS (SELECT 1
                             FROM cloud_usage_delivery d
                             JOIN cloud_usage_import i ON i.id = d.import_id
                            WHERE d.source_id = c.source_id
                              AND d.import_number > 0
                              AND d.import_number <= c.usage_number
                              AND (c.shape <> 'snapshot'
                                   OR d.billing_month = c.month AND d.provider_account = c.provider_account)
                              AND GREATEST(COALESCE(i.imported_at, i.create_date), d.confirmed_at)::date >= c.final)
           AND (c.shape <> 'snapshot'
                OR EXISTS (SELECT 1
                             FROM cloud_usage_delivery d
                            WHERE d.source_id = c.source_id
                              AND d.provider_account = c.provider_account
                              AND d.import_number > 0
                              AND d.billing_month BETWEEN c.month - interval '3 months' AND c.month))
      GROUP BY c.bill_id, c.source_id, c.source, c.policy, c.basis, c.expected, c.final, c.month
      ORDER BY c.bill_id, c.source_id, c.month
        """,
        chosen=SQL("h.bill_id = ANY(%s)", list(bill_ids))
        if charge_ids is None
        else SQL("h.id = ANY(%s)", list(charge_ids)),
        number=number,
    )
