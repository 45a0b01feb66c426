from odoo import api, fields, models
from odoo.exceptions import ValidationError

PARTS = [("entry", "At the month's end"), ("reversal", "Reversal"), ("release", "Release of opening balances")]


class AccountMove(models.Model):
    """Entries of a month's end, and providers' bills that end the accrual of what usage cost."""

    _inherit = "account.move"

    cloud_closing_id = fields.Many2one(
        "cloud.closing",
        string="Month End",
        ondelete="restrict",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups="cloud_billing.group_viewer",
    )
    cloud_closing_part = fields.Selection(PARTS, readonly=True, copy=False, groups="cloud_billing.group_viewer")
    cloud_usage_source_id = fields.Many2one(
        "cloud.usage.source",
        string="Bill for Usage Of",
        ondelete="restrict",
        copy=False,
        index="btree_not_null",
        check_company=True,
        groups="cloud_billing.group_viewer",
        help="The provider's bill for the usage of this source: once it is posted, the month's cost is accrued no"
        " more.",
    )
    cloud_usage_month = fields.Date(
        string="Usage Month",
        copy=False,
        groups="cloud_billing.group_viewer",
        help="Any day of the month whose usage the provider bills.",
    )

    # Whoever makes the entries of a month's end twice, makes none.
    _cloud_closing_uniq = models.UniqueIndex(
        "(cloud_closing_id, cloud_closing_part) WHERE cloud_closing_id IS NOT NULL",
        "The entries of this month's end were made already.",
    )

    # === CONSTRAINTS === #

    @api.constrains("cloud_usage_source_id", "cloud_usage_month")
    def _check_cloud_usage_month(self):
        # sudo: whoever enters a vendor bill is told, also without a role in Cloud Billing.
        for move in self.sudo():
            if move.cloud_usage_source_id and not move.cloud_usage_month:
                raise ValidationError(
                    self.env._("%(move)s: enter the month whose usage is billed.", move=move.display_name)
                )

    # === HOOKS === #

    def _get_draft_blockers(self):
        blockers = super()._get_draft_blockers()
        if self.cloud_closing_id:
            blockers.append(
                self.env._(
                    "%(entry)s belongs to %(closing)s, so it stays. What has become known since is a part of the next"
                    " month's end.",
                    entry=self.display_name,
                    closing=self.cloud_closing_id.name,
                )
            )
        return blockers
