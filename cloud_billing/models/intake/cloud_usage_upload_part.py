from odoo import fields, models


class CloudUsageUploadPart(models.Model):
    """One part of an upload that has arrived and was checked."""

    _name = "cloud.usage.upload.part"
    _description = "Part of an Upload"
    _order = "upload_id, sequence"

    upload_id = fields.Many2one("cloud.usage.upload", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="upload_id.company_id", store=True, index=True)
    sequence = fields.Integer(required=True, help="From 0; times the size of a part it is where the part begins.")
    sha256 = fields.Char(required=True, help="Of the part as sent.")
    attachment_id = fields.Many2one("ir.attachment", required=True, ondelete="cascade", index=True)

    _sequence_uniq = models.UniqueIndex("(upload_id, sequence)", "This part of the upload is here already.")
