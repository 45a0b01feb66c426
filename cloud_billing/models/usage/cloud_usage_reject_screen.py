from odoo import api, fields, models

from ...engine.numbers import exact, parse_decimal
from ...fields import DecimalField


class CloudUsageReject(models.Model):
    """What a row that waits is called, how long it waits, what it is worth, and the button that resolves it."""

    _inherit = "cloud.usage.reject"

    age = fields.Integer(
        string="Days", compute="_compute_age", help="Days since it came. Sorted by, and filtered by, when it came."
    )
    currency = fields.Char(compute="_compute_cost_change")
    cost_change = DecimalField(
        string="Money",
        currency_field="currency",
        compute="_compute_cost_change",
        help="Quarantined: by how much the billed cost changes when the new version is accepted. What a row costs that"
        " cannot be read nobody knows.",
    )

    # === COMPUTE === #

    @api.depends("create_date")
    def _compute_age(self):
        now = fields.Datetime.now()
        for reject in self:
            reject.age = (now - reject.create_date).days if reject.create_date else 0

    @api.depends("new_version", "known_version")
    def _compute_cost_change(self):
        streams = self.env["cloud.usage.stream"].browse(
            {int(reject.new_version["stream_id"]) for reject in self if reject.new_version}
        )
        currencies = {stream.id: stream.currency for stream in streams.exists()}
        for reject in self:
            came, known = reject.new_version or {}, reject.known_version or {}
            reject.currency = currencies.get(int(came["stream_id"])) if came else False
            reject.cost_change = _subtract(came.get("cost_billed"), known.get("cost_billed"))

    @api.depends("file_name", "row_no")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for reject in self:
            reject.display_name = self.env._("%(file)s, row %(row)s", file=reject.file_name, row=reject.row_no)

    # === ACTIONS === #

    def action_resolve(self):
        """Open the wizard that corrects, accepts or waives these rows."""
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_usage_resolve_wizard_action")
        return {**action, "context": {"default_reject_ids": self.ids, "dialog_size": "extra-large"}}


def _subtract(came, known):
    """The difference of two numbers as text, None where neither is given."""
    if came is None and known is None:
        return None
    with exact():
        return parse_decimal(came or "0") - parse_decimal(known or "0")
