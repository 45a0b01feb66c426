from odoo import models

from ..usage.file_parts import is_compressed
from .cloud_usage_upload import UploadStream

# Enough to tell what a file is compressed by.
_MAGIC_BYTES = 16


class CloudUsageFile(models.Model):
    """Takes the parts of an upload over as its own."""

    _inherit = "cloud.usage.file"

    # === BUSINESS === #

    def _keep_parts(self, stream):
        if not isinstance(stream, UploadStream):
            return super()._keep_parts(stream)
        # sudo: people only read uploads; that this one is their own was checked when it was opened.
        upload = stream.upload.sudo()
        parts = upload.part_ids.sorted("sequence").attachment_id
        stream.seek(0)
        was_compressed = is_compressed(stream.read(_MAGIC_BYTES))
        for index, part in enumerate(parts):
            part.write({"name": self._get_part_name(index), "res_model": self._name, "res_id": self.id})
        self.write(
            {
                "part_ids": parts,
                "sha256": upload.sha256,
                "size": upload.size,
                "is_compressed": was_compressed,
                "is_packed": upload.is_packed,
            }
        )
        return None
