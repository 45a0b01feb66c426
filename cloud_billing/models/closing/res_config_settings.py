from odoo import api, fields, models
from odoo.exceptions import UserError


class CloudSettingsMixin(models.AbstractModel):
    _inherit = "cloud.settings.mixin"

    cloud_closing_journal_id = fields.Many2one(related="company_id.cloud_closing_journal_id", readonly=False)
    cloud_accrued_income_account_id = fields.Many2one(
        related="company_id.cloud_accrued_income_account_id", readonly=False
    )
    cloud_deferred_account_id = fields.Many2one(related="company_id.cloud_deferred_account_id", readonly=False)
    cloud_accrued_cost_account_id = fields.Many2one(related="company_id.cloud_accrued_cost_account_id", readonly=False)
    cloud_closing_proposal = fields.Text(
        string="Proposed",
        compute="_compute_cloud_closing_proposal",
        help="Of the chart of accounts, for what is empty.",
    )

    # === COMPUTE === #

    @api.depends(
        "company_id", "cloud_closing_journal_id", "cloud_accrued_income_account_id", "cloud_deferred_account_id",
        "cloud_accrued_cost_account_id",
    )  # fmt: skip
    def _compute_cloud_closing_proposal(self):
        labels = {name: field.string for name, field in self.env["res.company"]._fields.items()}
        for settings in self:
            # sudo: names of accounts, for whoever may set them.
            company = settings.company_id.sudo()
            proposed = company.with_company(company)._propose_closing()
            settings.cloud_closing_proposal = "\n".join(
                f"{labels[name]}: {_tell(record)}" for name, record in proposed.items() if not settings[name]
            )

    # === ACTIONS === #

    def action_cloud_take_closing_proposal(self):
        """Set what is proposed, where nothing is set yet."""
        self.ensure_one()
        # sudo: which accounts there are; that the person may set them is checked where they are written.
        proposed = self.company_id.sudo()._propose_closing()
        if not proposed:
            raise UserError(
                self.env._(
                    "The chart of accounts has nothing to propose: make a current asset for accrued income, and current"
                    " liabilities for deferred revenue and accrued cost."
                )
            )
        self._write_company({name: record.id for name, record in proposed.items()})
        return self._reopen()


def _tell(record):
    """An account with its code, which Odoo shows to accountants only; a journal by its name."""
    return f"{record.code} {record.name}" if record._name == "account.account" else record.name
