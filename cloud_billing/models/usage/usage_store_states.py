from decimal import Decimal

from odoo import models

from ...engine.numbers import parse_decimal
from .usage_schema import EXCEPTION_TABLE, ROW_TABLE, STATE_VIEW, SUMMARY_TABLE

STATES = ("billed", "bill", "keep", "hold", "internal", "unmatched", "uncounted", "held", "waived")


class CloudUsageStore(models.AbstractModel):
    """What became of every live row, and the proof that each is in exactly one state."""

    _inherit = "cloud.usage.store"

    # === BUSINESS: THE PROOF OF STATES === #

    def _get_states(self, company):
        """{state: (rows, {currency: billed cost})} of all live rows of a company; every state of STATES is there."""
        self.env.cr.execute(
            f"""
            SELECT v.state, COALESCE(s.currency, ''), COUNT(*), SUM(v.cost_billed)::text
              FROM {STATE_VIEW} v
              JOIN cloud_usage_stream s ON s.id = v.stream_id
             WHERE v.company_id = %s
          GROUP BY v.state, COALESCE(s.currency, '')
            """,
            [company.id],
        )
        states = {state: [0, {}] for state in STATES}
        for state, currency, row_count, cost in self.env.cr.fetchall():
            states[state][0] += row_count
            states[state][1][currency] = Decimal(0) if cost is None else parse_decimal(cost)
        return {state: tuple(values) for state, values in states.items()}

    def _prove_states(self, company):
        """Whether every live row of a company is in exactly one state: {} when it is, else what differs.

        Rows, the sum of their ids and their billed cost must be the same counted by state as counted directly.
        """
        self.env.cr.execute(
            f"""
            SELECT COUNT(*), SUM(r.id)::text, SUM(r.cost_billed)::text
              FROM {ROW_TABLE} r
              JOIN cloud_usage_delivery d ON d.id = r.delivery_id
             WHERE d.company_id = %(company_id)s
               AND d.import_number > 0
               AND d.superseded_number = 0
               AND NOT EXISTS (SELECT FROM {EXCEPTION_TABLE} e WHERE e.row_id = r.id AND e.kind = 'superseded')
         UNION ALL
            SELECT COUNT(*), SUM(v.id)::text, SUM(v.cost_billed)::text
              FROM {STATE_VIEW} v
             WHERE v.company_id = %(company_id)s
               AND v.state IN %(states)s
         UNION ALL
            SELECT SUM(s.row_count) - (SELECT COUNT(*)
                                         FROM {EXCEPTION_TABLE} e
                                         JOIN {ROW_TABLE} r ON r.id = e.row_id
                                         JOIN cloud_usage_delivery d ON d.id = r.delivery_id
                                        WHERE d.company_id = %(company_id)s
                                          AND d.superseded_number = 0
                                          AND e.kind = 'superseded'),
                   NULL, NULL
              FROM {SUMMARY_TABLE} s
              JOIN cloud_usage_delivery d ON d.id = s.delivery_id
             WHERE d.company_id = %(company_id)s
               AND d.import_number > 0
               AND d.superseded_number = 0
            """,
            {"company_id": company.id, "states": STATES},
        )
        live, by_state, (summarised, _ids, _cost) = self.env.cr.fetchall()
        differences = {
            name: (first, second)
            for name, first, second in zip(("rows", "ids", "cost_billed"), live, by_state, strict=True)
            if first != second
        }
        if int(summarised or 0) != live[0]:
            differences["summaries"] = (live[0], int(summarised or 0))
        return differences
