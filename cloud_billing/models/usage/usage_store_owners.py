from odoo import models

from .usage_schema import ASSIGNMENT_TABLE, SUMMARY_TABLE

# Mappings and policies as they stand now, as assignments: stretches with an owner, and what their rows are for.
_WANTED = """
    SELECT s.company_id,
           m.stream_id,
           m.subscription_line_id,
           m.analytic_account_id,
           COALESCE(s.policy, p.policy, 'hold') AS policy,
           m.utc_start,
           m.utc_end
      FROM cloud_usage_mapping m
      JOIN cloud_usage_stream s ON s.id = m.stream_id
 LEFT JOIN cloud_usage_source_policy p ON p.source_id = s.source_id AND p.charge_kind = s.charge_kind
     WHERE m.stream_id = ANY(%(stream_ids)s)
"""
_SAME = """w.stream_id = a.stream_id
       AND w.subscription_line_id IS NOT DISTINCT FROM a.subscription_line_id
       AND w.analytic_account_id IS NOT DISTINCT FROM a.analytic_account_id
       AND w.policy = a.policy
       AND w.utc_start IS NOT DISTINCT FROM a.utc_start
       AND w.utc_end IS NOT DISTINCT FROM a.utc_end"""


class CloudUsageStore(models.AbstractModel):
    """Who owns what as of every number: mappings and policies are edited, the assignments kept here never are."""

    _inherit = "cloud.usage.store"

    # === BUSINESS: OWNERS === #

    def _reassign(self, streams):
        """Bring the assignments of streams in line with their mappings and policies, under one new number per company.

        What was assigned until now ends with that number and stays readable; nothing is written where nothing changed.
        """
        self.env.flush_all()
        for company in streams.company_id:
            self._reassign_company(
                company, streams.filtered(lambda stream, company=company: stream.company_id == company).ids
            )

    def _reassign_company(self, company, stream_ids):
        values = {"stream_ids": stream_ids}
        self.env.cr.execute(
            f"""
            WITH wanted AS ({_WANTED}),
            kept AS (
                SELECT a.id
                  FROM {ASSIGNMENT_TABLE} a
                  JOIN wanted w ON {_SAME}
                 WHERE a.to_number = 0
            )
            SELECT (SELECT COUNT(*) FROM wanted) <> (SELECT COUNT(*) FROM kept)
                OR EXISTS (SELECT FROM {ASSIGNMENT_TABLE} a
                            WHERE a.stream_id = ANY(%(stream_ids)s)
                              AND a.to_number = 0
                              AND a.id NOT IN (SELECT id FROM kept))
            """,
            values,
        )
        if not self.env.cr.fetchone()[0]:
            return
        values["number"] = self._take_number(company)
        self.env.cr.execute(
            f"""
            UPDATE {ASSIGNMENT_TABLE} a
               SET to_number = %(number)s
             WHERE a.stream_id = ANY(%(stream_ids)s)
               AND a.to_number = 0
               AND NOT EXISTS (SELECT FROM ({_WANTED}) w WHERE {_SAME})
            """,
            values,
        )
        # Sorted, so that all is found before the first is written: looking for each among those just written takes as
        # long as there are many, squared.
        self.env.cr.execute(
            f"""
            INSERT INTO {ASSIGNMENT_TABLE} (
                company_id, stream_id, subscription_line_id, analytic_account_id, policy, utc_start, utc_end,
                from_number
            )
                 SELECT w.*, %(number)s
                   FROM ({_WANTED}) w
                  WHERE NOT EXISTS (SELECT FROM {ASSIGNMENT_TABLE} a WHERE a.to_number = 0 AND {_SAME})
               ORDER BY w.stream_id
            """,
            values,
        )

    def _refresh(self, streams):
        """Write the live figures of these streams anew, for instance after another owner or policy."""
        self.env.flush_all()
        for company in streams.company_id:
            of_company = streams.filtered(lambda stream, company=company: stream.company_id == company)
            self._refresh_streams(company, "SELECT unnest(%s)", [of_company.ids])

    def _get_billed_until(self, mappings):
        """{mapping id: the latest UTC end of a billed live charge that counts usage of the mapping's stretch}."""
        if not mappings:
            return {}
        self.env.flush_all()
        self.env.cr.execute(
            f"""
            SELECT m.id,
                   MAX(c.utc_end)
              FROM cloud_usage_mapping m
              JOIN cloud_charge c ON c.subscription_line_id = m.subscription_line_id
                                 AND c.state = 'billed'
                                 AND c.is_live
                                 AND c.meter_id IS NOT NULL
                                 AND tsrange(c.utc_start, c.utc_end) && tsrange(m.utc_start, m.utc_end)
             WHERE m.id = ANY(%s)
               AND EXISTS (SELECT FROM {ASSIGNMENT_TABLE} a
                            WHERE a.stream_id = m.stream_id
                              AND a.subscription_line_id = m.subscription_line_id
                              AND a.from_number <= c.usage_number
                              AND (a.to_number = 0 OR a.to_number > c.usage_number))
          GROUP BY m.id
            """,
            [mappings.ids],
        )
        return dict(self.env.cr.fetchall())

    def _get_billed_customers(self, usage_import):
        """Names of customers for whom rows of the import are billed: while there are any it cannot be undone."""
        self.env.flush_all()
        self.env.cr.execute(
            f"""
            SELECT DISTINCT u.name
              FROM cloud_usage_delivery d
              JOIN {SUMMARY_TABLE} s ON s.delivery_id = d.id
              JOIN {ASSIGNMENT_TABLE} a ON a.stream_id = s.stream_id
              JOIN cloud_charge c ON c.subscription_line_id = a.subscription_line_id
              JOIN cloud_customer u ON u.id = c.customer_id
             WHERE d.import_id = %s
               AND d.superseded_number = 0
               AND c.state = 'billed'
               AND c.is_live
               AND c.is_opening IS NOT TRUE
               AND c.meter_id IS NOT NULL
               AND c.usage_number >= d.import_number
               AND a.policy = 'bill'
               AND a.from_number <= c.usage_number
               AND (a.to_number = 0 OR a.to_number > c.usage_number)
               AND (c.billing_month = d.billing_month
                    OR (c.billing_month IS NULL OR d.billing_month IS NULL)
                       AND s.first_service_start < c.utc_end
                       AND s.last_service_start >= c.utc_start)
          ORDER BY u.name
            """,
            [usage_import.id],
        )
        return [name for (name,) in self.env.cr.fetchall()]
