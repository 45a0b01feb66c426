from dateutil.relativedelta import relativedelta
from odoo import api, fields, models

from .cloud_audit_review import _ACTIVITY

MONTHS = {"monthly": 1, "quarterly": 3}


class CloudAuditReview(models.Model):
    """Reviews fall due by themselves, and those that are late are told to whoever can do something about it."""

    _inherit = "cloud.audit.review"

    # === ACTIONS === #

    @api.model
    def _cron_make_reviews(self):
        today = fields.Date.today()
        self._make_due(today)
        self._tell_overdue(today)

    # === BUSINESS === #

    @api.model
    def _make_due(self, today):
        """The review of the last whole month or quarter of each company that is live, once."""
        companies = self.env["res.company"].search([("cloud_billing_state", "!=", "setup")])
        for company in companies.filtered(lambda company: company.cloud_review_cadence in MONTHS):
            start, end = _get_last_range(MONTHS[company.cloud_review_cadence], today)
            if company.cloud_billing_live_at.date() >= end or self._has_review(company, start, end):
                continue
            reviewers = company._get_cloud_reviewers()
            review = self.create(
                {
                    "company_id": company.id,
                    "date_start": start,
                    "date_end": end,
                    "date_due": end + relativedelta(days=company.cloud_review_days),
                    "reviewer_id": reviewers[:1].id,
                }
            )
            for user in reviewers:
                review.activity_schedule(_ACTIVITY, date_deadline=review.date_due, user_id=user.id)

    def _has_review(self, company, start, end):
        return bool(
            self.search_count(
                [("company_id", "=", company.id), ("date_start", "=", start), ("date_end", "=", end)], limit=1
            )
        )

    @api.model
    def _tell_overdue(self, today):
        """Tell once, by mail and activity, the auditors and billing administrators of the company."""
        late = self.search([("state", "=", "open"), ("date_due", "<", today), ("is_overdue_told", "=", False)])
        for review in late:
            users = review.company_id._get_cloud_overseers()
            summary = self.env._("The review of the record is overdue: %(review)s", review=review.name)
            for user in users:
                review.activity_schedule(_ACTIVITY, date_deadline=today, summary=summary, user_id=user.id)
            body = self.env._("It was due on %(date)s and nobody has signed it.", date=review.date_due)
            review.message_notify(partner_ids=users.partner_id.ids, subject=summary, body=body)
        late.write({"is_overdue_told": True})


def _get_last_range(months, today):
    """(first day, first day after it) of the last whole stretch of so many months of the calendar year."""
    first = today.replace(day=1) - relativedelta(months=(today.month - 1) % months)
    return first - relativedelta(months=months), first
