from odoo import api, fields, models
from odoo.tools import SQL

from ...engine.numbers import parse_decimal
from ...fields import DecimalField
from ..usage.usage_schema import ASSIGNMENT_TABLE, STATE_VIEW


class CloudUsageStream(models.Model):
    """The queue of usage that has an owner and that his meter leaves out: nobody is billed for it."""

    _inherit = "cloud.usage.stream"

    uncounted_rows = fields.Integer(
        string="Rows Left Out",
        compute="_compute_uncounted",
        search="_search_uncounted_rows",
        help="Live rows that the filters of their line's meter leave out.",
    )
    uncounted_cost = DecimalField(
        string="Cost Left Out",
        currency_field="currency",
        compute="_compute_uncounted",
        help="Billed cost of these rows.",
    )
    uncounted_age = fields.Integer(
        string="Days Left Out", compute="_compute_uncounted", help="Days since the service of the oldest of them."
    )
    uncounted_meter_ids = fields.Many2many(
        "cloud.meter",
        string="Left Out By",
        compute="_compute_uncounted",
        help="The meters whose filters they do not pass.",
    )

    # === COMPUTE === #

    @api.depends("effective_policy", "row_count", "cost_billed", "mapping_ids")
    def _compute_uncounted(self):
        now, found = fields.Datetime.now(), self._fetch_uncounted()
        for stream in self:
            row_count, cost, oldest, meter_ids = found.get(stream._origin.id, (0, None, None, ()))
            stream.uncounted_rows = row_count
            stream.uncounted_cost = None if cost is None else parse_decimal(cost)
            stream.uncounted_age = (now - oldest).days if oldest else 0
            stream.uncounted_meter_ids = stream.uncounted_meter_ids.browse(meter_ids)

    def _fetch_uncounted(self):
        """{stream id: (rows, billed cost as text, start of service of the oldest, meter ids)} of what is left out."""
        billed = self.filtered(lambda stream: stream.effective_policy == "bill" and stream.mapping_ids)
        if not billed:
            return {}
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT v.stream_id, COUNT(*), SUM(v.cost_billed)::text, MIN(v.service_start),
                       ARRAY_AGG(DISTINCT t.cloud_meter_id)
                  FROM %(states)s v
                  JOIN cloud_subscription_line l ON l.id = v.subscription_line_id
                  JOIN product_product g ON g.id = l.product_id
                  JOIN product_template t ON t.id = g.product_tmpl_id
                 WHERE v.stream_id = ANY(%(stream_ids)s)
                   AND v.state = 'uncounted'
              GROUP BY v.stream_id
                """,
                states=SQL(STATE_VIEW),
                stream_ids=billed._origin.ids,
            )
        )
        return {stream_id: found for stream_id, *found in rows}

    def _search_uncounted_rows(self, operator, value):
        """Streams with such rows, or without: any other comparison is left to what is shown."""
        if (operator, value) not in ((">", 0), ("=", 0)):
            return NotImplemented
        self.env.flush_all()
        # Row by row only where an owner's meter has filters: the state of all rows is not asked for.
        left_out = SQL(
            """(SELECT s.id
                  FROM cloud_usage_stream s
                 WHERE s.effective_policy = 'bill'
                   AND EXISTS (SELECT
                                 FROM %(assignments)s a
                                 JOIN cloud_subscription_line l ON l.id = a.subscription_line_id
                                 JOIN product_product g ON g.id = l.product_id
                                 JOIN product_template t ON t.id = g.product_tmpl_id
                                 JOIN cloud_meter_filter f ON f.meter_id = t.cloud_meter_id
                                WHERE a.stream_id = s.id
                                  AND a.to_number = 0)
                   AND EXISTS (SELECT FROM %(states)s v WHERE v.stream_id = s.id AND v.state = 'uncounted'))""",
            assignments=SQL(ASSIGNMENT_TABLE),
            states=SQL(STATE_VIEW),
        )
        return [("id", "in" if operator == ">" else "not in", left_out)]

    # === ACTIONS === #

    def action_open_meters(self):
        """The meters that leave usage of these streams out, where their filters are."""
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_meter_action")
        meters = self.uncounted_meter_ids
        if len(meters) == 1:
            return {**action, "res_id": meters.id, "view_mode": "form", "views": [(False, "form")]}
        return {**action, "domain": [("id", "in", meters.ids)]}

    def action_open_owners(self):
        """Who has these streams: where an owner ends, his usage waits without an owner, and can be given to another."""
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_usage_mapping_action")
        return {**action, "domain": [("stream_id", "in", self.ids)]}
