from datetime import timezone
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.addons.base.models.res_partner import _tz_get
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command

from ...engine.readers import READERS
from ...engine.readers.own.generic_csv import ALIASES
from .cloud_usage_source_policy import CHARGE_KINDS, DEFAULT_POLICIES

# What the rows that are there were read by; another value would read the same file as other rows.
_FIXED_ONCE_IMPORTED = ("company_id", "reader", "month_basis", "sample_kind")


class CloudUsageSource(models.Model):
    """Where usage comes from, and how its rows are to be understood."""

    _name = "cloud.usage.source"
    _description = "Usage Source"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True, help="For instance the provider and the contract with it.")
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    active = fields.Boolean(default=True)
    # To add a reader: register it in the engine and extend this selection (selection_add, ondelete "cascade").
    reader = fields.Selection(
        [(name, reader.label) for name, reader in READERS.items()],
        required=True,
        tracking=True,
        help="What understands the files of this source. It is chosen, never guessed.",
    )
    shape = fields.Selection(
        [("snapshot", "Delivers a month again and again (bill)"), ("append", "Adds rows (events)")],
        compute="_compute_from_reader",
        store=True,
        precompute=True,
        required=True,
        help="Snapshot: a newer delivery of a month replaces the former. "
        "Append: a row that is known by its id, or by all that it says, is never added again.",
    )
    month_basis = fields.Selection(
        [("provider", "The provider's billing month"), ("customer", "The customer's time zone")],
        compute="_compute_from_reader",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
        help="Whose month a row belongs to. Provider bills tie to the provider's month, own meters to the customer's.",
    )
    tz = fields.Selection(
        _tz_get,
        string="Time Zone",
        required=True,
        default="UTC",
        help="In which the dates of owners are read, and times in files that do not say their own.",
    )
    delimiter = fields.Selection(
        [(",", "Comma"), (";", "Semicolon"), ("\t", "Tab"), ("|", "Vertical bar")],
        default=",",
        required=True,
        help="Between the columns of a CSV file.",
    )
    decimal_sign = fields.Selection(
        [(".", "Point: 1234.56"), (",", "Comma: 1234,56")],
        default=".",
        required=True,
        help="In the numbers of usage events. Provider bills always have a point.",
    )
    column_names = fields.Text(
        help="One column per line, our name first: quantity = Menge. Only for names that are not understood anyway."
    )
    default_provider = fields.Char(string="Provider", help="For rows that do not say.")
    default_provider_account = fields.Char(string="Provider Account", help="For rows that do not say.")
    default_currency = fields.Char(string="Currency of Costs", size=3, help="For rows that do not say, e.g. EUR.")
    sample_kind = fields.Selection(
        [
            ("increase", "The use since the moment before, as of increase()"),
            ("counter", "A counter that only grows"),
            ("gauge", "A level, counted by the hour"),
        ],
        string="What a Value Is",
        help="Of Prometheus: its answers do not say it. A counter is used by what it grew between two moments; a level "
        "of 4 that holds for half an hour is 2 hours.",
    )
    policy_ids = fields.One2many(
        "cloud.usage.source.policy",
        "source_id",
        string="Charge Kinds",
        copy=True,
        default=lambda self: self._prepare_policy_commands(),
        help="What the rows of each kind are for.",
    )
    resale_product_id = fields.Many2one(
        "product.product",
        string="Resold As",
        readonly=True,
        copy=False,
        ondelete="set null",
        help="The product that was made to resell this source; proposed when its streams get an owner.",
    )
    resale_plan_id = fields.Many2one(
        "cloud.price.plan", string="Resale Prices", readonly=True, copy=False, ondelete="set null"
    )
    import_ids = fields.One2many("cloud.usage.import", "source_id", string="Imports")
    import_count = fields.Integer(compute="_compute_import_count", string="Number of Imports")
    stream_count = fields.Integer(compute="_compute_stream_count", string="Number of Streams")
    month_count = fields.Integer(compute="_compute_month_count", string="Months Delivered")

    _name_company_uniq = models.UniqueIndex("(name, company_id)", "The company has a source with this name already.")

    # === COMPUTE === #

    @api.depends("reader")
    def _compute_from_reader(self):
        for source in self:
            reader = READERS.get(source.reader)
            source.shape = reader.shape if reader else "snapshot"
            source.month_basis = "customer" if source.shape == "append" else "provider"

    @api.depends("import_ids")
    def _compute_import_count(self):
        counts = self._count("cloud.usage.import")
        for source in self:
            source.import_count = counts.get(source._origin.id, 0)

    def _compute_stream_count(self):
        counts = self._count("cloud.usage.stream")
        for source in self:
            source.stream_count = counts.get(source._origin.id, 0)

    def _compute_month_count(self):
        groups = self.env["cloud.usage.delivery"]._read_group(
            [("source_id", "in", self.ids), ("import_number", ">", 0), ("superseded_number", "=", 0)],
            ["source_id"],
            ["billing_month:array_agg"],
        )
        months = {source.id: {month for month in found if month} for source, found in groups}
        for source in self:
            source.month_count = len(months.get(source._origin.id, ()))

    def _count(self, model):
        groups = self.env[model]._read_group([("source_id", "in", self.ids)], ["source_id"], ["__count"])
        return {source.id: count for source, count in groups}

    # === CONSTRAINTS === #

    @api.constrains("column_names")
    def _check_column_names(self):
        for source in self:
            source._get_column_names()

    @api.constrains("default_currency")
    def _check_default_currency(self):
        for source in self:
            code = source.default_currency
            if code and not (len(code) == 3 and code.isascii() and code.isalpha()):
                raise ValidationError(
                    self.env._(
                        "%(name)s: %(code)s is not a currency. Write its three letters, for instance EUR.",
                        name=source.name,
                        code=code,
                    )
                )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        sources = super().create(vals_list)
        sources._add_missing_policies()
        return sources

    def write(self, vals):
        self._check_fixed_once_imported(vals)
        return super().write(vals)

    def _check_fixed_once_imported(self, vals):
        for source in self:
            old = source._convert_to_write({name: source[name] for name in _FIXED_ONCE_IMPORTED})
            names = [name for name in old if name in vals and vals[name] != old[name]]
            if names and source.import_ids.filtered(lambda usage_import: usage_import.import_number):
                raise UserError(
                    self.env._(
                        "%(name)s has imported usage already, so its %(field)s stays as it is. Make a new source.",
                        name=source.name,
                        field=source._fields[names[0]]._description_string(self.env),
                    )
                )

    def _add_missing_policies(self):
        """Every charge kind has a line, so that nothing is decided by what is not there."""
        for source in self:
            missing = [kind for kind, _label in CHARGE_KINDS if kind not in source.policy_ids.mapped("charge_kind")]
            if missing:
                source.write({"policy_ids": source._prepare_policy_commands(missing)})

    # === ACTIONS === #

    def action_import(self):
        """Open the import wizard for this source."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_usage_import_wizard_action")
        return {**action, "context": {"default_source_id": self.id}}

    def action_resell(self):
        """Open the questions that make a resale plan of this source."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Resell %(name)s", name=self.name),
            "res_model": "cloud.usage.resale.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_source_id": self.id},
        }

    def action_open_imports(self):
        """The imports of this source."""
        return self._open_list("cloud_billing.cloud_usage_import_action")

    def action_open_streams(self):
        """The streams of this source."""
        return self._open_list("cloud_billing.cloud_usage_stream_action")

    def action_open_months(self):
        """The months that this source has delivered."""
        return self._open_list("cloud_billing.cloud_usage_delivery_action")

    def _open_list(self, action_id):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(action_id)
        return {**action, "domain": [("source_id", "=", self.id)], "context": {"default_source_id": self.id}}

    # === BUSINESS === #

    @api.model
    def _prepare_policy_commands(self, kinds=None):
        """Commands that make the policy lines of these charge kinds (all when None) with their defaults."""
        kinds = [kind for kind, _label in CHARGE_KINDS] if kinds is None else kinds
        return [Command.create({"charge_kind": kind, "policy": DEFAULT_POLICIES.get(kind, "hold")}) for kind in kinds]

    def _is_snapshot(self):
        """Whether its files restate whole months; else they add rows."""
        self.ensure_one()
        return self.shape == "snapshot"

    def _get_column_names(self):
        """{our column: name in the file} as typed in `column_names`. Raises ValidationError for any other line."""
        self.ensure_one()
        names = {}
        for line in (self.column_names or "").splitlines():
            column, equals, name = (part.strip() for part in line.partition("="))
            if not line.strip():
                continue
            if not equals or not name or column not in ALIASES or column in names:
                raise ValidationError(
                    self.env._(
                        'Column names of %(name)s: the line "%(line)s" is not understood. Write one of %(columns)s '
                        "once, an equals sign, and the name in the file.",
                        name=self.name,
                        line=line,
                        columns=", ".join(ALIASES),
                    )
                )
            names[column] = name
        return names

    def _get_first_day(self):
        """The first of the earliest month in which the source has usage, or None."""
        self.ensure_one()
        first = self.env["cloud.usage.stream"].search(
            [("source_id", "=", self.id), ("first_service_start", "!=", False)], order="first_service_start", limit=1
        )
        return self._get_local_day(first.first_service_start).replace(day=1) if first else None

    def _get_local_day(self, moment):
        """The date of an instant (naive UTC) in the time zone of the source, in which owners' days are read."""
        self.ensure_one()
        return moment.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(self.tz)).date()

    def _set_resale(self, product, plan):
        """Remember by which product and prices the source is resold, as a proposal for its streams."""
        self.ensure_one()
        # sudo: a price manager resells; the source, which administrators connect, only remembers what was made.
        self.sudo().write({"resale_product_id": product.id, "resale_plan_id": plan.id})

    # === HOOKS === #

    def _get_account_tag(self):
        """Return the engine's AccountTag of the source, or None where accounts are those of the files."""
        return

    def _get_reader_options(self):
        """The `options` for the source's reader, as its docstring names them.

        To add a reader with options of its own: extend the dict that super() returns. Readers ignore what they do not
        know.
        """
        self.ensure_one()
        return {
            "delimiter": self.delimiter,
            "decimal": self.decimal_sign,
            "columns": self._get_column_names(),
            "time_zone": self.tz,
            "provider": self.default_provider or "",
            "provider_account": self.default_provider_account or "",
            "currency": (self.default_currency or "").upper(),
            "sample_kind": self.sample_kind or "",
        }
