from odoo import fields, models


class CloudUsageReject(models.Model):
    """A row that waits for a person: it could not be read, or its id came again with other content."""

    _name = "cloud.usage.reject"
    _description = "Rejected or Quarantined Row"
    _order = "import_id desc, file_sequence, row_no, id"

    import_id = fields.Many2one("cloud.usage.import", required=True, ondelete="cascade", index=True)
    source_id = fields.Many2one(related="import_id.source_id", store=True, index=True)
    company_id = fields.Many2one(related="import_id.company_id", store=True, index=True)
    kind = fields.Selection([("rejected", "Rejected"), ("quarantined", "Quarantined")], required=True)
    file_name = fields.Char(required=True)
    file_sequence = fields.Integer(default=1)
    row_no = fields.Integer(string="Row", required=True)
    column = fields.Char()
    reason_code = fields.Char(required=True)
    reason = fields.Char(required=True, help="What is wrong and what to do.")
    value = fields.Char()
    original_text = fields.Text(help="The row as it stood in the file.")
    corrected_text = fields.Text(help="The row as it should be read; then retry.")
    known_row_id = fields.Char(help="Quarantined: the id of the row that is there already.")
    state = fields.Selection(
        [("open", "To resolve"), ("corrected", "Corrected"), ("waived", "Waived")], default="open", required=True
    )
    resolution = fields.Char(help="Why it was waived, or into which import it was corrected.")
