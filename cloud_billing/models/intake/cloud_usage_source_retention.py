from odoo import fields, models


class CloudUsageSource(models.Model):
    _inherit = "cloud.usage.source"

    keep_files_months = fields.Integer(
        string="Keep Files (Months)",
        default=120,
        tracking=True,
        help="How long delivered files are kept to be looked at and read again; 0: for good. They are evidence of "
        "what was billed: keep them as long as the invoices. Rows of usage stay whatever is chosen here.",
    )

    _files_are_kept = models.Constraint(
        "CHECK (keep_files_months >= 0)", "Files are kept for a number of months, or for good with 0."
    )
