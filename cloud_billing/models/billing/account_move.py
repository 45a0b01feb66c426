from odoo import fields, models


class AccountMove(models.Model):
    _inherit = "account.move"

    cloud_bill_id = fields.Many2one("cloud.bill", string="Bill", ondelete="restrict", readonly=True, copy=False)

    _cloud_bill_uniq = models.UniqueIndex(
        "(cloud_bill_id) WHERE cloud_bill_id IS NOT NULL", "This bill became an invoice already."
    )
