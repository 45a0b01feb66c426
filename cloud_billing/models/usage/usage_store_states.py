from decimal import Decimal

from odoo import models

from ...engine.numbers import parse_decimal
from .usage_schema import STATE_VIEW
from .usage_states_sql import PROOF

STATES = ("billed", "bill", "keep", "hold", "internal", "unmatched", "uncounted", "held", "waived")
# So many imports that do not add up are named; one is reason enough to look.
MAX_NAMED = 20


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

        Rows, the sum of their ids and their billed cost must be the same counted by state as counted directly. What an
        import says that it took must be in a state or have ended: where not, its name is a key, with both counts; of
        rows that wait, or waited, for a person with "?" behind it. At most MAX_NAMED of them.
        """
        self.env.flush_all()
        self.env.cr.execute(PROOF, {"company_id": company.id, "states": STATES, "most": MAX_NAMED})
        counted, said = {}, {}
        for what, name, row_count, found, cost in self.env.cr.fetchall():
            if what == "import":
                said[name] = (row_count, int(found))
            else:
                counted[what] = (row_count, found, cost)
        differences = {
            name: (first, second)
            for name, first, second in zip(
                ("rows", "ids", "cost_billed"), counted["live"], counted["state"], strict=True
            )
            if first != second
        }
        live, summarised = counted["live"][0], counted["summary"][0]
        if summarised != live:
            differences["summaries"] = (live, summarised)
        return {**differences, **said}
