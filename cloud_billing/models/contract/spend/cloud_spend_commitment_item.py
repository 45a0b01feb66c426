from odoo import fields, models


class CloudSpendCommitmentItem(models.Model):
    """One product, or product category with those below it, that counts towards a minimum or commitment."""

    _name = "cloud.spend.commitment.item"
    _description = "What Counts Towards a Minimum Spend"
    _inherit = ["cloud.protected.mixin", "cloud.product.choice.mixin"]
    _protected_parent = "commitment_id"
    _order = "commitment_id, id"
    _check_company_auto = True

    commitment_id = fields.Many2one("cloud.spend.commitment", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="commitment_id.company_id", store=True, precompute=True, index=True)
