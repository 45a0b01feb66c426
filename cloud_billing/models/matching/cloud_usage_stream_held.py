from odoo import api, fields, models
from odoo.tools import SQL

from ...fields import DecimalField
from .cloud_usage_stream_waiting import NOTHING_WAITS


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
        found = self.filtered(lambda stream: stream.effective_policy == "hold")._fetch_waiting("hold")
        for stream in self:
            waiting = found.get(stream._origin.id, NOTHING_WAITS)
            stream.held_rows, stream.held_cost, stream.held_age = waiting

    def _search_held_rows(self, operator, value):
        return self._search_waiting(operator, value, "hold", SQL("s.effective_policy = 'hold'"))
