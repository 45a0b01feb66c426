from odoo import api, fields, models
from odoo.exceptions import UserError


class ResCompany(models.Model):
    """How often the record is reviewed, and by whom."""

    _inherit = "res.company"

    cloud_review_cadence = fields.Selection(
        [("none", "Not at all"), ("monthly", "Every month"), ("quarterly", "Every quarter")],
        string="Review of the Record",
        default="quarterly",
        required=True,
        help="How often an auditor looks at what matters in the audit trail and signs that it is in order.",
    )
    cloud_review_days = fields.Integer(
        string="Days to Review", default=14, required=True, help="After the end of the month or quarter."
    )
    cloud_reviewer_id = fields.Many2one(
        "res.users",
        string="Reviewer",
        domain=[("share", "=", False)],
        help="Empty: every auditor of the company is asked.",
    )

    _cloud_review_days_positive = models.Constraint(
        "CHECK (cloud_review_days >= 0)", "Days to review are not below zero."
    )

    @api.constrains("cloud_reviewer_id")
    def _check_cloud_reviewer(self):
        auditor = self.env.ref("cloud_billing.group_auditor")
        for company in self.filtered("cloud_reviewer_id"):
            if not company.cloud_reviewer_id._has_role_now(auditor):
                raise UserError(
                    self.env._(
                        "%(login)s is no auditor, and only auditors read the record.",
                        login=company.cloud_reviewer_id.login,
                    )
                )

    # === BUSINESS === #

    def _get_cloud_reviewers(self):
        """The logins that are asked to review: the one that is named, else all auditors of the company."""
        self.ensure_one()
        auditors = self.env.ref("cloud_billing.group_auditor")
        return self.cloud_reviewer_id.filtered("active") or auditors._get_cloud_members(self)

    def _get_cloud_overseers(self):
        """The logins that are told when nobody reviewed."""
        self.ensure_one()
        administrators = self.env.ref("cloud_billing.group_administrator")
        return self._get_cloud_reviewers() | administrators._get_cloud_members(self)
