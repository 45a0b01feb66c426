from odoo import api, fields, models
from odoo.addons.base.models.res_partner import _tz_get
from odoo.exceptions import AccessError, UserError, ValidationError

from ...engine.connectors import CONNECTORS
from ..control.state_check import check_states

# What a connector says about itself; people change it by its buttons.
_WRITTEN_BY_ITSELF = {
    "state", "watermark", "next_at", "failures", "last_success_at", "claim_token", "claim_until", "is_asked",
    "asked_by_id", "paused_by_id",
}  # fmt: skip


class CloudConnector(models.Model):
    """A source that is fetched by itself: from whom, with which settings, how often, and how it is doing.

    Billing administrators set it up; operators fetch, pause and look.
    """

    _name = "cloud.connector"
    _description = "Connector"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "name, id"

    name = fields.Char(compute="_compute_name", store=True, readonly=False, required=True, precompute=True)
    active = fields.Boolean(default=True)
    source_id = fields.Many2one(
        "cloud.usage.source",
        required=True,
        ondelete="restrict",
        index=True,
        tracking=True,
        help="Whose usage it fetches: how its files are read, whose month, and who is told.",
    )
    company_id = fields.Many2one(related="source_id.company_id", store=True, index=True)
    kind = fields.Selection(
        selection="_get_kinds",
        string="Connects To",
        required=True,
        tracking=True,
        help="What is spoken to, and in which way. docs/connectors.md says what to create at the provider.",
    )
    summary = fields.Char(compute="_compute_summary")
    state = fields.Selection(
        [("setup", "Being set up"), ("active", "In use"), ("paused", "Paused")],
        default="setup",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    paused_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    schedule = fields.Selection(
        [("hours", "Every few hours"), ("daily", "Every day"), ("monthly", "Every month"), ("hand", "Only by hand")],
        default="daily",
        required=True,
        tracking=True,
    )
    every_hours = fields.Integer(string="Hours", default=6, required=True, tracking=True)
    at_hour = fields.Integer(
        string="At", default=4, required=True, tracking=True, help="Full hour of the day in the time zone beside it."
    )
    on_day = fields.Integer(default=3, required=True, tracking=True, help="Of the month, 1 to 28.")
    tz = fields.Selection(_tz_get, string="Time Zone", required=True, default=lambda self: self.env.user.tz or "UTC")
    fetch_from = fields.Date(
        string="From",
        required=True,
        default=lambda self: fields.Date.context_today(self).replace(day=1),
        help="The first day that is fetched by itself. What lies before it is fetched by a back-fill.",
    )
    max_megabytes = fields.Integer(
        string="Largest Answer (MB)",
        default=4096,
        required=True,
        help="A file or an answer that is larger is cut off and refused.",
    )
    max_minutes = fields.Integer(
        string="Longest Answer (minutes)",
        default=60,
        required=True,
        help="An answer that takes longer is cut off and refused.",
    )
    watermark = fields.Datetime(
        string="Fetched Up To",
        readonly=True,
        copy=False,
        help="Moves only behind what was taken in and committed. What lies before it is asked for again as far as the"
        " provider still changes it.",
    )
    next_at = fields.Datetime(string="Next", readonly=True, copy=False, index=True)
    is_asked = fields.Boolean(readonly=True, copy=False, help="Somebody asked for it beside the schedule.")
    asked_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    failures = fields.Integer(readonly=True, copy=False, default=0, required=True, help="In a row.")
    last_success_at = fields.Datetime(string="Last Success", readonly=True, copy=False)
    # Whoever fetches it has written its token here; an expired lease is free to take.
    claim_token = fields.Char(readonly=True, copy=False, groups="base.group_system")
    claim_until = fields.Datetime(readonly=True, copy=False)
    run_ids = fields.One2many("cloud.connector.run", "connector_id", string="Activity")
    delivery_ids = fields.One2many("cloud.connector.delivery", "connector_id", string="Deliveries")
    delivery_count = fields.Integer(compute="_compute_delivery_count", string="Number of Deliveries")

    _name_company_uniq = models.UniqueIndex("(name, company_id)", "The company has a connector with this name already.")
    _times_possible = models.Constraint(
        "CHECK (every_hours BETWEEN 1 AND 720 AND at_hour BETWEEN 0 AND 23 AND on_day BETWEEN 1 AND 28)",
        "Hours are 1 to 720, the hour of a day 0 to 23, the day of a month 1 to 28.",
    )
    _limits_possible = models.Constraint(
        "CHECK (max_megabytes BETWEEN 1 AND 65536 AND max_minutes BETWEEN 1 AND 1440)",
        "The largest answer is 1 to 65536 MB, the longest 1 to 1440 minutes.",
    )
    _failures_not_negative = models.Constraint("CHECK (failures >= 0)", "Failures in a row are 0 or more.")

    @api.model
    def _get_kinds(self):
        """[(name, title)] of all connectors that are registered, by title."""
        kinds = ((name, self._translate(engine.title)) for name, engine in CONNECTORS.items())
        return sorted(kinds, key=lambda kind: kind[1])

    # === COMPUTE === #

    @api.depends("source_id")
    def _compute_name(self):
        for connector in self:
            connector.name = connector.name or connector.source_id.name

    @api.depends("kind")
    @api.depends_context("lang")
    def _compute_summary(self):
        for connector in self:
            engine = connector._get_engine()
            connector.summary = engine and self._translate(engine.summary)

    @api.depends("delivery_ids")
    def _compute_delivery_count(self):
        groups = self.env["cloud.connector.delivery"]._read_group(
            [("connector_id", "in", self.ids)], ["connector_id"], ["__count"]
        )
        counts = {connector.id: count for connector, count in groups}
        for connector in self:
            connector.delivery_count = counts.get(connector._origin.id, 0)

    # === CONSTRAINTS === #

    @api.constrains("kind", "source_id")
    def _check_reader(self):
        for connector in self:
            if not connector._get_engine():
                raise ValidationError(
                    self.env._(
                        "There is no connector called %(kind)s. Choose one of the list, or install the module that it "
                        "belongs to.",
                        kind=connector.kind,
                    )
                )
            readers = connector._get_engine().readers
            if readers and connector.source_id.reader not in readers:
                labels = dict(connector.source_id._fields["reader"]._description_selection(self.env))
                raise ValidationError(
                    self.env._(
                        "%(source_name)s is read as %(reader)s, which %(kind)s does not deliver. Choose a source that "
                        "is read as one of: %(readers)s.",
                        source_name=connector.source_id.name,
                        reader=labels[connector.source_id.reader],
                        kind=self._translate(connector._get_engine().title),
                        readers=", ".join(labels.get(reader, reader) for reader in readers),
                    )
                )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_written(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_written(vals)
        return super().write(vals)

    def _check_written(self, vals):
        """Refuse what people may not write: what a connector says about itself."""
        ours = vals.keys() & _WRITTEN_BY_ITSELF
        if ours and not self.env.su:
            raise AccessError(
                self.env._(
                    "%(fields)s of a connector is written by itself: use its buttons.",
                    fields=", ".join(self._fields[name]._description_string(self.env) for name in sorted(ours)),
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for connector in self:
            if connector.delivery_ids:
                raise UserError(
                    self.env._(
                        "%(name)s has fetched usage: it stays as the record of that. Archive it, nothing is fetched "
                        "any more then.",
                        name=connector.name,
                    )
                )

    # === ACTIONS === #

    def action_open_imports(self):
        """The imports that this connector made."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_usage_import_action")
        return {**action, "domain": [("id", "in", self.delivery_ids.import_id.ids)], "context": {"create": False}}

    def action_open_runs(self):
        """What this connector did, newest first."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_connector_run_action")
        return {**action, "domain": [("connector_id", "=", self.id)], "context": {}}

    # === BUSINESS === #

    def _get_engine(self):
        """The registered connector that speaks to the provider; None for a kind whose module is not there any more."""
        return self._get_engine_of(self.kind)

    def _get_speaker(self):
        """The engine's connector that tests and fetches for this record; another one than the registered where it
        must know more than the settings say.
        """
        return self._get_engine()

    @api.model
    def _get_engine_of(self, kind):
        return CONNECTORS.get(kind)

    def _begin(self, *states):
        """These connectors, as what writes them; raises when the user may not or one is in another state."""
        self.check_access("read")
        if not self.env.user.has_group("cloud_billing.group_operator"):
            raise AccessError(self.env._("To fetch usage takes the role of an operator."))
        check_states(self, states)
        # sudo: operators run connectors, which only administrators write; their role was checked above.
        return self.sudo()

    def _check_administrator(self):
        self.check_access("write")
        if not self.env.user.has_group("cloud_billing.group_administrator"):
            raise AccessError(self.env._("Connectors are set up by billing administrators."))
