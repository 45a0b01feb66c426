from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...engine.readers import Limits, get_reader
from ...fields import DecimalField
from ..control.state_check import check_states

# What is read within a second or so is read while the person waits; the rest by the scheduled action.
_SMALL_BYTES = 8 * 1024 * 1024
_COMPRESSED_RATIO = 12
# What an import says about itself; people write the rest, while it is a draft.
_WRITTEN_BY_IMPORT = {
    "state", "import_number", "correction_of_id", "differences", "rows_read", "rows_accepted", "rows_known",
    "rows_quarantined", "rows_rejected", "cost_billed", "high_water_file", "high_water_row", "high_water_bytes",
    "bookmark_row", "bookmark_offset",
    "claim_token", "claim_until", "attempts", "error", "imported_at", "halt_ids", "begun_at", "begun_bytes", "is_read",
}  # fmt: skip
_FIXED_WHEN_READ = {"source_id", "expected_month", "allow_removal", "must_confirm"}


class CloudUsageImport(models.Model):
    """One delivery of usage: its files, what was read, what became of every row, and the number that makes it exist."""

    _name = "cloud.usage.import"
    _description = "Usage Import"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(required=True, default="/", readonly=True, copy=False)
    source_id = fields.Many2one("cloud.usage.source", required=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(related="source_id.company_id", store=True, index=True)
    state = fields.Selection(
        [
            ("draft", "To confirm"),
            ("queued", "Waiting"),
            ("staging", "Reading"),
            ("imported", "Imported"),
            ("known", "Already known"),
            ("refused", "Refused"),
            ("undone", "Undone"),
        ],
        default="draft",
        required=True,
        copy=False,
        tracking=True,
    )
    import_number = fields.Integer(
        required=True,
        default=0,
        readonly=True,
        copy=False,
        help="Orders everything that changes usage in the company; 0 until imported.",
    )
    correction_of_id = fields.Many2one(
        "cloud.usage.import",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        help="Brings corrected or accepted rows of that import and ends with it.",
    )
    correction_ids = fields.One2many("cloud.usage.import", "correction_of_id", string="Corrections")
    file_ids = fields.One2many("cloud.usage.file", "import_id", string="Files")
    delivery_ids = fields.One2many("cloud.usage.delivery", "import_id", string="Months Delivered")
    reject_ids = fields.One2many("cloud.usage.reject", "import_id", string="To Resolve")
    expected_month = fields.Date(help="Only rows of this billing month are taken; another month refuses the file.")
    allow_removal = fields.Boolean(
        help="A person has seen how many rows and how much money this delivery takes away, and agreed."
    )
    must_confirm = fields.Boolean(
        string="Ask Before Rows Change",
        copy=False,
        help="Nobody has seen what the whole delivery changes: when all is read it stops before rows that are there "
        "change or go away, and a person decides.",
    )
    rows_read = fields.Integer(required=True, default=0, readonly=True, copy=False)
    rows_accepted = fields.Integer(required=True, default=0, readonly=True, copy=False)
    rows_known = fields.Integer(string="Already Known", required=True, default=0, readonly=True, copy=False)
    rows_quarantined = fields.Integer(required=True, default=0, readonly=True, copy=False)
    rows_rejected = fields.Integer(required=True, default=0, readonly=True, copy=False)
    cost_billed = DecimalField(
        string="Billed Cost",
        readonly=True,
        copy=False,
        help="Of the accepted rows; empty where they are in several currencies.",
    )
    preview = fields.Json(
        readonly=True, help="What the wizard showed: counts, months, accounts, control totals, problems."
    )
    differences = fields.Json(
        readonly=True, copy=False, help="Per month against what was live before: rows added, changed, removed; money."
    )
    progress = fields.Float(compute="_compute_progress", help="Percent of the bytes read.")
    # Up to where rows are in the tables, written with each chunk: a stopped import goes on behind it.
    high_water_file = fields.Integer(required=True, default=0, readonly=True, copy=False)
    high_water_row = fields.Integer(required=True, default=0, readonly=True, copy=False)
    high_water_bytes = fields.Float(digits=(20, 0), readonly=True, copy=False)
    # A place in that file, not behind that row, at which its reader can go on without what is before it.
    bookmark_row = fields.Integer(required=True, default=0, readonly=True, copy=False)
    bookmark_offset = fields.Float(digits=(20, 0), readonly=True, copy=False)
    is_read = fields.Boolean(readonly=True, copy=False, help="All of it is in the tables; only its end is left.")
    # Whoever works on it has written its token here; an expired lease is free to take.
    claim_token = fields.Char(readonly=True, copy=False)
    claim_until = fields.Datetime(readonly=True, copy=False)
    attempts = fields.Integer(
        required=True, default=0, readonly=True, copy=False, help="Times it was begun since it last got on."
    )
    error = fields.Text(readonly=True, copy=False)
    imported_at = fields.Datetime(readonly=True, copy=False)

    _counts_add_up = models.Constraint(
        "CHECK (rows_read = rows_accepted + rows_known + rows_quarantined + rows_rejected)",
        "Rows read must equal accepted + already known + quarantined + rejected.",
    )
    _number_uniq = models.UniqueIndex(
        "(company_id, import_number) WHERE import_number > 0", "Two imports cannot share one number."
    )
    _imported_has_number = models.Constraint(
        "CHECK (state NOT IN ('imported', 'undone') OR import_number > 0)", "An imported delivery has an import number."
    )
    # Whether a row is known is decided against finished imports only, so a source is read by one import at a time.
    _one_staging_per_source = models.UniqueIndex(
        "(source_id) WHERE state = 'staging'", "Another file of this source is being read: it goes on after that."
    )

    # === COMPUTE === #

    @api.depends("high_water_bytes", "file_ids.size", "state")
    def _compute_progress(self):
        for usage_import in self:
            size = usage_import._get_bytes()
            done = usage_import.state in ("imported", "known", "undone")
            usage_import.progress = 100.0 if done else 100.0 * usage_import.high_water_bytes / size if size else 0.0

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_written(vals)
            if vals.get("name", "/") == "/":
                vals["name"] = self.env["ir.sequence"].next_by_code("cloud.usage.import") or "/"
        return super().create(vals_list)

    def write(self, vals):
        self._check_written(vals)
        return super().write(vals)

    def _check_written(self, vals):
        """Refuse what people may not write: what an import says of itself, and what decided once it is read."""
        if self.env.su:
            return
        ours = vals.keys() & self._get_written_by_import()
        if not ours and vals.keys() & _FIXED_WHEN_READ and self.filtered(lambda one: one.state != "draft"):
            ours = vals.keys() & _FIXED_WHEN_READ
        if ours:
            raise AccessError(
                self.env._(
                    "%(fields)s of an import is written by the import itself: use its buttons.",
                    fields=", ".join(self._fields[name]._description_string(self.env) for name in sorted(ours)),
                )
            )

    def _get_written_by_import(self):
        """Names of the fields that an import writes of itself. To add one: extend the set that super() returns."""
        return _WRITTEN_BY_IMPORT

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_usage(self):
        for usage_import in self:
            if usage_import.state not in ("draft", "refused", "known") or usage_import.delivery_ids:
                raise UserError(
                    self.env._(
                        "%(name)s has brought usage, or is about to. Undo or cancel it instead; it stays as a record.",
                        name=usage_import.name,
                    )
                )

    def unlink(self):
        self.check_access("unlink")
        # Asked here too: the files go before the record itself is asked.
        self._unlink_except_with_usage()
        # sudo: files are evidence, which nobody deletes; they go with an import that brought nothing.
        self.sudo().file_ids.unlink()
        return super().unlink()

    # === ACTIONS === #

    def action_import(self):
        """Import a previewed delivery: at once when it is small, else by the scheduled action."""
        for usage_import in self._begin("draft"):
            usage_import._start()

    def action_retry(self):
        """Read a refused delivery again from its start, for instance after the source's settings were corrected."""
        for usage_import in self._begin("refused"):
            # What a cancelled one left may not be swept up yet.
            usage_import._forget()
            usage_import._start()

    def action_allow_removal(self):
        """Agree to the rows and the money that go away with a refused delivery, and import it."""
        for usage_import in self._begin("refused"):
            if not usage_import._get_removals():
                raise UserError(self.env._("%(name)s takes no rows away.", name=usage_import.name))
            usage_import.message_post(
                body=self.env._("%(user)s agrees. %(removals)s", user=self.env.user.name, removals=usage_import.error)
            )
            self.env["cloud.audit.event"]._record(
                "usage_removal_agreed", usage_import, detail={"removals": usage_import._get_removals()}
            )
            usage_import.allow_removal = True
            usage_import._start()

    def action_cancel(self):
        """Stop an import that waits or is being read; nothing of it stays but its files."""
        imports = self._begin("draft", "queued", "staging")._halt(fields.Datetime.now())
        imports.halt_ids.unlink()
        message = self.env._("Cancelled by %(user)s.", user=self.env.user.name)
        vals = {"state": "refused", "claim_token": False, "claim_until": False, "error": message}
        # What it would have changed is decided: nobody has to agree to it any more.
        imports.write({**vals, "differences": False})
        # What is left of it is swept up by the scheduled action.
        self.env["cloud.usage.importer"]._wake_up()

    def action_undo(self):
        """Take an imported delivery out of usage again while nothing of it is billed.

        The month that it replaced does not come back by itself: its import is read again, or its file delivered again.
        """
        for usage_import in self._begin("imported"):
            usage_import._undo()

    def _begin(self, *states):
        """These imports, as what writes their state; raises when the user may not or one is in another state."""
        self.check_access("write")
        check_states(self, states)
        # sudo: an import writes its own state, number and counts, which people may not; their right was checked above.
        return self.sudo()

    # === BUSINESS: MAKING ONE === #

    @api.model
    def _create_with_files(self, source, files, **vals):
        """A draft import of a source with its files kept.

        files: pairs (name, content) in reading order, content being bytes or a binary file that can seek.
        vals: expected_month, allow_removal, preview.
        """
        preview = vals.pop("preview", False)
        usage_import = self.create({"source_id": source.id, **vals})
        # sudo: what was shown to who has the files is kept, also where the import hides it from him later.
        usage_import.sudo().preview = preview
        # sudo: files are evidence, which people only read; whoever may make an import may keep its files.
        self.env["cloud.usage.file"].sudo()._keep(usage_import.sudo(), files)
        return usage_import

    def _create_correction(self, rejects):
        """An import that will bring corrected or accepted rows of this one; it knows their files by name only."""
        self.ensure_one()
        root = self.correction_of_id or self
        if root.state != "imported" or not (self._is_append() or root._is_live()):
            raise UserError(
                self.env._(
                    "%(name)s is no longer in use: its month was delivered again, or it was undone. Correct the rows "
                    "of the newer delivery.",
                    name=root.name,
                )
            )
        # sudo: an import writes its own state and counts, which people may not; who calls has checked their right.
        correction = self.sudo().create({"source_id": self.source_id.id, "correction_of_id": root.id})
        names = {reject.file_sequence: reject.file_name for reject in rejects}
        correction.env["cloud.usage.file"].create(
            [{"import_id": correction.id, "sequence": sequence, "name": name} for sequence, name in names.items()]
        )
        return correction

    def _start(self):
        if self._is_small() and not self.must_confirm and not self._get_earlier():
            self.env["cloud.usage.importer"]._import_now(self)
        else:
            self._enqueue()

    def _enqueue(self):
        self.write(
            {
                "state": "queued",
                "error": False,
                "differences": False,
                "attempts": 0,
                "claim_token": False,
                "claim_until": False,
            }
        )
        self.env["cloud.usage.importer"]._wake_up()

    def _is_small(self):
        files = self._get_read_files()
        size = sum(file.size * (_COMPRESSED_RATIO if file.is_compressed else 1) for file in files)
        return size <= _SMALL_BYTES

    def _is_source_busy(self):
        domain = [("source_id", "=", self.source_id.id), ("state", "=", "staging"), ("id", "!=", self.id)]
        return bool(self.search_count(domain, limit=1))

    # === BUSINESS: WHAT IT IS === #

    def _is_append(self):
        return self.source_id.shape == "append"

    def _is_snapshot(self):
        """A whole month, which replaces the one before; corrections only add to theirs."""
        return self.source_id.shape == "snapshot" and not self.correction_of_id

    def _get_scope(self):
        """Within what the key of a row is unique: the source (0) or this import."""
        return 0 if self._is_append() else self.id

    def _get_partitions(self, places):
        """A pair (provider account, billing month or None) per place: the delivery to which its rows belong."""
        if self._is_append():
            return [("", None)] * len(places)
        return [(place.identity[1], place.billing_month) for place in places]

    def _get_removals(self):
        """The differences that take rows away, as kept in `differences`."""
        # sudo: that rows go away is for everybody; money is told only to who may see costs.
        return [difference for difference in self.sudo().differences or [] if difference["removed_rows"]]

    def _is_live(self):
        """Whether any of its months is still what counts."""
        return any(delivery.import_number and not delivery.superseded_number for delivery in self.delivery_ids)

    def _is_counted(self):
        """Whether appended rows are known by their content and counted, instead of by an id; a hook."""
        return False

    def _get_reader(self):
        """The reader of its files, as engine/readers/base.register describes it; a hook."""
        self.ensure_one()
        return get_reader(self.source_id.reader)

    def _is_read_like(self, former):
        """Whether the same files would be read as the same rows as another import did; a hook."""
        return True

    def _get_reader_options(self):
        """The `options` by which its files are read. To add one: extend the dict that super() returns."""
        self.ensure_one()
        return self.source_id._get_reader_options()

    def _get_limits(self):
        """The Limits within which its files are read."""
        return Limits()

    def _get_read_files(self):
        """The files whose rows are read: of an archive of several those in it."""
        return self.file_ids.filtered(lambda file: not file.is_archive)

    def _get_bytes(self):
        """Bytes of what is read: of an archive of several those of the files in it, unpacked."""
        return sum(self._get_read_files().mapped("size"))

    def _get_file_parts(self):
        return [file._get_file_parts() for file in self._get_read_files()]
