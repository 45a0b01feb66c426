from odoo import fields, models


class CloudInvoicePreviewWizard(models.TransientModel):
    """The window with the next invoice of a subscription."""

    _name = "cloud.invoice.preview.wizard"
    _description = "Next Invoice"

    subscription_id = fields.Many2one("cloud.subscription", required=True, readonly=True, ondelete="cascade")
    # Html that our own template makes of escaped values; the sanitizer would take away the layout of the tables.
    html = fields.Html(string="Next Invoice", sanitize=False, readonly=True)
