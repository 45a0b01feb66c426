from odoo import api, fields, models

from .usage_chunks import FileParts

# Of a name that is shown: enough to tell the files of an archive apart.
_MAX_NAME = 200
# So many names of what was passed over are shown.
_MAX_NAMES = 20


class CloudUsageFile(models.Model):
    """The files of a zip archive that holds several: each is read like a file of its own.

    The archive is what is kept, as it came. Its files are records without content, which know their archive and
    their name in there, and of which rows, headers, checksums and errors tell.
    """

    _inherit = "cloud.usage.file"

    archive_id = fields.Many2one(
        "cloud.usage.file", readonly=True, copy=False, ondelete="cascade", index="btree_not_null",
        help="The archive that it came in, which is what is kept.",
    )  # fmt: skip
    member_ids = fields.One2many("cloud.usage.file", "archive_id", string="Files in It", readonly=True)
    member = fields.Char(string="Name in the Archive", readonly=True, copy=False, help="As it stands there.")
    is_archive = fields.Boolean(
        string="Holds Files", readonly=True, copy=False, help="The files in it are read one after the other."
    )
    left_out = fields.Json(readonly=True, copy=False, help="Names of what is in the archive and is no data.")
    left_out_text = fields.Char(string="Passed Over", compute="_compute_left_out_text")

    # === COMPUTE === #

    @api.depends("left_out")
    def _compute_left_out_text(self):
        for file in self:
            file.left_out_text = describe_left_out(file.left_out or [])

    # === BUSINESS === #

    def _keep_member(self, archive, vals):
        """Make the record of one of an archive's files, to be read behind all files that the import has.

        archive: the engine's Archive of this file.   vals: of _describe_member.
        """
        if not self.is_archive:
            _names, left_out = archive.choose()
            self.write({"is_archive": True, "left_out": [show_name(name) for name in left_out]})
        # The number alone: an archive may hold a thousand files, and their records have their column names.
        [(last,)] = self._read_group([("import_id", "=", self.import_id.id)], aggregates=["sequence:max"])
        return self.create({"import_id": self.import_id.id, "archive_id": self.id, "sequence": last + 1, **vals})

    def _describe_member(self, archive, member, size, sha256):
        """Vals of the record of one of the archive's files; size and checksum are unpacked."""
        options = {**self._get_table_options(self.import_id), "is_member": True}
        name = f"{self.name}/{show_name(member)}"
        return {
            "name": name,
            "member": member,
            "size": size,
            "sha256": sha256,
            "header": self._get_header(name, archive.read(member), options),
        }

    def _forget_members(self):
        """As it was before anybody looked into it."""
        if self.is_archive:
            self.member_ids.unlink()
            self.write({"is_archive": False, "left_out": False})

    def _get_file_parts(self):
        """What the reading thread must know of it."""
        kept = self.archive_id or self
        return FileParts(
            self.sequence,
            self.name,
            int(self.size),
            len(kept.part_ids),
            self.is_compressed,
            self.archive_id.sequence,
            self.member or "",
        )


def show_name(member):
    """The name of a file in an archive as people read it: what cannot be printed is not shown, nor more than fits."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in member)[-_MAX_NAME:]


def describe_left_out(names):
    """The names of what was passed over as one text, '' where nothing was."""
    return ", ".join(names[:_MAX_NAMES]) + (" …" if len(names) > _MAX_NAMES else "")
