import hashlib
import io

from odoo import api, fields, models
from odoo.fields import Command

from ...engine.readers import Limits, RejectedFile, file_chunks, get_reader, read_header
from .file_parts import PART_BYTES, is_compressed, pack, unpack


class CloudUsageFile(models.Model):
    """One file of a delivery, kept as parts of at most 8 MB with a checksum of the whole."""

    _name = "cloud.usage.file"
    _description = "Usage File"
    _order = "import_id, sequence, id"

    import_id = fields.Many2one("cloud.usage.import", required=True, ondelete="cascade", index=True)
    source_id = fields.Many2one(related="import_id.source_id", store=True)
    company_id = fields.Many2one(related="import_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=1, required=True, help="Number of the file within its delivery, from 1.")
    name = fields.Char(required=True)
    # Float: an Integer ends at 2 GB.
    size = fields.Float(digits=(20, 0), help="Bytes of the file as uploaded.")
    sha256 = fields.Char(
        string="SHA-256", index=True, help="Of the file as uploaded. Of a large one it is taken when reading begins."
    )
    header = fields.Json(help="Its column names, with which corrected rows are read again.")
    is_compressed = fields.Boolean(help="It was uploaded compressed: gzip, zip, a workbook or Parquet.")
    is_packed = fields.Boolean(string="Kept Compressed", help="Its parts are kept compressed, and read as uploaded.")
    part_ids = fields.Many2many("ir.attachment", string="Parts", copy=False, help="In the order of their names.")

    _sequence_uniq = models.UniqueIndex("(import_id, sequence)", "Two files of one delivery share a number.")

    # === CRUD === #

    def unlink(self):
        # Their files first: they are found by the record they belong to.
        self._drop_parts()
        return super().unlink()

    # === BUSINESS === #

    @api.model
    def _keep(self, usage_import, files):
        """Keep files as those of an import, numbered behind the ones it has.

        files: pairs (name, content), content being bytes or a binary file that can seek.
        """
        first = max(usage_import.file_ids.mapped("sequence"), default=0) + 1
        options = self._get_table_options(usage_import)
        kept = self.browse()
        for sequence, (name, content) in enumerate(files, first):
            stream = io.BytesIO(content) if isinstance(content, bytes) else content
            stream.seek(0)
            file = self.create(
                {
                    "import_id": usage_import.id,
                    "sequence": sequence,
                    "name": name,
                    "header": self._get_header(name, file_chunks(stream), options),
                }
            )
            file._keep_parts(stream)
            kept += file
        return kept

    def _keep_parts(self, stream):
        """Keep what a binary file holds, one part in memory at a time."""
        stream.seek(0)
        checksum, size, parts = hashlib.sha256(), 0, self.env["ir.attachment"]
        was_compressed = False
        for content in file_chunks(stream, PART_BYTES):
            if not size:
                was_compressed = is_compressed(content)
            parts += self._make_part(self, self._get_part_name(len(parts)), content, not was_compressed)
            checksum.update(content)
            size += len(content)
        self.write(
            {
                "part_ids": parts,
                "sha256": checksum.hexdigest(),
                "size": size,
                "is_compressed": was_compressed,
                "is_packed": bool(size) and not was_compressed,
            }
        )

    @api.model
    def _get_table_options(self, usage_import):
        """The options by which the column names of the import's files are read."""
        # A reader of documents has columns of its own, under which bad rows are kept and corrected.
        table = getattr(get_reader(usage_import.source_id.reader), "table", None)
        return {"table": table, **usage_import._get_reader_options()}

    @api.model
    def _get_header(self, name, chunks, options):
        """The column names of a file, or [] where it has none that can be read: reading it will say why."""
        try:
            return read_header(chunks, file_name=name, limits=Limits(), options=options)
        except RejectedFile:
            return []

    def _get_part_name(self, index):
        return f"{self.name}.{index:05d}"

    @api.model
    def _make_part(self, owner, name, content, is_packed):
        """The attachment of a record that holds one part; its bytes are not kept in memory after it."""
        part = self.env["ir.attachment"].create(
            {
                "name": name,
                "raw": pack(content) if is_packed else content,
                "mimetype": "application/octet-stream",
                "res_model": owner._name,
                "res_id": owner.id,
            }
        )
        part.invalidate_recordset(["raw", "datas", "db_datas"])
        return part

    @api.model
    def _load_part(self, part, is_packed):
        """The bytes of a part as they came; they are not kept in memory after it."""
        # A form asks for the sizes of contents only, and would get them here too. Odoo computes a field for all records
        # that were read together: of a large file every part.
        part = part.with_context(bin_size=False).with_prefetch()
        content = part.raw or b""
        part.invalidate_recordset(["raw", "datas", "db_datas"], flush=False)
        return unpack(content) if is_packed else content

    def _share(self, usage_import):
        """Let another import read the same files; their bytes stay those of the first one."""
        # The files of an archive are made anew when it is read.
        for file in self.filtered(lambda file: not file.archive_id):
            file.copy({"import_id": usage_import.id, "part_ids": [Command.set(file.part_ids.ids)]})

    def _drop_parts(self):
        """Delete the parts that no other file is made of; those that are shared belong to another one from now on."""
        parts = self.part_ids
        others = self.search([("part_ids", "in", parts.ids), ("id", "not in", self.ids)])
        for file in others:
            (file.part_ids & parts).filtered(lambda part: part.res_id in self.ids).write({"res_id": file.id})
        (parts - others.part_ids).unlink()
        self.part_ids = False

    def _read_part(self, index):
        """The bytes of one part as they were uploaded; of a file in an archive, one of the archive's."""
        kept = self.archive_id or self
        return self._load_part(kept.part_ids.sorted("name")[index], kept.is_packed)

    def _read_all(self):
        """Yield the bytes of the file, part by part."""
        for index in range(len(self.part_ids)):
            yield self._read_part(index)
