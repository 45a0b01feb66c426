from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CloudUsageSource(models.Model):
    """Whether a month's end accrues what the usage of a source cost, until the provider's bill is posted."""

    _inherit = "cloud.usage.source"

    is_cost_accrued = fields.Boolean(
        string="Accrue Its Cost",
        help="At each month's end what this source's usage cost is accrued, as long as no bill of the provider is"
        " posted for that month. Posted bills name the source and the month.",
    )
    cost_accrued_from = fields.Date(
        string="First Month Accrued",
        help="Usage of earlier months is not accrued: their bills were posted without naming this source.",
    )
    cost_account_id = fields.Many2one(
        "account.account",
        check_company=True,
        help="The expense account on which the provider's bills are posted.",
    )

    # === CONSTRAINTS === #

    @api.constrains("is_cost_accrued", "cost_accrued_from", "cost_account_id")
    def _check_cost_accrued(self):
        for source in self:
            if source.is_cost_accrued and not (source.cost_accrued_from and source.cost_account_id):
                raise ValidationError(
                    self.env._(
                        "%(source)s: to accrue its cost, choose the cost account and the first month.",
                        source=source.name,
                    )
                )
