from odoo import api, fields, models

from ...fields import DecimalField


class ResCompany(models.Model):
    """From which amount on an invoice needs an approval of its own."""

    _inherit = "res.company"

    cloud_large_amount = DecimalField(
        string="Own Approval Above",
        currency_field="currency_id",
        help="A bill above this amount is approved by a vote of its own, besides the run. Empty: none.",
    )
    cloud_large_other = fields.Boolean(
        string="By Another Person Than the Run",
        help="Whoever approved the run does not approve its large invoices. That takes three people.",
    )

    _cloud_large_positive = models.Constraint(
        "CHECK (cloud_large_amount > 0)", "The amount above which an invoice is approved by itself is above 0."
    )

    # === HOOKS === #

    @api.model
    def _get_cloud_audited_settings(self):
        return [*super()._get_cloud_audited_settings(), "cloud_large_amount", "cloud_large_other"]
