from odoo import api, fields, models
from odoo.tools import SQL

from ...engine.numbers import parse_decimal
from ...fields import DecimalField
from ..usage.usage_schema import STATE_VIEW


class CloudUsageStream(models.Model):
    """The queue of usage that its charge kind holds: how much, since when; until somebody decides what it is for."""

    _inherit = "cloud.usage.stream"

    held_rows = fields.Integer(
        string="Rows Held by Their Kind",
        compute="_compute_held",
        search="_search_held_rows",
        help="Live rows that wait for a decision on what they are for.",
    )
    held_cost = DecimalField(
        string="Cost Held", currency_field="currency", compute="_compute_held", help="Billed cost of these rows."
    )
    held_age = fields.Integer(
        string="Days Held", compute="_compute_held", help="Days since the service of the oldest of them."
    )

    # === COMPUTE === #

    @api.depends("effective_policy", "row_count", "cost_billed", "mapping_ids")
    def _compute_held(self):
        now, found = fields.Datetime.now(), self._fetch_held()
        for stream in self:
            row_count, cost, oldest = found.get(stream._origin.id, (0, None, None))
            stream.held_rows = row_count
            stream.held_cost = None if cost is None else parse_decimal(cost)
            stream.held_age = (now - oldest).days if oldest else 0

    def _fetch_held(self):
        """{stream id: (rows, billed cost as text, start of service of the oldest)} of what is held by its kind."""
        held = self.filtered(lambda stream: stream.effective_policy == "hold")
        if not held:
            return {}
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT v.stream_id, COUNT(*), SUM(v.cost_billed)::text, MIN(v.service_start)
                  FROM %(states)s v
                 WHERE v.stream_id = ANY(%(stream_ids)s)
                   AND v.state = 'hold'
              GROUP BY v.stream_id
                """,
                states=SQL(STATE_VIEW),
                stream_ids=held._origin.ids,
            )
        )
        return {stream_id: (row_count, cost, oldest) for stream_id, row_count, cost, oldest in rows}

    def _search_held_rows(self, operator, value):
        """Streams with such rows, or without: any other comparison is left to what is shown."""
        if (operator, value) not in ((">", 0), ("=", 0)):
            return NotImplemented
        self.env.flush_all()
        # Row by row only where the stream itself is held: the state of all rows is not asked for.
        held = SQL(
            """(SELECT s.id
                  FROM cloud_usage_stream s
                 WHERE s.effective_policy = 'hold'
                   AND EXISTS (SELECT FROM %(states)s v WHERE v.stream_id = s.id AND v.state = 'hold'))""",
            states=SQL(STATE_VIEW),
        )
        return [("id", "in" if operator == ">" else "not in", held)]
