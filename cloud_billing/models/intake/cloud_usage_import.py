from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine.readers.own.condense import CondensingReader


class CloudUsageImport(models.Model):
    """By which version of its format a delivery was read; it is chosen when reading begins, and stays.

    What is read, or read again, must still be kept.
    """

    _inherit = "cloud.usage.import"

    format_version_id = fields.Many2one(
        "cloud.usage.format.version",
        string="Read By",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The version of the format when it was read. Read it again to use a newer one.",
    )

    original_rows = fields.Integer(
        compute="_compute_original_rows",
        string="Rows in the Files",
        help="Of condensed rows: for how many rows of the files the accepted ones stand.",
    )

    # === COMPUTE === #

    @api.depends("rows_accepted", "source_id.keep_rows")
    def _compute_original_rows(self):
        condensed = self.filtered(lambda one: one.source_id.keep_rows == "daily" and one.import_number)
        counts = self.env["cloud.usage.store"]._count_original_rows(condensed)
        for usage_import in self:
            usage_import.original_rows = counts.get(usage_import._origin.id, 0)

    # === BUSINESS === #

    def _get_written_by_import(self):
        return super()._get_written_by_import() | {"format_version_id"}

    def _start(self):
        self.file_ids._check_kept()
        self._choose_version()
        return super()._start()

    def _choose_version(self):
        """Take the newest version of the format; what is read in several goes is read by one."""
        for usage_import in self:
            version = usage_import.source_id._get_format_version()
            usage_import.format_version_id = version
            mapping = version.definition or {}
            if mapping.get("shape") == "snapshot" and mapping["month"] == "import" and not usage_import.expected_month:
                raise UserError(
                    self.env._(
                        "The files of %(source_name)s do not say their month: choose it under Only This Month.",
                        source_name=usage_import.source_id.name,
                    )
                )

    def _get_reader_options(self):
        version = self.format_version_id or self.correction_of_id.format_version_id
        options = {**super()._get_reader_options(), **(version._get_options() if version else {})}
        if self.expected_month:
            options["billing_month"] = fields.Date.to_string(self.expected_month)
        return options

    def _get_reader(self):
        reader, source = super()._get_reader(), self.source_id
        if source.keep_rows == "daily":
            return CondensingReader(reader, source._get_kept_tags(), ZoneInfo(source.tz))
        return reader

    def _is_read_like(self, former):
        return super()._is_read_like(former) and former.format_version_id == self.format_version_id

    def _is_counted(self):
        """Whether rows are known by their content, so that equal ones are counted."""
        mapping = self._get_reader_options().get("mapping") or {}
        return self._is_append() and mapping.get("key") == "content"
