from odoo import fields, models


class CloudUsageFile(models.Model):
    """One file of a delivery, kept as parts of at most 16 MB with a checksum of the whole."""

    _name = "cloud.usage.file"
    _description = "Usage File"
    _order = "import_id, sequence, id"

    import_id = fields.Many2one("cloud.usage.import", required=True, ondelete="cascade", index=True)
    sequence = fields.Integer(default=1, required=True, help="Number of the file within its delivery, from 1.")
    name = fields.Char(required=True)
    size = fields.Integer(help="Bytes of the file as uploaded.")
    sha256 = fields.Char(help="Of the file as uploaded.")
    part_ids = fields.Many2many("ir.attachment", string="Parts", copy=False, help="In the order of their names.")

    _sequence_uniq = models.UniqueIndex("(import_id, sequence)", "Two files of one delivery share a number.")
