from odoo import models

from .cloud_usage_upload import UploadStream

_GZIP_MAGIC = b"\x1f\x8b"


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
        is_gzip = stream.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
        for index, part in enumerate(parts):
            part.write({"name": self._get_part_name(index), "res_model": self._name, "res_id": self.id})
        self.write(
            {
                "part_ids": parts,
                "sha256": upload.sha256,
                "size": upload.size,
                "is_gzip": is_gzip,
                "is_packed": upload.is_packed,
            }
        )
        return None
