from odoo import fields, models


class AccountMove(models.Model):
    _inherit = "account.move"

    cloud_brand_id = fields.Many2one(
        "cloud.brand",
        string="Brand",
        ondelete="restrict",
        readonly=True,
        index="btree_not_null",
        groups="cloud_billing.group_viewer",
        help="Under whose name it was invoiced; credit notes of it too.",
    )
    cloud_detail_id = fields.Many2one(
        "ir.attachment",
        string="Detail",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups="cloud_billing.group_viewer",
        help="Every rated line of an invoice that sums them up.",
    )
