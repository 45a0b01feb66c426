from odoo import fields, models
from odoo.exceptions import AccessError

from ...fields import DecimalField


class ResCompany(models.Model):
    _inherit = "res.company"

    cloud_change_days = fields.Integer(
        string="Days until a Request Expires",
        default=30,
        required=True,
        help="A change request that nobody decided for so many days is closed, and its maker is told. 0: never.",
    )

    cloud_hand_limit = DecimalField(
        string="Claims Given Up by Hand",
        help="What lets a customer of a live company owe less (a credit note or an entry by hand, a difference that a "
        "payment leaves) is posted by one person up to this amount in the company's currency; above it, and where it "
        "is empty in any case, another person agrees. So is usage waived, by what it costs in a calendar month.",
    )

    _cloud_hand_limit_positive = models.Constraint(
        "CHECK (cloud_hand_limit >= 0)", "The amount that one person gives up by hand is not negative."
    )
    _cloud_change_days_positive = models.Constraint(
        "CHECK (cloud_change_days >= 0)", "The days until a change request expires are not negative."
    )

    def _filter_guarded(self, companies):
        return self & companies

    def _check_may_propose(self):
        """A billing administrator proposes settings of a company that he or she works in."""
        if not self.env.user.has_group("cloud_billing.group_administrator") or self - self.env.companies:
            raise AccessError(self.env._("Settings of a company are proposed by its billing administrators."))

    # === HOOKS === #

    def _get_changing_remedy(self):
        # Odoo writes them from its settings and dialogs, which have no such button.
        return self.env._(
            "A billing administrator proposes it: Cloud Billing, Settings, Settings, Propose Other Values."
        )

    def _get_cloud_audited_settings(self):
        return [*super()._get_cloud_audited_settings(), "cloud_hand_limit"]
