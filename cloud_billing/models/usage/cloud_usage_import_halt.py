from odoo import fields, models


class CloudUsageImportHalt(models.Model):
    """Says that an import is to stop: for a while, for good, or until somebody has seen what it changes.

    A row beside the import, because whoever reads it writes the import itself all the time: a second writer would fail
    again and again. The reader looks for it before each chunk.
    """

    _name = "cloud.usage.import.halt"
    _description = "Halt of an Import"

    import_id = fields.Many2one("cloud.usage.import", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="import_id.company_id", store=True, index=True)
    kind = fields.Selection(
        [("pause", "Pause"), ("cancel", "Cancel"), ("confirm", "To confirm")],
        required=True,
        help="To confirm: all is read, and a person decides whether what is there changes.",
    )

    _import_uniq = models.UniqueIndex("(import_id)", "This import is to stop already.")
