from decimal import Decimal

from odoo import api, fields, models

from ...engine.numbers import exact, parse_decimal
from ...engine.readers import RowError
from ...fields import DecimalField
from . import reader_messages

# What a cell with one of these problems says is no cost, nor a list or a formula of costs. Any other is left out for
# whoever may not see costs: which column of a file is a cost only its reader knows.
_TELLS_NO_COST = {
    "missing_value", "bad_date", "bad_date_format", "bad_month", "end_before_start", "unknown_charge_category",
    "unknown_charge_class", "bad_currency", "field_too_long", "too_many_cells", "too_few_cells", "not_usage",
    "unknown_unit", "negative_quantity", "licence_twice", "other_day", "other_content",
}  # fmt: skip
_LEFT_OUT = "…"


class CloudUsageReject(models.Model):
    """What a row that waits is called, how long it waits, what it is worth, and the button that resolves it."""

    _inherit = "cloud.usage.reject"

    age = fields.Integer(
        string="Days", compute="_compute_age", help="Days since it came. Sorted by, and filtered by, when it came."
    )
    # As the module: the versions are hidden from who may not see costs, and in which currency they are is not.
    currency = fields.Char(compute="_compute_cost_change", compute_sudo=True)
    cost_change = DecimalField(
        string="Money",
        currency_field="currency",
        compute="_compute_cost_change",
        compute_sudo=True,
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

    # === BUSINESS: WHAT IS GIVEN UP === #

    def _get_given_up(self):
        """(Decimal, code of the currency) of what waiving one row gives up; (None, None) where nobody can say.

        Of a row that could not be read nobody can; of a newer version it is what it costs more than the known one.
        """
        self.ensure_one()
        if (self.new_version or {}).get("cost_billed") is None or not self.currency:
            return None, None
        return max(parse_decimal(self.cost_change), Decimal(0)), self.currency

    # === BUSINESS: WHAT IS TOLD TO WHOM === #

    @api.model
    def _hides_row(self):
        """Whether what a row says is hidden from the person: its text, its versions and its cells tell costs."""
        return bool(self._get_hidden_fields(["original_text"]))

    def _tell_reason(self, has_costs):
        """What is wrong and what to do; what the cell says only where that is no cost, unless has_costs."""
        self.ensure_one()
        # sudo: the value is hidden from who may not see costs; the sentence leaves it out for them.
        value = self.sudo().value or ""
        error = RowError(self.row_no, self.column or None, self.reason_code or "", value, "")
        return self._explain_row(error, has_costs)

    @api.model
    def _explain_row(self, error, has_costs, file_name=None):
        """The sentence of a RowError; has_costs: as of _tell_reason."""
        if not has_costs and error.reason not in _TELLS_NO_COST:
            error = error._replace(value=_LEFT_OUT)
        return reader_messages.explain_row(self.env, error, file_name)

    def _get_told_value(self):
        """What the wrong cell says, as whoever may not see costs may know it: empty where it may be one."""
        self.ensure_one()
        # sudo: as of _tell_reason.
        return (self.sudo().value or "") if self.reason_code in _TELLS_NO_COST else ""


def _subtract(came, known):
    """The difference of two numbers as text, None where neither is given."""
    if came is None and known is None:
        return None
    with exact():
        return parse_decimal(came or "0") - parse_decimal(known or "0")
