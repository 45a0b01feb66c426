from collections import defaultdict
from decimal import Decimal

from odoo import api, fields, models

from ...engine.numbers import exact
from ...fields import format_decimal


class CloudUsageStream(models.Model):
    """Who owns a stream, in words, and the buttons by which people give it an owner or say what it is for."""

    _inherit = "cloud.usage.stream"

    owner_text = fields.Char(string="Owner", compute="_compute_owner_text", help="Who has it now, and who had or will.")

    # === COMPUTE === #

    @api.depends("mapping_ids.customer_id", "mapping_ids.analytic_account_id", "mapping_ids.date_end")
    def _compute_owner_text(self):
        for stream in self:
            owners = stream.mapping_ids.sorted(lambda mapping: mapping.date_start or fields.Date.to_date("1970-01-01"))
            names = [mapping.customer_id.name or mapping.analytic_account_id.name for mapping in owners]
            stream.owner_text = ", ".join(dict.fromkeys(filter(None, names)))

    # === ACTIONS === #

    def action_assign(self):
        """Open the wizard that gives these streams an owner."""
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_usage_map_wizard_action")
        return {**action, "context": {"active_model": self._name, "active_ids": self.ids, "dialog_size": "extra-large"}}

    def action_bill(self):
        """Bill these streams, whatever their source says of their charge kind."""
        self.policy = "bill"

    def action_keep(self):
        """Keep these streams for us: counted as cost, never billed."""
        self.policy = "keep"

    def action_hold(self):
        """Hold these streams for a decision."""
        self.policy = "hold"

    def action_follow_source(self):
        """Let these streams be for what their source says of their charge kind."""
        self.policy = False

    def action_open_rows(self):
        """The usage rows of this stream."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_usage_record_action")
        return {**action, "domain": [("stream_id", "=", self.id)]}

    # === BUSINESS === #

    def _get_cost_text(self):
        """The billed cost of streams as text, one amount per currency; a dash for who may not see costs."""
        if not self.env["cloud.field.access"]._may_see_costs():
            return "–"
        sums = defaultdict(Decimal)
        with exact():
            for stream in self:
                if stream.cost_billed is not None:
                    sums[stream.currency or ""] += stream.cost_billed
        return ", ".join(f"{format_decimal(self.env, total)} {currency}".strip() for currency, total in sums.items())
