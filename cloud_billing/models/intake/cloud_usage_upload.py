import hashlib
import re
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..usage.file_parts import PART_BYTES, PartStream, is_compressed

# Larger than any bill we know; what a person sends beyond that is a mistake.
MAX_BYTES = 16 * 1024**3
# Of one person at a time: disks are not for parking files.
MAX_UPLOADS = 20
_KEEP = timedelta(days=7)
_MAX_NAME = 200
_SHA256 = re.compile(r"[0-9a-f]{64}")


class CloudUsageUpload(models.Model):
    """A file on its way to the server, part by part: what has arrived, so that sending can stop and go on.

    Only the person who sends it sees it. A finished one is named in the import wizard by its attachment, which is
    empty: the bytes are in the parts, and become those of the import's file without being copied.
    """

    _name = "cloud.usage.upload"
    _description = "Upload"
    _order = "id desc"

    name = fields.Char(required=True, help="Name of the file; never a path.")
    company_id = fields.Many2one("res.company", required=True, index=True)
    # Float: an Integer ends at 2 GB.
    size = fields.Float(digits=(20, 0), required=True, help="Bytes of the whole file.")
    part_bytes = fields.Integer(required=True, help="Bytes of each part but the last.")
    first_sha256 = fields.Char(required=True, help="Of the first part: by it, name and size a file is known again.")
    sha256 = fields.Char(help="Of the whole file, where one part is all of it; else it is taken when the file is read.")
    is_packed = fields.Boolean(help="Its parts are kept compressed.")
    is_finished = fields.Boolean(help="All of it has arrived and was checked.")
    active_at = fields.Datetime(required=True, help="When the last part came.")
    part_ids = fields.One2many("cloud.usage.upload.part", "upload_id", string="Parts")
    attachment_id = fields.Many2one("ir.attachment", string="Stands For It", ondelete="set null", index=True)

    _size_possible = models.Constraint("CHECK (size >= 0 AND part_bytes > 0)", "An upload has a size.")
    _file_uniq = models.UniqueIndex(
        "(create_uid, company_id, name, size, first_sha256)", "This file is being uploaded already."
    )

    # === ACTIONS: WHAT THE WIDGET CALLS === #

    @api.model
    def begin(self, name, size, first_sha256):
        """Begin sending a file, or go on with it where it stopped; returns what has arrived, see _describe.

        size: bytes.   first_sha256: hexadecimal, of the first part (or of the whole file, where it is smaller).
        """
        self._check_may_upload()
        name, size = _clean_name(name), self._check_size(size)
        if not _SHA256.fullmatch(first_sha256 or ""):
            raise UserError(self.env._("The checksum of the first part of %(name)s is missing.", name=name))
        known = self.search(
            [
                ("create_uid", "=", self.env.uid),
                ("company_id", "=", self.env.company.id),
                ("name", "=", name),
                ("size", "=", size),
                ("first_sha256", "=", first_sha256),
            ]
        )
        # sudo: people only read uploads, so that nobody writes what has arrived; who may import may send a file.
        return (known or self.sudo()._create_for(name, size, first_sha256))._describe()

    @api.model
    def get_unfinished(self):
        """The person's own files that have arrived in part, newest first, as of _describe."""
        self._check_may_upload()
        uploads = self.search([("is_finished", "=", False), ("company_id", "=", self.env.company.id)])
        return [upload._describe() for upload in uploads if upload.part_ids]

    def finish(self, parts_sha256):
        """Check that all is here and is what was sent; returns _describe with its attachment.

        No part is read, however large the file is: each was compared with its checksum when it came.

        parts_sha256: hexadecimal, of the parts' checksums written one after the other.
        """
        upload = self._get_own()
        if upload.is_finished:
            return upload._describe()
        parts = upload.part_ids.sorted("sequence")
        if len(parts) < upload._get_part_count():
            raise UserError(
                self.env._("Part %(part)s of %(name)s is still missing.", part=len(parts) + 1, name=upload.name)
            )
        if hashlib.sha256("".join(parts.mapped("sha256")).encode()).hexdigest() != parts_sha256:
            raise UserError(
                self.env._(
                    "%(name)s is not the file whose first parts arrived before: it was changed meanwhile. "
                    "Remove it here and choose it again.",
                    name=upload.name,
                )
            )
        # sudo: the upload is the person's own; its file is written nowhere else than on it.
        attachment = self.env["ir.attachment"].sudo().create(upload._prepare_attachment_vals())
        checksum = parts.sha256 if len(parts) == 1 else False
        upload.write({"is_finished": True, "sha256": checksum, "attachment_id": attachment.id})
        return upload._describe()

    def cancel(self):
        """Forget the upload and all that has arrived of it."""
        self._get_own().unlink()

    # === CRUD === #

    @api.autovacuum
    def _gc_uploads(self):
        """Delete what nobody went on sending, and what was sent and never imported."""
        self.search([("active_at", "<", fields.Datetime.now() - _KEEP)]).unlink()

    # === BUSINESS: RECEIVING === #

    def _receive(self, sequence, content, sha256):
        """Keep one part, given as bytes. The same part again changes nothing. Raises UserError with the reason."""
        upload = self._get_own()
        upload._check_part(sequence, content, sha256)
        parts = upload.part_ids.sorted("sequence")
        # Written with each part: of two senders of one file the second one looks again.
        upload.write({"active_at": fields.Datetime.now()})
        if sequence < len(parts):
            if parts[sequence].sha256 == sha256:
                return
            # Another content: the file was changed since. The part goes with its bytes.
            parts[sequence].attachment_id.unlink()
        if sequence == 0:
            upload.is_packed = not is_compressed(content)
        # sudo: as in finish: a part is written on the person's own upload only.
        attachment = (
            self.env["cloud.usage.file"]
            .sudo()
            ._make_part(upload, f"{upload.name}.{sequence:05d}", content, upload.is_packed)
        )
        upload.part_ids.create(
            {"upload_id": upload.id, "sequence": sequence, "sha256": sha256, "attachment_id": attachment.id}
        )

    def _check_part(self, sequence, content, sha256):
        if self.is_finished:
            raise UserError(self.env._("%(name)s has arrived as a whole already.", name=self.name))
        if not 0 <= sequence <= min(len(self.part_ids), self._get_part_count() - 1):
            raise UserError(self.env._("%(name)s has no part %(part)s now.", name=self.name, part=sequence + 1))
        due = min(self.part_bytes, int(self.size) - sequence * self.part_bytes)
        if len(content) != due or hashlib.sha256(content).hexdigest() != sha256:
            raise UserError(self.env._("Part %(part)s of %(name)s arrived damaged.", part=sequence + 1, name=self.name))

    # === BUSINESS: READING === #

    def _open(self):
        """The whole file as a binary file to read and seek in."""
        self.ensure_one()
        return UploadStream(self)

    def _read_part(self, index):
        """The bytes of one part as they were sent."""
        part = self.part_ids.sorted("sequence")[index]
        return self.env["cloud.usage.file"]._load_part(part.attachment_id, self.is_packed)

    @api.model
    def _find(self, attachments):
        """{attachment: upload} of those attachments that stand for one. Raises AccessError for somebody else's."""
        found = {}
        for attachment in attachments:
            if attachment.res_model == self._name and attachment.res_id:
                upload = self.browse(attachment.res_id)
                upload.check_access("read")
                found[attachment] = upload
        return found

    # === BUSINESS: WHAT IT IS === #

    def _get_own(self):
        """This upload, as what writes it. Raises AccessError unless the person sends it and may import."""
        self.ensure_one()
        self._check_may_upload()
        self.check_access("read")
        # sudo: people only read uploads, so that nobody writes what has arrived; that it is their own was checked.
        return self.sudo()

    def _check_may_upload(self):
        self.env["cloud.usage.import"].check_access("create")

    def _check_size(self, size):
        """Bytes as int. Raises UserError when a file of so many, or one more file, is too much."""
        if not isinstance(size, int) or isinstance(size, bool) or size < 0:
            raise UserError(self.env._("The size of the file is missing."))
        if size > MAX_BYTES:
            raise UserError(self.env._("The file has more than %(limit)s GB. Split it.", limit=MAX_BYTES // 1024**3))
        return size

    def _create_for(self, name, size, first_sha256):
        if self.search_count([("create_uid", "=", self.env.uid)]) >= MAX_UPLOADS:
            raise UserError(
                self.env._(
                    "%(count)s files are on their way already, or wait to be imported. Import or remove them first.",
                    count=MAX_UPLOADS,
                )
            )
        return self.create(
            {
                "name": name,
                "company_id": self.env.company.id,
                "size": size,
                "part_bytes": PART_BYTES,
                "first_sha256": first_sha256,
                "active_at": fields.Datetime.now(),
            }
        )

    def _describe(self):
        """For the widget: {id, name, size, part_bytes, parts: [checksum of each that is here], attachment_id}."""
        return {
            "id": self.id,
            "name": self.name,
            "size": int(self.size),
            "part_bytes": self.part_bytes,
            "parts": self.part_ids.sorted("sequence").mapped("sha256"),
            "attachment_id": self.attachment_id.id,
        }

    def _get_part_count(self):
        return -(-int(self.size) // self.part_bytes)

    def _prepare_attachment_vals(self):
        return {
            "name": self.name,
            "mimetype": "application/octet-stream",
            "res_model": self._name,
            "res_id": self.id,
        }


class UploadStream(PartStream):
    """An upload as a binary file; whoever keeps it may take its parts over instead of reading it."""

    def __init__(self, upload):
        super().__init__(int(upload.size), upload.part_bytes, upload._read_part)
        self.upload = upload


def _clean_name(name):
    """A file's name without folders and what cannot be printed; browsers send just the name, others may not."""
    name = str(name or "").replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(letter for letter in name if letter.isprintable()).strip(" .")
    return name[-_MAX_NAME:] or "file"
