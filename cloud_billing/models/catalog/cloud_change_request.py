from odoo import fields, models


class CloudChangeRequest(models.Model):
    _inherit = "cloud.change.request"

    kind = fields.Selection(
        selection_add=[("bundle", "Bundle"), ("coupon", "Coupon")],
        ondelete={"bundle": "cascade", "coupon": "cascade"},
    )
