from odoo import api, fields, models
from odoo.tools import SQL

from ...engine.numbers import parse_decimal
from ..usage.usage_schema import STATE_VIEW

# Rows, billed cost and days of a stream that nothing waits in.
NOTHING_WAITS = (0, None, 0)
_NOTHING = SQL()


class CloudUsageStream(models.Model):
    """What the queues share that show streams by the state of their rows: it follows from other things and is stored
    nowhere, so each queue narrows down the streams of which it is asked for.
    """

    _inherit = "cloud.usage.stream"

    # === BUSINESS === #

    def _fetch_waiting(self, state, columns=_NOTHING, joins=_NOTHING):
        """{stream id: (live rows in a state, their billed cost, days since the service of the oldest, *columns)}.

        columns, joins: what else is selected of a stream, each column behind a comma; v are the rows.
        """
        if not self:
            return {}
        self.env.flush_all()
        found = self.env.execute_query(
            SQL(
                """
                SELECT v.stream_id, COUNT(*), SUM(v.cost_billed)::text, MIN(v.service_start)
                       %(columns)s
                  FROM %(states)s v
                       %(joins)s
                 WHERE v.stream_id = ANY(%(stream_ids)s)
                   AND v.state = %(state)s
              GROUP BY v.stream_id
                """,
                columns=columns,
                states=SQL(STATE_VIEW),
                joins=joins,
                stream_ids=self._origin.ids,
                state=state,
            )
        )
        now = fields.Datetime.now()
        return {
            stream_id: (row_count, None if cost is None else parse_decimal(cost), (now - oldest).days, *more)
            for stream_id, row_count, cost, oldest, *more in found
        }

    @api.model
    def _search_waiting(self, operator, value, state, condition):
        """Streams with rows in a state, or without: any other comparison is left to what is shown.

        condition: what streams s must be to have such rows at all, so that the state of all rows is not asked for.
        """
        if (operator, value) not in ((">", 0), ("=", 0)):
            return NotImplemented
        self.env.flush_all()
        waiting = SQL(
            """(SELECT s.id
                  FROM cloud_usage_stream s
                 WHERE %(condition)s
                   AND EXISTS (SELECT FROM %(states)s v WHERE v.stream_id = s.id AND v.state = %(state)s))""",
            condition=condition,
            states=SQL(STATE_VIEW),
            state=state,
        )
        return [("id", "in" if operator == ">" else "not in", waiting)]
