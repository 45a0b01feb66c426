from odoo import fields, models

from ...engine.readers import ENCODINGS

# Names of fields, and of the options of `engine/readers/tables` that they are.
_OPTIONS = {
    "encoding": "encoding",
    "skip_rows": "skip_rows",
    "sheet": "sheet",
    "archive_member": "member",
    "row_path": "row_path",
}


class CloudUsageSource(models.Model):
    """How the files of a source whose columns its reader knows become a table; of other files the format says it."""

    _inherit = "cloud.usage.source"

    encoding = fields.Selection(
        [(name, name.upper()) for name in ENCODINGS],
        string="Characters",
        help="How letters are written in its text files. Empty: UTF-8, or what the file itself says.",
    )
    skip_rows = fields.Integer(
        string="Rows Above the Column Names", help="A title or a date that stands above the names of the columns."
    )
    sheet = fields.Char(help="Of a workbook with several sheets: the name of the one with the rows.")
    archive_member = fields.Char(
        string="File in the Archive",
        help="Of a zip archive with several files: the name of the one with the rows, where not all of them are meant.",
    )
    row_path = fields.Char(
        string="Path of the Rows", help="Of JSON and XML: where the rows are, for instance items[*]. Empty: at the top."
    )

    _skips_no_fewer_than_no_rows = models.Constraint(
        "CHECK (skip_rows >= 0)", "No fewer than no rows can stand above the names of the columns."
    )

    # === HOOKS === #

    def _get_reader_options(self):
        options = super()._get_reader_options()
        if self._has_own_columns():
            return options
        return {**options, **{option: self[name] or False for name, option in _OPTIONS.items()}}
