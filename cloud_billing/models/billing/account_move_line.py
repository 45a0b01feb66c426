from odoo import fields, models

from ...fields import DecimalField


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    cloud_rated_line_ids = fields.One2many(
        "cloud.rated.line", "move_line_id", string="Rated Lines", readonly=True, groups="cloud_billing.group_viewer"
    )
    cloud_service_start = fields.Date(string="Service From", copy=False, readonly=True)
    cloud_service_end = fields.Date(string="Service To", copy=False, readonly=True, help="First day after the service.")
    cloud_quantity = DecimalField(string="Used Quantity", copy=False, readonly=True)
    cloud_unit = fields.Char(string="Used Unit", copy=False, readonly=True)
    cloud_unit_price = DecimalField(string="Exact Unit Price", copy=False, readonly=True)

    # === ACTIONS === #

    def action_cloud_explain(self):
        """Open the window that explains how the amount of these lines came about."""
        return self.cloud_rated_line_ids.action_explain()

    def action_cloud_save_proof(self):
        """Download the proof of an invoice line: its rated lines are in one file."""
        self.ensure_one()
        return self.cloud_rated_line_ids[:1].action_save_proof()

    def action_cloud_download_csv(self):
        """Download the usage rows behind an invoice line as the customer may get them."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/cloud_billing/explanation/invoice_line/{self.id}?customer=1",
            "target": "download",
        }
