from functools import partial

from odoo import api, fields, models
from odoo.tools import human_size

from .file_parts import unpack


class CloudUsageFile(models.Model):
    """Gives a file of a delivery back as it came."""

    _inherit = "cloud.usage.file"

    size_text = fields.Char(string="Readable Size", compute="_compute_size_text")

    # === COMPUTE === #

    @api.depends("size")
    def _compute_size_text(self):
        for file in self:
            file.size_text = human_size(file.size) if file.size else False

    # === ACTIONS === #

    def action_download(self):
        """Download the file as it was uploaded."""
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": f"/cloud_billing/usage_file/{self.id}", "target": "download"}

    # === BUSINESS === #

    def _get_contents(self):
        """Functions that give the bytes of the parts as they were uploaded, in order; they need no cursor any more."""
        self.ensure_one()
        return [
            partial(
                _read,
                part.store_fname and part._full_path(part.store_fname),
                part.with_context(bin_size=False).db_datas,
                self.is_packed,
            )
            for part in self.part_ids.sorted("name")
        ]


def _read(path, content, is_packed):
    """Of a file in the file store, or of bytes from the database."""
    if path:
        with open(path, "rb") as stream:
            content = stream.read()
    return unpack(content) if is_packed else content
