import csv
import io

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.usage.usage_reading import join_cells

# What of a row a person compares; the rest of a version is keys and digests.
_COMPARED = ("service_start", "service_end", "billing_month", "quantity", "cost_billed", "cost_effective", "cost_list",
             "cost_contracted", "resource")  # fmt: skip


class CloudUsageResolveWizard(models.TransientModel):
    """Resolves rows that wait: corrects the cells of one and reads it again, accepts new versions, or waives."""

    _name = "cloud.usage.resolve.wizard"
    _description = "Resolve Rows"

    reject_ids = fields.Many2many("cloud.usage.reject", string="Rows", required=True)
    reject_count = fields.Integer(compute="_compute_kind", string="Number of Rows")
    kind = fields.Selection(
        [("rejected", "Rejected"), ("quarantined", "Quarantined"), ("mixed", "Both")], compute="_compute_kind"
    )
    is_row_hidden = fields.Boolean(
        compute="_compute_kind", help="You may not see what the row costs: of its cells only the wrong one is shown."
    )
    reason = fields.Char(compute="_compute_kind", string="What Is Wrong")
    place = fields.Char(compute="_compute_kind", string="Where")
    cell_ids = fields.One2many(
        "cloud.usage.resolve.wizard.cell",
        "wizard_id",
        string="Cells",
        compute="_compute_correction",
        store=True,
        readonly=False,
    )
    text = fields.Text(
        string="The Row",
        compute="_compute_correction",
        store=True,
        readonly=False,
        help="With commas between the cells, and quotation marks around those with a comma inside.",
    )
    version_ids = fields.One2many(
        "cloud.usage.resolve.wizard.version", "wizard_id", string="Versions", compute="_compute_version_ids", store=True
    )
    waive_reason = fields.Char(string="Why They Are Given Up", help="Kept with the rows: somebody will ask.")

    # === COMPUTE === #

    @api.depends("reject_ids")
    @api.depends_context("uid", "lang")
    def _compute_kind(self):
        self.is_row_hidden = self.env["cloud.usage.reject"]._hides_row()
        for wizard in self:
            rejects = wizard.reject_ids
            kinds = set(rejects.mapped("kind"))
            wizard.kind = kinds.pop() if len(kinds) == 1 else "mixed"
            wizard.reject_count = len(rejects)
            wizard.reason = rejects.reason if len(rejects) == 1 else False
            wizard.place = len(rejects) == 1 and self.env._(
                "%(file)s, row %(row)s", file=rejects.file_name, row=rejects.row_no
            )

    @api.depends("reject_ids")
    def _compute_correction(self):
        """The cells of the row under the names of its columns; where they do not fit, its text.

        To whom costs are hidden the wrong cell alone, and that empty where it may be one.
        """
        for wizard in self:
            reject = wizard.reject_ids if len(wizard.reject_ids) == 1 else wizard.reject_ids.browse()
            is_hidden = reject._hides_row()
            header, cells = wizard._get_cells(reject)
            wizard.text = False if cells or is_hidden else reject.corrected_text or reject.original_text
            lines = [
                {"position": position, "column": column, "value": value, "is_wrong": column == reject.column}
                for position, (column, value) in enumerate(zip(header, cells))  # noqa: B905 - no cells, no lines
            ]
            if is_hidden:
                lines = [{**line, "value": reject._get_told_value()} for line in lines if line["is_wrong"]]
            wizard.cell_ids = [(5,)] + [(0, 0, line) for line in lines]

    @api.depends("reject_ids")
    @api.depends_context("lang")
    def _compute_version_ids(self):
        for wizard in self:
            wizard.version_ids = [(5,)]
            if len(wizard.reject_ids) == 1 and wizard.kind == "quarantined":
                wizard.version_ids = [(0, 0, vals) for vals in wizard._prepare_versions()]

    def _get_cells(self, reject):
        """(column names, cells) of a rejected row that is one CSV record of the right width; ([], []) of any other."""
        # What is worked out to be stored is worked out as the module; the row is shown to who may open it.
        reject.sudo(False)._origin.check_access("read")
        file = reject.import_id.file_ids.filtered(lambda file: file.sequence == reject.file_sequence)
        # sudo: whoever may not see the row is shown none of it but its wrong cell, and puts that in its place.
        kept = reject.sudo()
        header, text = file.header or [], kept.corrected_text or kept.original_text or ""
        if reject.is_cut:
            return [], []
        try:
            records = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        except csv.Error:
            return [], []
        if len(records) != 1 or len(records[0]) != len(header):
            return [], []
        return header, records[0]

    def _prepare_versions(self):
        """One line per field, known and new beside each other; of costs, where they are hidden, that they changed."""
        reject = self.reject_ids
        # As of _get_cells.
        reject.sudo(False)._origin.check_access("read")
        is_hidden = reject._hides_row()
        known, came = reject.known_version or {}, reject.new_version or {}
        labels = self.env["cloud.usage.record"]._fields
        lines = []
        for name in _COMPARED:
            before, now = _as_text(known.get(name)), _as_text(came.get(name))
            if not (before or now):
                continue
            is_left_out = is_hidden and name.startswith("cost_")
            lines.append(
                {
                    "name": labels[name]._description_string(self.env),
                    "known": "…" if is_left_out else before,
                    "came": "…" if is_left_out else now,
                    "is_changed": before != now,
                }
            )
        return lines

    # === ACTIONS === #

    def action_correct(self):
        """Read the corrected row again and add it to its month."""
        self.ensure_one()
        if self.reject_count != 1:
            raise UserError(self.env._("Correct rows one by one: open the row first."))
        self.reject_ids.check_access("write")
        # sudo: the text is hidden from who may not see costs; that the person may resolve the row was checked above.
        self.reject_ids.sudo().corrected_text = self._get_corrected_text()
        imports = self.reject_ids.action_retry()
        return self._done(self.env._("The row came in with %(imports)s.", imports=", ".join(imports.mapped("name"))))

    def action_accept(self):
        """Let the new versions replace the former ones."""
        self.ensure_one()
        imports = self.reject_ids.action_accept()
        return self._done(
            self.env._("The new versions came in with %(imports)s.", imports=", ".join(imports.mapped("name")))
        )

    def action_waive(self):
        """Give the rows up for a reason, or propose it where that takes a second person."""
        self.ensure_one()
        count, waivers = self.reject_ids._propose_waiving(self.waive_reason)
        if waivers:
            return waivers[:1].get_formview_action()
        return self._done(self.env._("Rows that are waived: %(count)s.", count=count))

    def _get_corrected_text(self):
        if self.is_row_hidden:
            return self._get_text_with_cell()
        if not self.cell_ids:
            return self.text
        return join_cells([cell.value or "" for cell in self.cell_ids.sorted("position")])

    def _get_text_with_cell(self):
        """The row with its wrong cell corrected, for whoever sees no other cell of it."""
        reject = self.reject_ids
        header, cells = self._get_cells(reject)
        if not self.cell_ids or reject.column not in header[: len(cells)]:
            raise UserError(
                self.env._(
                    "%(place)s is corrected as a whole, and it has costs, which you may not see. Ask somebody who may, "
                    "or waive it.",
                    place=self.place,
                )
            )
        cells[header.index(reject.column)] = self.cell_ids[0].value or ""
        return join_cells(cells)

    def _done(self, message):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }


class CloudUsageResolveWizardCell(models.TransientModel):
    """One cell of a row that is being corrected."""

    _name = "cloud.usage.resolve.wizard.cell"
    _description = "Cell of a Row"
    _order = "is_wrong desc, position, id"

    wizard_id = fields.Many2one("cloud.usage.resolve.wizard", required=True, ondelete="cascade")
    position = fields.Integer(readonly=True)
    column = fields.Char(readonly=True)
    value = fields.Char()
    is_wrong = fields.Boolean(readonly=True)


class CloudUsageResolveWizardVersion(models.TransientModel):
    """One value of a row as it is known and as it came now."""

    _name = "cloud.usage.resolve.wizard.version"
    _description = "Two Versions of a Value"
    _order = "id"

    wizard_id = fields.Many2one("cloud.usage.resolve.wizard", required=True, ondelete="cascade")
    name = fields.Char(string="Value", readonly=True)
    known = fields.Char(string="As It Is Known", readonly=True)
    came = fields.Char(string="As It Came Now", readonly=True)
    is_changed = fields.Boolean(readonly=True)


def _as_text(value):
    return "" if value is None or value is False else str(value)
