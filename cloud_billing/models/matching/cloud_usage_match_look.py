from collections import defaultdict
from decimal import Decimal

from odoo import models

from ...engine.numbers import exact, parse_decimal
from ...fields import format_decimal


class MatchEffect:
    """What carrying out a Plan changes in money. before, after: {stream id: (currency, cost without owner, rows)}."""

    def __init__(self, plan, before, after):
        self.plan = plan
        self.before = before
        self.after = after

    def count_left(self):
        """How many of the streams that were looked at stay without an owner for some of their rows."""
        return sum(1 for _currency, _cost, rows in self.after.values() if rows)

    def get_cost_text(self, env, stream_ids):
        """What of these streams gets an owner, one amount per currency, as a person reads it who may see costs."""
        if not env["cloud.field.access"]._may_see_costs():
            return "–"
        sums = defaultdict(Decimal)
        with exact():
            for stream_id in stream_ids:
                currency, cost, _rows = self.before[stream_id]
                sums[currency] += cost - self.after[stream_id][1]
        amounts = [f"{format_decimal(env, cost)} {code}".strip() for code, cost in sorted(sums.items()) if cost]
        return ", ".join(amounts) or "0"


class CloudUsageMatcher(models.AbstractModel):
    """The look before matching: all of it is done, measured and rolled back, so that the figures are true."""

    _inherit = "cloud.usage.matcher"

    # === BUSINESS: LOOKING === #

    def _look(self, company, make_plan):
        """The MatchEffect of the Plan that make_plan() returns; nothing stays of it."""
        savepoint = self.env.cr.savepoint()
        try:
            plan = make_plan()
            stream_ids = [stream_id for group in plan.groups for stream_id in group.stream_ids]
            before = self._fetch_costs(stream_ids)
            self._carry_out(company, plan)
            return MatchEffect(plan, before, self._fetch_costs(stream_ids))
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all(flush=False)

    def _fetch_costs(self, stream_ids):
        """{stream id: (currency, cost without owner, rows without owner)} as the figures of streams say now."""
        self.env.cr.execute(
            """
            SELECT id, COALESCE(currency, ''), COALESCE(unmatched_cost, 0)::text, unmatched_rows
              FROM cloud_usage_stream
             WHERE id = ANY(%s)
            """,
            [stream_ids],
        )
        return {
            stream_id: (currency, parse_decimal(cost), row_count)
            for stream_id, currency, cost, row_count in self.env.cr.fetchall()
        }
