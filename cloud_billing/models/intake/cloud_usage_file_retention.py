from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import human_size

# Of one call of the daily clean-up; it is called again for the rest.
_BATCH = 200


class CloudUsageFile(models.Model):
    """How long the content of a file is kept. Its record stays for good: name, size, checksum, when it was deleted.

    Rows of usage are never deleted with it, nor is what a person may still want to read again.
    """

    _inherit = "cloud.usage.file"

    deleted_at = fields.Datetime(
        string="Content Deleted", readonly=True, copy=False, help="By the retention of its source. Its rows stay."
    )
    kept_until = fields.Date(compute="_compute_kept_until", help="By the retention of its source; empty: for good.")
    stored_text = fields.Char(string="On Disk", compute="_compute_stored_text")

    # === COMPUTE === #

    @api.depends("source_id.keep_files_months", "import_id.imported_at")
    def _compute_kept_until(self):
        for file in self:
            months = file.source_id.keep_files_months
            came = file.import_id.imported_at or file.create_date
            file.kept_until = came.date() + relativedelta(months=months) if months and came else False

    @api.depends("part_ids.file_size")
    def _compute_stored_text(self):
        for file in self:
            file.stored_text = human_size(sum(file.part_ids.mapped("file_size"))) if file.part_ids else False

    # === CRUD === #

    @api.autovacuum
    def _gc_contents(self):
        """Delete contents whose time is over; returns (how many, whether more are left)."""
        files = self._find_expired(fields.Datetime.now())
        files._delete_contents(fields.Datetime.now())
        return len(files), len(files) == _BATCH

    # === ACTIONS === #

    def action_download(self):
        self._check_kept()
        return super().action_download()

    def action_open(self):
        """The delivery that it came with."""
        return self.import_id.get_formview_action()

    # === BUSINESS === #

    @api.model
    def _find_expired(self, now):
        """Files of which the source says that they are kept no longer; never of an import that may still be read."""
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT f.id
              FROM cloud_usage_file f
              JOIN cloud_usage_import i ON i.id = f.import_id
              JOIN cloud_usage_source s ON s.id = f.source_id
             WHERE f.deleted_at IS NULL
               AND f.size > 0
               AND f.archive_id IS NULL
               AND s.keep_files_months > 0
               AND i.state NOT IN ('draft', 'queued', 'staging')
               AND COALESCE(i.imported_at, f.create_date) + s.keep_files_months * interval '1 month' < %s
          ORDER BY f.id
             LIMIT %s
            """,
            [now, _BATCH],
        )
        return self.browse(file_id for (file_id,) in self.env.cr.fetchall())

    def _delete_contents(self, now):
        for usage_import, files in self.grouped("import_id").items():
            self.env["cloud.audit.event"]._record(
                "usage_files_deleted",
                usage_import,
                detail={"files": [[file.name, file.sha256 or ""] for file in files]},
            )
        self._drop_parts()
        self.write({"deleted_at": now})

    def _check_kept(self):
        """Raise a UserError that names the contents that are not there any more."""
        for file in self.filtered("deleted_at"):
            raise UserError(
                self.env._(
                    "%(file)s of %(name)s was deleted on %(date)s, as its source says. Its rows are there; "
                    "to read it again, deliver it again.",
                    file=file.name,
                    name=file.import_id.name,
                    date=fields.Date.to_string(file.deleted_at.date()),
                )
            )

    def _read_all(self):
        self._check_kept()
        return super()._read_all()
