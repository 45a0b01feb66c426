import io
from contextlib import ExitStack, contextmanager
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..models.usage import usage_reading
from ..models.usage.cloud_usage_source_policy import CHARGE_KINDS, DEFAULT_POLICIES, POLICIES

_KEEP_UPLOADS = timedelta(days=1)


class CloudUsageImportWizard(models.TransientModel):
    """Asks which files of which source, shows what they hold and would change, then imports them.

    Looking leaves nothing behind: the source and the import that a look needs are made and rolled back again.
    """

    _name = "cloud.usage.import.wizard"
    _description = "Import Usage"
    _inherit = ["cloud.usage.preview.mixin"]

    step = fields.Selection(
        [("files", "Files"), ("columns", "Columns"), ("look", "Look and import")], default="files", required=True
    )
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    file_ids = fields.Many2many("ir.attachment", string="Choose Files", help="The files of one delivery, as they came.")
    pending_file_count = fields.Integer(help="Files that the browser still sends, or that were paused.")
    source_choice = fields.Selection(
        [("existing", "A source that is there"), ("new", "A new source")],
        string="Delivered By",
        required=True,
        default=lambda self: self._default_source_choice(),
    )
    source_id = fields.Many2one(
        "cloud.usage.source", default=lambda self: self._default_source(), domain="[('company_id', '=', company_id)]"
    )
    can_make_source = fields.Boolean(compute="_compute_can_make_source")
    source_name = fields.Char(string="Name", help="For instance the provider and the contract with it.")
    reader = fields.Selection(
        lambda self: self.env["cloud.usage.source"]._fields["reader"]._description_selection(self.env)
    )
    reader_hint = fields.Char(compute="_compute_reader_hint")
    delimiter = fields.Selection(
        lambda self: self.env["cloud.usage.source"]._fields["delimiter"]._description_selection(self.env), default=","
    )
    decimal_sign = fields.Selection(
        lambda self: self.env["cloud.usage.source"]._fields["decimal_sign"]._description_selection(self.env),
        default=".",
    )
    expected_month = fields.Date(
        string="Only This Month", help="Refuse files with rows of another billing month. Empty: take what they hold."
    )
    policy_ids = fields.One2many("cloud.usage.import.wizard.policy", "wizard_id", string="Charge Kinds")
    outcome = fields.Selection(
        [("new", "New"), ("known", "Known"), ("large", "Large")], readonly=True, help="What importing would come to."
    )
    outcome_text = fields.Char(readonly=True)
    has_removal = fields.Boolean(compute="_compute_has_removal")
    removal_text = fields.Char(compute="_compute_has_removal")
    allow_removal = fields.Boolean(string="I have seen what this takes away")

    # === COMPUTE === #

    @api.model
    def _default_source(self):
        """The source by which the wizard was opened, or the only one there is: shown before anything is read."""
        if source_id := self.env.context.get("default_source_id"):
            return self.env["cloud.usage.source"].browse(source_id)
        sources = self.env["cloud.usage.source"].search([("company_id", "=", self.env.company.id)], limit=2)
        return sources if len(sources) == 1 else sources.browse()

    @api.model
    def _default_source_choice(self):
        has_sources = self.env["cloud.usage.source"].search_count([("company_id", "=", self.env.company.id)], limit=1)
        return "existing" if has_sources else "new"

    @api.depends_context("uid")
    def _compute_can_make_source(self):
        self.can_make_source = self.env["cloud.usage.source"].has_access("create")

    @api.depends("file_ids", "delimiter")
    def _compute_reader_hint(self):
        for wizard in self:
            name = wizard._recognise()
            wizard.reader_hint = wizard._get_reader_hint(name)

    @api.depends("differences")
    def _compute_has_removal(self):
        for wizard in self:
            removals = [difference for difference in wizard.differences or [] if difference["removed_rows"]]
            wizard.has_removal = bool(removals)
            wizard.removal_text = "; ".join(wizard._get_removal_text(difference) for difference in removals)

    @api.onchange("file_ids")
    def _onchange_file_ids(self):
        """Propose the reader that knows the column names; it stands on the screen before anything is read."""
        if not self.reader:
            self.reader = self._recognise()

    # === CRUD === #

    @api.autovacuum
    def _gc_uploads(self):
        """Delete files that were uploaded here and never imported."""
        limit = fields.Datetime.now() - _KEEP_UPLOADS
        self.env["ir.attachment"].search(
            [("res_model", "=", self._name), ("res_id", "=", 0), ("create_date", "<", limit)]
        ).unlink()

    # === ACTIONS === #

    def action_look(self):
        """Read the files without keeping anything, and show what they hold and would change."""
        self.ensure_one()
        self._check_choices()
        self._look()
        self.step = "look"
        return self._reopen()

    def action_back(self):
        """To the files again."""
        self.ensure_one()
        self.write({"step": "files", "allow_removal": False})
        return self._reopen()

    def action_import(self):
        """Keep the files, make the source where it is new, and import: at once or, when they are large, soon."""
        self.ensure_one()
        self._check_choices()
        if self.has_removal and not self.allow_removal:
            raise UserError(
                self.env._(
                    "This delivery takes usage away that was delivered before: %(removals)s. Tick the box "
                    "above the tables when that is right, or get the complete file.",
                    removals=self.removal_text,
                )
            )
        # Of large files only the beginning was looked at.
        usage_import = self._create_import(self._get_source(), must_confirm=self.outcome == "large")
        usage_import.action_import()
        self._forget_files()
        return {
            "type": "ir.actions.act_window",
            "res_model": "cloud.usage.import",
            "res_id": usage_import.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "current",
        }

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import Usage"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    # === BUSINESS: CHOICES === #

    def _check_choices(self):
        """Say at once all that is not chosen yet."""
        if problems := self._get_problems():
            raise UserError("\n".join(problems))

    def _get_problems(self):
        """What is not chosen yet, as sentences. To ask for more: add to what super() returns."""
        problems = []
        if not self.file_ids:
            problems.append(self.env._("Choose at least one file."))
        if self.pending_file_count:
            problems.append(self.env._("Wait until all files have arrived, or remove those that have not."))
        if self.source_choice == "existing" and not self.source_id:
            problems.append(self.env._("Choose the source that delivered the files, or a new one."))
        if self.source_choice == "new" and not self.source_name:
            problems.append(self.env._("Give the new source a name, for instance the provider's."))
        if self.source_choice == "new" and not self.reader:
            problems.append(self.env._("Choose how the files of the new source are read."))
        return problems

    def _recognise(self):
        """The name of the one reader that knows the column names of the first file, or False."""
        with self._open_files() as files:
            return usage_reading.recognise(files, {"delimiter": self.delimiter or ","})

    def _get_reader_hint(self, name):
        if not self.file_ids:
            return False
        if name:
            label = dict(self._fields["reader"]._description_selection(self.env))[name]
            return self.env._("The column names are those of: %(reader)s.", reader=label)
        return self.env._("The column names are not known. Choose how the files are read, and what separates columns.")

    def _get_source(self):
        """The chosen source; a new one is made. What its charge kinds are for is written as chosen here."""
        policies = {line.charge_kind: line.policy for line in self.policy_ids}
        if self.source_choice == "new":
            commands = [
                Command.create({"charge_kind": kind, "policy": policies.get(kind, DEFAULT_POLICIES.get(kind, "hold"))})
                for kind, _label in CHARGE_KINDS
            ]
            return self.env["cloud.usage.source"].create({**self._prepare_source_vals(), "policy_ids": commands})
        for line in self.source_id.policy_ids:
            if policies.get(line.charge_kind, line.policy) != line.policy:
                line.policy = policies[line.charge_kind]
        return self.source_id

    def _prepare_source_vals(self):
        """Values of a new source, as chosen here; without what its charge kinds are for. To add one: extend it."""
        return {
            "name": self.source_name,
            "company_id": self.company_id.id,
            "reader": self.reader,
            "delimiter": self.delimiter,
            "decimal_sign": self.decimal_sign,
        }

    def _create_import(self, source, **vals):
        month = self.expected_month and self.expected_month.replace(day=1)
        vals = {"expected_month": month, "allow_removal": self.allow_removal, "preview": self.preview, **vals}
        with self._open_files() as files:
            return self.env["cloud.usage.import"]._create_with_files(source, files, **vals)

    @contextmanager
    def _open_files(self):
        """[(name, binary file)] of the uploads, in the order of their names. Raises AccessError."""
        files = self.file_ids._origin
        files.check_access("read")
        uploads = self.env["cloud.usage.upload"]._find(files)
        with ExitStack() as stack:
            yield [
                (file.name, stack.enter_context(uploads[file]._open() if file in uploads else _open(file)))
                for file in files.sorted("name")
            ]

    def _get_file_bytes(self):
        """Bytes of all files together, as they were uploaded."""
        uploads = self.env["cloud.usage.upload"]._find(self.file_ids)
        return sum(uploads[file].size if file in uploads else file.file_size for file in self.file_ids)

    def _forget_files(self):
        """Delete the uploads that are kept as files of an import now."""
        uploads = self.env["cloud.usage.upload"]._find(self.file_ids)
        (self.file_ids - self.env["ir.attachment"].union(*uploads)).unlink()
        for upload in uploads.values():
            upload.cancel()


class CloudUsageImportWizardPolicy(models.TransientModel):
    """What the rows of one charge kind in the files are for."""

    _name = "cloud.usage.import.wizard.policy"
    _description = "Charge Kind of an Import"
    _order = "id"

    wizard_id = fields.Many2one("cloud.usage.import.wizard", required=True, ondelete="cascade")
    charge_kind = fields.Selection(CHARGE_KINDS, required=True, readonly=True)
    policy = fields.Selection(POLICIES, string="What It Is For", required=True)
    row_count = fields.Integer(string="Rows", readonly=True)
    cost_text = fields.Char(string="Billed Cost", readonly=True)


def _open(attachment):
    """The content as a binary file: from the file store without holding it in memory, else from the database."""
    if attachment.store_fname:
        return open(attachment._full_path(attachment.store_fname), "rb")
    return io.BytesIO(attachment.with_context(bin_size=False).raw or b"")
