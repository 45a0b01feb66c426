from odoo import fields, models


class ResCompany(models.Model):
    """Where the entries of a month's end go."""

    _inherit = "res.company"

    cloud_closing_journal_id = fields.Many2one(
        "account.journal",
        string="Journal of Month Ends",
        check_company=True,
        domain="[('type', '=', 'general')]",
        help="The entries of a month's end and their reversals are posted here.",
    )
    cloud_accrued_income_account_id = fields.Many2one(
        "account.account",
        string="Accrued Income",
        check_company=True,
        help="An asset: what was served up to the month's end and is on no invoice yet.",
    )
    cloud_deferred_account_id = fields.Many2one(
        "account.account",
        string="Deferred Revenue",
        check_company=True,
        help="A liability: what was invoiced for days after the month's end.",
    )
    cloud_accrued_cost_account_id = fields.Many2one(
        "account.account",
        string="Accrued Cost",
        check_company=True,
        help="A liability: what providers' usage cost whose bill is not posted yet.",
    )
