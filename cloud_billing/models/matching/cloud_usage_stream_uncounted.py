from odoo import api, fields, models
from odoo.tools import SQL

from ...fields import DecimalField
from ..usage.usage_schema import ASSIGNMENT_TABLE
from .cloud_usage_stream_waiting import NOTHING_WAITS

# t.cloud_meter_id is what measures the line l.
_METER_OF_LINE = SQL(
    "JOIN product_product g ON g.id = l.product_id JOIN product_template t ON t.id = g.product_tmpl_id"
)


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
        billed = self.filtered(lambda stream: stream.effective_policy == "bill" and stream.mapping_ids)
        found = billed._fetch_waiting(
            "uncounted",
            columns=SQL(", ARRAY_AGG(DISTINCT t.cloud_meter_id)"),
            joins=SQL("JOIN cloud_subscription_line l ON l.id = v.subscription_line_id %s", _METER_OF_LINE),
        )
        for stream in self:
            *waiting, meter_ids = found.get(stream._origin.id, (*NOTHING_WAITS, ()))
            stream.uncounted_rows, stream.uncounted_cost, stream.uncounted_age = waiting
            stream.uncounted_meter_ids = stream.uncounted_meter_ids.browse(meter_ids)

    def _search_uncounted_rows(self, operator, value):
        # Only where an owner's meter has filters.
        condition = SQL(
            """s.effective_policy = 'bill'
                   AND EXISTS (SELECT
                                 FROM %(assignments)s a
                                 JOIN cloud_subscription_line l ON l.id = a.subscription_line_id
                                      %(meter_of_line)s
                                 JOIN cloud_meter_filter f ON f.meter_id = t.cloud_meter_id
                                WHERE a.stream_id = s.id
                                  AND a.to_number = 0)""",
            assignments=SQL(ASSIGNMENT_TABLE),
            meter_of_line=_METER_OF_LINE,
        )
        return self._search_waiting(operator, value, "uncounted", condition)

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
