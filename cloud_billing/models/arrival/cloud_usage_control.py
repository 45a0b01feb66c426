import base64

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from ...engine.numbers import exact, parse_decimal
from ...engine.readers.control_files import ControlFileError, read_control_file
from ...fields import DecimalField
from .control_messages import explain_control_file
from .control_sql import select_actual

MEASURES = [
    ("rows", "Rows"),
    ("quantity", "Quantity"),
    ("cost_billed", "Billed cost"),
    ("files", "Files"),
    ("bytes", "Bytes of the files"),
]
# For which a tolerance makes sense; what is counted is the same or it is not.
_WITH_TOLERANCE = ("quantity", "cost_billed")
_KEY = ("source_id", "provider_account", "month", "measure", "currency", "unit")


class CloudUsageControl(models.Model):
    """What a provider, or a person, says should have arrived of a month: compared with what has.

    It is never changed: a newer one for the same figure takes its place.
    """

    _name = "cloud.usage.control"
    _description = "Control Total"
    _order = "month desc, source_id, provider_account, measure, id desc"

    source_id = fields.Many2one("cloud.usage.source", required=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(related="source_id.company_id", store=True, index=True)
    provider_account = fields.Char(required=True, default="", help="Empty: all accounts of the source together.")
    month = fields.Date(required=True, help="The provider's month; any day of it.")
    measure = fields.Selection(MEASURES, required=True, default="cost_billed")
    currency = fields.Char(size=3, required=True, default="", help="Of a cost: its three letters.")
    unit = fields.Char(required=True, default="", help="Of a quantity. Empty: all units together.")
    amount = DecimalField(required=True, string="Should Be")
    origin = fields.Selection(
        [("typed", "Typed"), ("manifest", "Provider's manifest"), ("file", "File of totals")],
        required=True,
        default="typed",
        readonly=True,
    )
    reference = fields.Char(help="Where it comes from: the invoice, the report, the run of the export.")
    files = fields.Json(readonly=True, help="The names of the files that a manifest lists.")
    is_current = fields.Boolean(default=True, readonly=True, copy=False, help="No newer one took its place.")
    # Whether a total matches is for everybody: as the module, because its figures are not.
    actual = DecimalField(compute="_compute_actual", compute_sudo=True, string="Arrived")
    difference = DecimalField(compute="_compute_actual", compute_sudo=True, help="What arrived less what should have.")
    state = fields.Selection(
        [("match", "Matches"), ("differs", "Differs"), ("waiting", "Nothing arrived")],
        compute="_compute_actual",
        compute_sudo=True,
        search="_search_state",
        help="Within the tolerance of the source it matches.",
    )

    _one_current = models.UniqueIndex(
        "(source_id, provider_account, month, measure, currency, unit) WHERE is_current",
        "There is a control total of this figure already.",
    )
    _is_first_day = models.Constraint("CHECK (EXTRACT(DAY FROM month) = 1)", "A month is kept by its first day.")
    _cost_has_currency = models.Constraint(
        "CHECK ((measure = 'cost_billed') = (currency <> ''))", "A cost has a currency, and only a cost has one."
    )

    # === COMPUTE === #

    @api.depends("amount", "month", "measure")
    def _compute_actual(self):
        self.env.flush_all()
        actual = dict(self.env.execute_query(select_actual(self.ids))) if self.ids else {}
        for control in self:
            text = actual.get(control.id)
            control.actual = None if text is None else parse_decimal(text)
            with exact():
                control.difference = None if text is None else control.actual - control.amount
            control.state = control._get_state()

    def _get_state(self):
        if self.actual is None:
            return "waiting" if self.amount else "match"
        if self.measure not in _WITH_TOLERANCE:
            return "differs" if self.difference else "match"
        return "match" if abs(self.difference) <= self.source_id._get_tolerance(self) else "differs"

    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        current = self.search([("is_current", "=", True)])
        return [("id", "in", current.filtered(lambda control: control.state in value).ids)]

    @api.depends("source_id", "provider_account", "month", "measure")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["measure"]._description_selection(self.env))
        for control in self:
            month = control.month and format_date(self.env, control.month, date_format="MMM y")
            parts = (control.source_id.name, control.provider_account, month, labels.get(control.measure))
            control.display_name = " · ".join(filter(None, parts))

    # === BUSINESS === #

    def _tell_difference(self, has_costs):
        """A sentence: what should have arrived and what has; without the figures of a cost unless has_costs."""
        if self.measure == "cost_billed" and not has_costs:
            return self.env._("%(total)s is not what it should be.", total=self.display_name)
        return self.env._(
            "%(total)s should be %(amount)s and is %(actual)s.",
            total=self.display_name,
            amount=f"{self.amount:f}",
            actual="–" if self.actual is None else f"{self.actual:f}",
        )

    @api.model
    def _read_file(self, content, file_name):
        """(the engine's ControlFile, False) of a file, as base64; or (None, a sentence what is wrong with it)."""
        try:
            return read_control_file(base64.b64decode(content)), False
        except ControlFileError as error:
            return None, explain_control_file(self.env, error, file_name)

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("month"):
                vals["month"] = fields.Date.to_date(vals["month"]).replace(day=1)
            for name in ("provider_account", "currency", "unit"):
                vals[name] = (vals.get(name) or "").strip()
            vals["currency"] = vals["currency"].upper()
        self._end_former(vals_list)
        return super().create(vals_list)

    def _end_former(self, vals_list):
        """End the current totals of the same figures: the index lets only one be current. One statement for all.

        Whoever may not create the new ones rolls this back with them.
        """
        self.env.flush_all()
        defaults = self.default_get(["source_id", "measure"])
        values = [[vals.get(name, defaults.get(name)) for vals in vals_list] for name in _KEY]
        self.env.execute_query(
            SQL(
                """
                UPDATE cloud_usage_control c
                   SET is_current = FALSE
                  FROM unnest(%s::int[], %s::text[], %s::date[], %s::text[], %s::text[], %s::text[])
                       AS k (source_id, provider_account, month, measure, currency, unit)
                 WHERE c.is_current
                   AND (c.source_id, c.provider_account, c.month, c.measure, c.currency, c.unit)
                       = (k.source_id, k.provider_account, k.month, k.measure, k.currency, k.unit)
             RETURNING c.id
                """,
                *values,
            )
        )
        self.invalidate_model(["is_current"])

    # write() has no super(): nobody changes what was said; a newer total takes its place.
    # pylint: disable=method-required-super
    def write(self, vals):
        raise UserError(
            self.env._("A control total is never changed: enter a new one, it takes the place of this one.")
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("A control total is never deleted: enter a new one, it takes the place of this one.")
        )
