from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    cloud_closing_journal_id = fields.Many2one(related="company_id.cloud_closing_journal_id", readonly=False)
    cloud_accrued_income_account_id = fields.Many2one(
        related="company_id.cloud_accrued_income_account_id", readonly=False
    )
    cloud_deferred_account_id = fields.Many2one(related="company_id.cloud_deferred_account_id", readonly=False)
    cloud_accrued_cost_account_id = fields.Many2one(related="company_id.cloud_accrued_cost_account_id", readonly=False)
