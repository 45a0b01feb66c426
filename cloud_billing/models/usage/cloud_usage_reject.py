from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...engine.readers import RejectedFile, RowError, get_reader, reread
from . import reader_messages

# All else of a rejected row is what the file said, or what its resolution writes.
_WRITTEN_BY_PEOPLE = {"corrected_text"}


class CloudUsageReject(models.Model):
    """A row that waits for a person: it could not be read, or its id came again with other content."""

    _name = "cloud.usage.reject"
    _description = "Rejected or Quarantined Row"
    _order = "import_id desc, file_sequence, row_no, id"
    _rec_name = "reason_code"

    import_id = fields.Many2one("cloud.usage.import", required=True, ondelete="cascade", index=True)
    source_id = fields.Many2one(related="import_id.source_id", store=True, index=True)
    company_id = fields.Many2one(related="import_id.company_id", store=True, index=True)
    kind = fields.Selection([("rejected", "Rejected"), ("quarantined", "Quarantined")], required=True)
    file_name = fields.Char(required=True)
    file_sequence = fields.Integer(default=1)
    row_no = fields.Integer(string="Row", required=True)
    column = fields.Char()
    reason_code = fields.Char(required=True)
    reason = fields.Char(compute="_compute_reason", help="What is wrong and what to do.")
    value = fields.Char(help="What the cell says; of a quarantined row its id.")
    original_text = fields.Text(readonly=True, help="The row as it stood in the file, with commas.")
    is_cut = fields.Boolean(readonly=True, help="The row was too long to keep as a whole.")
    corrected_text = fields.Text(help="The row as it should be read, with commas; then retry.")
    content_hash = fields.Char(index=True, readonly=True, help="Digest of the text, or of id and content.")
    known_row_id = fields.Char(readonly=True, help="Quarantined: the id of the row that is there already.")
    new_version = fields.Json(readonly=True, help="Quarantined: the row that came now, its numbers as text.")
    known_version = fields.Json(compute="_compute_known_version", help="Quarantined: the row that is there already.")
    state = fields.Selection(
        [
            ("open", "To resolve"),
            ("corrected", "Corrected"),
            ("waived", "Waived"),
            ("replaced", "Replaced"),
        ],
        default="open",
        required=True,
        index=True,
        help="Replaced: the month came again, or its import was undone; nothing is left to do.",
    )
    resolution = fields.Char(readonly=True, help="Why it was waived, or into which import it was corrected.")
    resolved_import_id = fields.Many2one(
        "cloud.usage.import", readonly=True, ondelete="restrict", index="btree_not_null"
    )

    _waived_for_a_reason = models.Constraint(
        "CHECK (state <> 'waived' OR COALESCE(btrim(resolution), '') <> '')",
        "Say why the row is waived: somebody will ask.",
    )

    # === COMPUTE === #

    @api.depends("reason_code", "column", "value")
    @api.depends_context("uid", "lang")
    def _compute_reason(self):
        has_costs = not self._hides_row()
        for reject in self:
            reject.reason = reject._tell_reason(has_costs)

    @api.depends("known_row_id")
    def _compute_known_version(self):
        versions = self.env["cloud.usage.store"]._get_versions([int(r.known_row_id) for r in self if r.known_row_id])
        for reject in self:
            reject.known_version = versions.get(int(reject.known_row_id)) if reject.known_row_id else False

    # === CRUD === #

    def write(self, vals):
        if not self.env.su and not vals.keys() <= _WRITTEN_BY_PEOPLE:
            raise AccessError(
                self.env._("A rejected row is resolved by its buttons: correct and retry, accept, or waive.")
            )
        return super().write(vals)

    # === ACTIONS === #

    def action_retry(self):
        """Read corrected rows again and add them to their month, all or none; returns the imports they came in with."""
        self._check_resolvable("rejected")
        # sudo: who may not see what a row costs corrects a cell of it in the wizard, and reads it again all the same.
        if missing := self.filtered(lambda reject: not (reject.sudo().corrected_text or "").strip()):
            raise UserError(
                self.env._(
                    "Write the corrected row first: %(file)s, row %(row)s has none.",
                    file=missing[0].file_name,
                    row=missing[0].row_no,
                )
            )
        imports = self.env["cloud.usage.import"]
        for usage_import, rejects in self.grouped("import_id").items():
            imports += rejects._retry(usage_import)
        return imports

    def action_accept(self):
        """Take the new version of quarantined rows: it replaces the former one from now on."""
        self._check_resolvable("quarantined")
        # sudo: the ids are compared and not shown.
        if len(set(self.sudo().mapped("value"))) < len(self):
            raise UserError(self.env._("The same id is among these rows more than once. Accept one of its versions."))
        imports = self.env["cloud.usage.import"]
        for usage_import, rejects in self.grouped("import_id").items():
            imports += rejects._accept(usage_import)
        return imports

    def action_waive(self, reason):
        """Give rows up: a rejected one stays out, of a quarantined one the former version stays."""
        self._check_waive_reason(reason)
        self.check_access("write")
        self._waive(reason)

    def _check_resolvable(self, kind):
        self.check_access("write")
        if self.filtered(lambda reject: reject.kind != kind or reject.state != "open"):
            raise UserError(
                self.env._("Only open rejected rows can be corrected.")
                if kind == "rejected"
                else self.env._("Only open quarantined rows can be accepted.")
            )

    # === BUSINESS: WAIVE === #

    def _check_waive_reason(self, reason):
        if not (reason or "").strip():
            raise UserError(self.env._("Say why these rows are waived: somebody will ask."))

    def _waive(self, reason, request=None):
        """Give the rows up. request: the cloud.change.request by which people agreed to it, where they did."""
        if self.filtered(lambda reject: reject.state != "open"):
            raise UserError(self.env._("Some of these rows are resolved already. Select open ones only."))
        resolution = self.env._("%(user)s: %(reason)s", user=self.env.user.name, reason=reason.strip())
        # sudo: people write no row directly; the button is their way to, and it checked their right.
        self.sudo().write({"state": "waived", "resolution": resolution})
        for usage_import, rejects in self.grouped("import_id").items():
            usage_import.message_post(
                body=self.env._("Rows that are waived: %(count)s. %(reason)s", count=len(rejects), reason=resolution)
            )
            self.env["cloud.audit.event"]._record(
                "rows_waived", usage_import, detail={"rows": rejects._get_places()}, reason=reason.strip()
            )

    # === BUSINESS: CORRECT === #

    def _retry(self, usage_import):
        items = self._reread(usage_import)
        correction = usage_import._create_correction(self)
        self.env["cloud.usage.importer"]._import_rows(correction, items)
        self._set_corrected(correction, "rows_corrected")
        return correction

    def _set_corrected(self, correction, action):
        # sudo: people write no row directly; the buttons are their way to, and check their right.
        self.sudo().write({"state": "corrected", "resolution": correction.name, "resolved_import_id": correction.id})
        self.env["cloud.audit.event"]._record(action, correction, detail={"rows": self._get_places()})

    def _get_places(self):
        """Where these rows stood, for the record."""
        return [[reject.file_name, reject.row_no, reject.reason_code] for reject in self]

    def _reread(self, usage_import):
        """Pairs (file sequence, UsageRow) of the corrected texts. Raises UserError with all that is still wrong."""
        reader = get_reader(usage_import.source_id.reader)
        options = usage_import._get_reader_options()
        headers = {file.sequence: file.header for file in usage_import.file_ids}
        rows, problems, has_costs = [], [], not self._hides_row()
        for reject in self.sorted(lambda reject: (reject.file_sequence, reject.row_no)):
            try:
                found = reread(
                    reader,
                    headers[reject.file_sequence],
                    # sudo: as of action_retry.
                    reject.sudo().corrected_text,
                    row_no=reject.row_no,
                    file_name=reject.file_name,
                    limits=usage_import._get_limits(),
                    options=options,
                )
            except RejectedFile as error:
                problems.append(reader_messages.explain_refusal(self.env, error))
                continue
            if len(found) != 1:
                problems.append(
                    self.env._("Row %(row)s: give one row, not %(count)s.", row=reject.row_no, count=len(found))
                )
            elif isinstance(found[0], RowError):
                problems.append(self._explain_row(found[0], has_costs, reject.file_name))
            else:
                rows.append((reject.file_sequence, found[0]))
        if problems:
            raise UserError("\n".join(problems))
        return rows

    # === BUSINESS: ACCEPT === #

    def _accept(self, usage_import):
        correction = usage_import._create_correction(self)
        self.env["cloud.usage.importer"]._import_versions(correction, self)
        self._set_corrected(correction, "rows_accepted")
        return correction

    # === BUSINESS: WHAT AN IMPORT DOES TO THEM === #

    def _drop_known(self, usage_import):
        """Forget the rejected rows of an import that wait, or were resolved, since an earlier one; returns how many."""
        self.env.flush_all()
        self.env.cr.execute(
            """
            DELETE FROM cloud_usage_reject r
                  WHERE r.import_id = %(import_id)s
                    AND r.kind = 'rejected'
                    AND EXISTS (SELECT FROM cloud_usage_reject o
                                  JOIN cloud_usage_import i ON i.id = o.import_id
                                 WHERE o.source_id = %(source_id)s
                                   AND o.content_hash = r.content_hash
                                   AND o.import_id <> r.import_id
                                   AND o.state <> 'replaced'
                                   AND i.state = 'imported')
            """,
            {"import_id": usage_import.id, "source_id": usage_import.source_id.id},
        )
        dropped = self.env.cr.rowcount
        self.invalidate_model()
        return dropped

    def _settle(self, usage_import):
        """Tidy up after a month came: what was waived before stays waived, a replaced month needs nothing more."""
        self.env.flush_all()
        self._waive_again(usage_import)
        self._set_replaced(usage_import)
        self.invalidate_model()

    def _waive_again(self, usage_import):
        """A row that was waived before is waived in the next delivery of its month too."""
        self.env.cr.execute(
            """
            UPDATE cloud_usage_reject r
               SET state = 'waived',
                   resolution = o.resolution
              FROM cloud_usage_reject o
             WHERE r.import_id = %(import_id)s
               AND r.state = 'open'
               AND o.source_id = %(source_id)s
               AND o.content_hash = r.content_hash
               AND o.import_id <> r.import_id
               AND o.state = 'waived'
            """,
            {"import_id": usage_import.id, "source_id": usage_import.source_id.id},
        )

    def _set_replaced(self, usage_import):
        """Open rows of imports of which no month is live any more."""
        self.env.cr.execute(
            """
            UPDATE cloud_usage_reject r
               SET state = 'replaced'
             WHERE r.source_id = %s
               AND r.state = 'open'
               AND EXISTS (SELECT FROM cloud_usage_delivery d
                            WHERE d.import_id = r.import_id
                              AND d.superseded_number > 0)
               AND NOT EXISTS (SELECT FROM cloud_usage_delivery d
                                WHERE d.import_id = r.import_id
                                  AND d.superseded_number = 0)
            """,
            [usage_import.source_id.id],
        )

    def _set_undone(self, imports):
        """Rows of undone imports need nothing more; those that an undone correction had resolved wait again."""
        # sudo: undoing an import, whose right was checked, resolves its rows.
        everything = self.sudo()
        everything.search([("import_id", "in", imports.ids), ("state", "=", "open")]).write({"state": "replaced"})
        resolved = everything.search(
            [
                ("resolved_import_id", "in", imports.ids),
                ("import_id", "not in", imports.ids),
                ("state", "=", "corrected"),
            ]
        )
        resolved.write({"state": "open", "resolution": False, "resolved_import_id": False})
