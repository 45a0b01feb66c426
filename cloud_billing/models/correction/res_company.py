from odoo import models

from ...fields import DecimalField


class ResCompany(models.Model):
    """Above which amount more than one other person agrees to give money back."""

    _inherit = "res.company"

    cloud_credit_limit = DecimalField(
        string="Two Approvers Above",
        help="A price credit of more than this total, in the company's currency and before tax where prices are, is"
        " approved by two other people; so is one in another currency, and one with which the customer has got more"
        " than that in the calendar month. Up to it, and where it is empty, one is enough.",
    )

    _cloud_credit_limit_positive = models.Constraint(
        "CHECK (cloud_credit_limit >= 0)", "The amount above which two people approve a credit is not negative."
    )

    # === CRUD === #

    def write(self, vals):
        """Whoever changes a limit is in the audit trail."""
        names = [name for name in self._get_audited_limits() if name in vals]
        if not names:
            return super().write(vals)
        before = {company.id: company._tell_limits(names) for company in self}
        result = super().write(vals)
        self.env["cloud.audit.event"]._record(
            "settings",
            self.filtered(lambda company: company._tell_limits(names) != before[company.id]),
            detail=lambda company: {"old": before[company.id], "new": company._tell_limits(names)},
        )
        return result

    def _tell_limits(self, names):
        return {name: self[name] for name in names}

    # === HOOKS === #

    def _get_audited_limits(self):
        """Return the names of limits whose change is in the audit trail. To add one: extend what super() returns."""
        return ["cloud_credit_limit"]
