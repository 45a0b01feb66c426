from odoo import fields, models


class CloudChangeRequest(models.Model):
    _inherit = "cloud.change.request"

    kind = fields.Selection(
        selection_add=[
            ("spend_commitment", "Minimum spend or commitment"),
            ("spend_end", "End of a minimum or commitment"),
            ("coupon_redemption", "Redeemed coupon"),
            ("contract_rate", "Price of a contract"),
            ("indexation", "Price change of many contracts"),
            ("indexation_undo", "Price change taken back"),
        ],
        ondelete={
            "spend_commitment": "cascade",
            "spend_end": "cascade",
            "coupon_redemption": "cascade",
            "contract_rate": "cascade",
            "indexation": "cascade",
            "indexation_undo": "cascade",
        },
    )
