from odoo import fields, models

from ...fields import DecimalField


class CloudUsageImport(models.Model):
    """One delivery of usage: its files, what was read, what became of every row, and the number that makes it exist."""

    _name = "cloud.usage.import"
    _description = "Usage Import"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(required=True, default="/", readonly=True, copy=False)
    source_id = fields.Many2one("cloud.usage.source", required=True, ondelete="restrict", index=True, check_company=True)
    company_id = fields.Many2one(related="source_id.company_id", store=True, index=True)
    state = fields.Selection(
        [
            ("draft", "To confirm"),
            ("queued", "Waiting"),
            ("staging", "Reading"),
            ("imported", "Imported"),
            ("known", "Already known"),
            ("refused", "Refused"),
            ("undone", "Undone"),
        ],
        default="draft",
        required=True,
        copy=False,
        tracking=True,
    )
    import_number = fields.Integer(readonly=True, copy=False, help="Counts deliveries of the company; 0 until imported.")
    file_ids = fields.One2many("cloud.usage.file", "import_id", string="Files")
    delivery_ids = fields.One2many("cloud.usage.delivery", "import_id", string="Months Delivered")
    reject_ids = fields.One2many("cloud.usage.reject", "import_id", string="To Resolve")
    expected_month = fields.Date(help="Only rows of this billing month are taken; another month refuses the file.")
    allow_removal = fields.Boolean(
        help="A person has seen how many rows and how much money this delivery takes away, and agreed."
    )
    rows_read = fields.Integer(readonly=True)
    rows_accepted = fields.Integer(readonly=True)
    rows_known = fields.Integer(string="Already Known", readonly=True)
    rows_quarantined = fields.Integer(readonly=True)
    rows_rejected = fields.Integer(readonly=True)
    cost_billed = DecimalField(string="Billed Cost", readonly=True)
    preview = fields.Json(readonly=True, help="What the wizard showed: counts, months, accounts, control totals, problems.")
    progress = fields.Float(compute="_compute_progress", help="Percent of the bytes read.")
    high_water_bytes = fields.Integer(readonly=True)
    # The claim of whoever works on it: RELIABILITY of the docs, "claims are written".
    claim_token = fields.Char(readonly=True, copy=False)
    claim_until = fields.Datetime(readonly=True, copy=False)
    attempts = fields.Integer(readonly=True, copy=False)
    error = fields.Text(readonly=True, copy=False)
    imported_at = fields.Datetime(readonly=True, copy=False)

    _counts_add_up = models.Constraint(
        "CHECK (rows_read = rows_accepted + rows_known + rows_quarantined + rows_rejected)",
        "Rows read must equal accepted + already known + quarantined + rejected.",
    )
    _number_uniq = models.UniqueIndex(
        "(company_id, import_number) WHERE import_number > 0", "Two imports cannot share one number."
    )
    _imported_has_number = models.Constraint(
        "CHECK (state <> 'imported' OR import_number > 0)", "An imported delivery has an import number."
    )

    # === COMPUTE === #

    def _compute_progress(self):
        for usage_import in self:
            size = sum(usage_import.file_ids.mapped("size"))
            usage_import.progress = 100.0 * usage_import.high_water_bytes / size if size else 0.0
