import base64

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

_SHOWN = 500


class CloudSheetWizard(models.TransientModel):
    """Exports a table to a spreadsheet, and imports one that was filled in: first a look, then all of it or nothing."""

    _name = "cloud.sheet.wizard"
    _description = "Export and Import of a Table"

    # To add a layout: inherit cloud.sheet.layout and extend this selection.
    kind = fields.Selection(
        [
            ("cloud.sheet.mapping", "Mapping table"),
            ("cloud.sheet.customer", "Customers"),
            ("cloud.sheet.subscription", "Subscriptions"),
        ],
        string="Table",
        required=True,
        default="cloud.sheet.mapping",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, default=lambda self: self.env.company)
    file = fields.Binary(attachment=False, help="CSV with commas, semicolons or tabs, or Excel (.xlsx).")
    file_name = fields.Char()
    # Only its defaults are used: one for each person, company and kind of table.
    column_names = fields.Json(readonly=True, help="What the columns were called in the last file, by column.")
    column_ids = fields.One2many("cloud.sheet.wizard.column", "wizard_id", string="Columns")
    line_ids = fields.One2many("cloud.sheet.wizard.line", "wizard_id", string="Rows", readonly=True)
    is_looked_at = fields.Boolean(readonly=True)
    is_refused = fields.Boolean(readonly=True)
    summary = fields.Text(readonly=True)
    export_file = fields.Binary(attachment=False, readonly=True)
    export_name = fields.Char(readonly=True)

    # === COMPUTE === #

    @api.onchange("kind")
    def _onchange_kind(self):
        known = self._recall_names()
        columns = [{"name": name, "file_column": known.get(name)} for name in self.env[self.kind]._get_column_names()]
        self.column_ids = [Command.clear(), *map(Command.create, columns)]
        self.is_looked_at = False

    @api.onchange("file", "column_ids")
    def _onchange_file(self):
        self.is_looked_at = False

    # === ACTIONS === #

    def action_look(self):
        """Read the file and show what would come of each row; nothing is kept of it."""
        self.ensure_one()
        layout = self._get_layout()
        rows = self._read(layout)
        if not any(row.outcome == "refused" for row in rows):
            layout._try(self.company_id, rows)
        self._show(rows)
        return self._get_window()

    def action_import(self):
        """Import the file, all of it or nothing."""
        self.ensure_one()
        layout = self._get_layout()
        rows = layout._import(self.company_id, self._read(layout))
        self._remember_names()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Rows that are imported: %(count)s.", count=len(rows)),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_export_csv(self):
        """The table as it is, as CSV."""
        return self._export("csv")

    def action_export_xlsx(self):
        """The table as it is, as a workbook."""
        return self._export("xlsx")

    def action_export_unmatched_csv(self):
        """Usage without an owner, to be filled in, as CSV."""
        return self._export("csv", which="unmatched")

    def action_export_unmatched_xlsx(self):
        """Usage without an owner, to be filled in, as a workbook."""
        return self._export("xlsx", which="unmatched")

    # === BUSINESS === #

    def _get_layout(self):
        if self.company_id not in self.env.companies:
            raise AccessError(self.env._("Choose %(company)s at the top first.", company=self.company_id.name))
        return self.env[self.kind].with_company(self.company_id)

    def _get_names(self):
        """{column: what it is called in the file} of those that have another name there."""
        return {column.name: column.file_column for column in self.column_ids if column.file_column}

    def _remember_names(self):
        """Propose this person the same names the next time a file of this kind comes."""
        self.env["ir.default"].set(
            self._name, "column_names", self._get_names(), True, self.company_id.id, f"kind={self.kind}"
        )

    def _recall_names(self):
        company = self.company_id or self.env.company
        return self.env["ir.default"]._get(self._name, "column_names", True, company.id, f"kind={self.kind}") or {}

    def _read(self, layout):
        if not self.file:
            raise UserError(self.env._("Choose a file first."))
        names = self._get_names()
        return layout._read(self.company_id, base64.b64decode(self.file), self.file_name or "table.csv", names)

    def _export(self, file_format, **options):
        self.ensure_one()
        if not self.env.user.has_group("base.group_allow_export"):
            raise AccessError(self.env._("Exporting takes the right to export, which an administrator gives."))
        content = self._get_layout()._export(self.company_id, file_format, **options)
        name = f"{options.get('which') or self.kind.rpartition('.')[2]}.{file_format}"
        self.write({"export_file": base64.b64encode(content), "export_name": name})
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/export_file/{name}?download=true",
            "target": "download",
        }

    def _show(self, rows):
        """Write what would come of the rows: first what is refused, then what changes."""
        counts = {outcome: 0 for outcome, _label in self.line_ids._fields["outcome"].selection}
        for row in rows:
            counts[row.outcome] += 1
        order = list(counts)
        shown = sorted(rows, key=lambda row: (order.index(row.outcome), row.row_no))
        self.line_ids.unlink()
        self.write(
            {
                "is_looked_at": True,
                "is_refused": bool(counts["refused"]),
                "summary": self.env._(
                    "%(file)s: %(new)s new, %(changed)s changed, %(same)s unchanged, %(skipped)s without an owner and "
                    "passed over, %(refused)s refused.",
                    file=self.file_name or "",
                    **counts,
                ),
                "line_ids": [
                    Command.create(self._prepare_line(row)) for row in shown[:_SHOWN] if row.outcome != "same"
                ],
            }
        )

    def _prepare_line(self, row):
        return {"row_no": row.row_no, "outcome": row.outcome, "name": row.name, "text": row.tell()}

    def _get_window(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import a Table"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }


class CloudSheetWizardColumn(models.TransientModel):
    """Under which name a column of ours stands in the file."""

    _name = "cloud.sheet.wizard.column"
    _description = "Column of a Table"
    _order = "id"

    wizard_id = fields.Many2one("cloud.sheet.wizard", required=True, ondelete="cascade")
    name = fields.Char(string="Column", required=True)
    file_column = fields.Char(string="In the File", help="Empty: it has the same name.")


class CloudSheetWizardLine(models.TransientModel):
    """What would come of one row of the file."""

    _name = "cloud.sheet.wizard.line"
    _description = "Row of a Table"
    _order = "id"

    wizard_id = fields.Many2one("cloud.sheet.wizard", required=True, ondelete="cascade")
    row_no = fields.Integer(string="Row", readonly=True)
    outcome = fields.Selection(
        [
            ("refused", "Refused"),
            ("changed", "Changed"),
            ("new", "New"),
            ("skipped", "Passed over"),
            ("same", "Unchanged"),
        ],
        readonly=True,
    )
    name = fields.Char(readonly=True)
    text = fields.Text(string="What", readonly=True, help="What is wrong and what to do, or what changes.")
