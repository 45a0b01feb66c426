from odoo import api, fields, models
from odoo.addons.base.models.res_partner import _tz_get
from odoo.exceptions import UserError

from ..models.intake import mapping_messages
from ..models.intake.cloud_usage_source import OWN_COLUMNS
from ..models.intake.mapping_reading import ENCODINGS, NUMBER_FIELDS, possible_date_formats, propose_style
from ..models.usage import usage_reading

CONSTANTS = ("account", "service", "unit", "currency", "charge_kind", "provider", "provider_account")
TABLE_FIELDS = ("delimiter", "encoding", "skip_rows", "sheet", "row_path", "schema")
_CHOICES = (
    "map_shape", "map_key", "map_month", "date_format", "period", "duration_unit", "map_decimal", "thousands",
    "quantity_factor", "charge_kinds", "map_tz", *(f"constant_{name}" for name in CONSTANTS),
)  # fmt: skip


def _choose(labels):
    """The selection of a field whose values have names in mapping_messages."""
    return lambda self: mapping_messages.selection(self.env, labels)


class CloudUsageImportWizard(models.TransientModel):
    """The step in which a person says what the columns of an unknown file are, looking at its first rows."""

    _inherit = "cloud.usage.import.wizard"

    format_id = fields.Many2one(
        "cloud.usage.format",
        domain="[('company_id', '=', company_id), ('version_id', '!=', False)]",
        help="A format that is there already. Empty: you are asked what each column is.",
    )
    has_own_columns = fields.Boolean(compute="_compute_has_own_columns")
    is_mapped = fields.Boolean(readonly=True, help="The columns were said here, so they are saved with the import.")
    is_key_fixed = fields.Boolean(compute="_compute_has_own_columns")
    format_name = fields.Char(string="Save as Format", help="The name under which these choices are kept.")
    column_ids = fields.One2many("cloud.usage.import.wizard.column", "wizard_id", string="Columns")
    sample = fields.Json(compute="_compute_sample")
    sample_problem = fields.Char(compute="_compute_sample")
    encoding = fields.Selection(
        [(name, name.upper()) for name in ENCODINGS],
        string="Characters",
        help="How letters are written. Empty: UTF-8, or what the file itself says.",
    )
    skip_rows = fields.Integer(string="Rows Above the Column Names")
    sheet = fields.Char(help="Of a workbook with several sheets: the one with the rows.")
    row_path = fields.Char(string="Path of the Rows", help="Of JSON and XML: where the rows are.")
    schema = fields.Text(
        string="XML Schema",
        help="Of XML: the text of an XSD that files must be valid against. It includes no others. Empty: not checked.",
    )
    map_shape = fields.Selection(_choose(mapping_messages.SHAPES), string="A File Brings", default="append")
    map_key = fields.Selection(
        _choose(mapping_messages.KEYS),
        string="A Row Is Known Again By",
        default="id",
        help="So that a row that comes again is not counted twice.",
    )
    map_month = fields.Selection(_choose(mapping_messages.MONTHS), string="Its Month", default="start")
    date_format = fields.Selection(_choose(mapping_messages.DATE_FORMATS), string="Dates")
    date_hint = fields.Char(compute="_compute_hints")
    period = fields.Selection(_choose(mapping_messages.PERIODS), string="A Row Lasts", default="day")
    duration_unit = fields.Selection(
        _choose(mapping_messages.DURATION_UNITS), string="Durations Are In", default="seconds"
    )
    map_decimal = fields.Selection(_choose(mapping_messages.DECIMALS), string="Decimals")
    decimal_hint = fields.Char(compute="_compute_hints")
    thousands = fields.Selection(
        lambda self: [(sign or "none", self.env._(label)) for sign, label in mapping_messages.THOUSANDS.items()],
        string="Between Thousands",
        default="none",
    )
    quantity_factor = fields.Char(
        string="Multiply Quantities By", default="1", help="0.001 makes GB of MB; say the unit below."
    )
    charge_kinds = fields.Text(
        string="Meaning of Kinds", help="One per line: what the file says = one of usage, purchase, tax, credit, "
        "refund, adjustment, fee."
    )  # fmt: skip
    map_tz = fields.Selection(_tz_get, string="Time Zone", help="Of times without an offset. Empty: the source's.")
    constant_account = fields.Char(string="Account")
    constant_service = fields.Char(string="Service")
    constant_unit = fields.Char(string="Unit")
    constant_currency = fields.Char(string="Currency", size=3)
    constant_charge_kind = fields.Selection(
        lambda self: self.env["cloud.usage.source.policy"]._fields["charge_kind"]._description_selection(self.env),
        string="Kind of Charge",
    )
    constant_provider = fields.Char(string="Provider")
    constant_provider_account = fields.Char(string="Provider Account")
    map_problem = fields.Text(compute="_compute_map_preview")
    # Html of our own template, whose values are escaped.
    map_preview = fields.Html(compute="_compute_map_preview", sanitize=False)

    # === COMPUTE === #

    @api.depends("source_choice", "source_id.reader", "reader")
    def _compute_has_own_columns(self):
        for wizard in self:
            is_new = wizard.source_choice == "new"
            wizard.has_own_columns = (wizard.reader if is_new else wizard.source_id.reader) == OWN_COLUMNS
            versions = wizard.source_id.format_id.version_ids
            wizard.is_key_fixed = not is_new and any(version.import_count for version in versions)

    @api.depends("file_ids", "has_own_columns", "step", *TABLE_FIELDS)
    def _compute_sample(self):
        for wizard in self:
            wizard.sample, wizard.sample_problem = wizard._read_sample() if wizard.step == "columns" else (False, False)

    @api.depends("sample", "column_ids.meaning")
    def _compute_hints(self):
        for wizard in self:
            dates, formats = wizard._get_cells("start", "end"), []
            if dates:
                formats = possible_date_formats(dates)
            wizard.date_hint = wizard._get_date_hint(dates, formats)
            style = propose_style(wizard._get_cells(*NUMBER_FIELDS))
            wizard.decimal_hint = not style.decimal and self.env._(
                "%(examples)s can be more than a thousand, or one and a bit. Which is meant?",
                examples=", ".join(style.examples),
            )

    @api.depends("sample", "column_ids.meaning", "column_ids.is_key", *_CHOICES)
    @api.depends_context("lang")
    def _compute_map_preview(self):
        for wizard in self:
            problems = wizard._get_map_problems() if wizard.sample else []
            wizard.map_preview = False
            if wizard.sample and not problems:
                rows, refusal = wizard._read_first_rows()
                problems = [refusal] if refusal else []
                wizard.map_preview = self.env["ir.qweb"]._render(
                    "cloud_billing.cloud_usage_map_preview", {"rows": rows}
                )
            wizard.map_problem = "\n".join(problems)

    # === ONCHANGE === #

    @api.onchange("file_ids")
    def _onchange_file_ids(self):
        """Propose what separates columns, the reader, and one's own format, before anything is read."""
        self.is_mapped = False
        if self.file_ids and not self.reader:
            with self._open_files() as files:
                self.delimiter = usage_reading.propose_delimiter(files) or self.delimiter
        result = super()._onchange_file_ids()
        if self.file_ids and not self.reader and self.source_choice == "new":
            self.format_id = self._recognise_formats()[:1]
            self.reader = OWN_COLUMNS
        return result

    @api.onchange(*TABLE_FIELDS)
    def _onchange_table(self):
        """The columns of a table that is read otherwise are others."""
        if self.step == "columns" and self.sample and self.sample["header"] != self.column_ids.mapped("name"):
            self.update(self._propose())

    @api.onchange("column_ids")
    def _onchange_column_ids(self):
        """A column that became the date, a number or the id settles how those are written, unless it is chosen."""
        if self.step != "columns" or not self.sample:
            return
        self.update({name: value for name, value in self._propose_choices().items() if not self[name]})
        ids = self.column_ids.filtered(lambda line: line.meaning == "id")
        if self.map_key == "content" and ids and not self.is_key_fixed:
            self.map_key = "id"
            ids.is_key = True
        elif self.map_key == "id" and not self.column_ids.filtered("is_key"):
            ids.is_key = True

    # === ACTIONS === #

    def action_look(self):
        """First the columns, where nobody has said yet what they are."""
        self.ensure_one()
        if self.step == "files" and self.source_choice == "new" and self.has_own_columns and not self.format_id:
            self._check_choices()
            return self.action_columns()
        return super().action_look()

    def action_columns(self):
        """Show the first rows of the first file, with what the columns are so far or may be."""
        self.ensure_one()
        if not self.file_ids:
            raise UserError(self.env._("Choose a file first: its columns are shown to you."))
        version = self._get_known_version()
        self.step = "columns"
        if version and not self.is_mapped:
            self.write(self._prepare_from_version(version))
        if not version and not self.row_path:
            with self._open_files() as files:
                self.row_path = usage_reading.propose_row_path(files)
        if self.sample_problem and not self.encoding and not version:
            # Shown on the screen, with the letters as they are read by it.
            self.encoding = "cp1252"
        if self.sample and (not self.is_mapped or self.sample["header"] != self.column_ids.mapped("name")):
            self.write(self._propose(version))
        self.is_mapped = True
        if not self.format_name:
            self.format_name = version.format_id.name or self.source_name
        return self._reopen()
