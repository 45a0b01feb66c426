from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    cloud_billing_state = fields.Selection(
        [("setup", "Setting up"), ("live", "Live"), ("solo", "Live, one person")],
        string="Cloud Billing State",
        default="setup",
        required=True,
        help="Setting up: free editing, previews, no posting. Live: protected values change only with a second person.",
    )
    cloud_billing_live_at = fields.Datetime(string="Live Since", readonly=True)
