from odoo import fields, models


class CloudBillRun(models.Model):
    """A batch of bills with a cut-off and dates: rated, reviewed, approved by a second person, posted."""

    _name = "cloud.bill.run"
    _description = "Bill Run"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "cutoff_date desc, id desc"

    name = fields.Char(required=True, default="/", readonly=True, copy=False)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    cutoff_date = fields.Date(required=True, help="Periods that end on or before this local date are due.")
    invoice_date = fields.Date(required=True, default=fields.Date.context_today)
    accounting_date = fields.Date(required=True, default=fields.Date.context_today)
    due_date = fields.Date(help="Empty: by each customer's payment terms.")
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("rating", "Rating"),
            ("review", "Review"),
            ("to_approve", "To approve"),
            ("approved", "Approved"),
            ("posting", "Posting"),
            ("posted", "Posted"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        copy=False,
        tracking=True,
        index=True,
    )
    usage_number = fields.Integer(readonly=True, copy=False, help="Frozen when rating starts: later usage is late.")
    request_id = fields.Many2one("cloud.change.request", readonly=True, copy=False, ondelete="restrict")
    content_hash = fields.Char(readonly=True, copy=False)
    bill_ids = fields.One2many("cloud.bill", "run_id", string="Bills")
    error = fields.Text(readonly=True)
