from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .cloud_protected_mixin import TOKEN


class CloudChangeRequest(models.Model):
    """How a request ends: applied, rejected or taken back."""

    _inherit = "cloud.change.request"

    # === COMPUTE === #

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_can_withdraw(self):
        for request in self:
            request.can_withdraw = request.state == "pending" and request._may_withdraw(self.env.user)

    # === ACTIONS === #

    def action_withdraw(self):
        """Take back what one has proposed oneself (or, as billing administrator, what anybody has)."""
        for request in self:
            if not request._may_withdraw(self.env.user):
                raise UserError(
                    self.env._(
                        "%(request)s was proposed by %(person)s: only that person or a billing administrator withdraws "
                        "it.",
                        request=request.name,
                        person=request.requester_person_id.name,
                    )
                )
            request._check_pending()
            request._close("withdrawn", None)

    # === BUSINESS === #

    def _apply(self):
        """Apply what was agreed. Safe to call: it asks the database, not the cache, whether enough people did."""
        self.ensure_one()
        self._check_agreed()
        self._check_unchanged()
        self._set_state("applied")
        # sudo: the voter lends a vote, not his or her rights; what is applied was agreed.
        record = self._get_record().sudo()
        record._apply_change_request(self, TOKEN)
        record.flush_recordset()
        detail = {"levels": self.levels, "votes": [vote.person_id.name for vote in self._get_approvals()]}
        self.env["cloud.audit.event"]._record(
            self._get_applied_action(), record, detail=detail, reason=self.reason, request=self
        )

    def _close(self, state, comment):
        """End it undecided or with a no; the audit event is called like the state."""
        self._set_state(state)
        # sudo: as for applying.
        record = self._get_record().sudo()
        record._reject_change_request(self, TOKEN)
        self.env["cloud.audit.event"]._record(state, record, reason=comment, request=self)

    def _set_state(self, state):
        # sudo: lends the right to decide a request; its votes were counted.
        request = self.sudo()
        request._write_protected(
            {"state": state, "version": request.version + 1, "decided_at": fields.Datetime.now()}, TOKEN
        )
        request.flush_recordset()
        request.activity_unlink(["cloud_billing.mail_activity_approve"])

    def _check_agreed(self):
        """Raise UserError unless the tables say that this request is pending and that enough other people agreed."""
        self.env.flush_all()
        row = self.env.execute_query(
            SQL(
                """
                SELECT r.levels <= count(DISTINCT v.person_id)
                  FROM cloud_change_request r
                  LEFT JOIN cloud_change_vote v
                    ON v.request_id = r.id AND v.round = r.round AND v.decision = 'approve'
                   AND v.person_id <> r.requester_person_id AND v.content_hash = r.content_hash
                 WHERE r.id = %s AND r.state = 'pending'
                 GROUP BY r.id
                """,
                self._origin.id or 0,
            )
        )
        if row != [(True,)]:
            raise UserError(self.env._("%(request)s was not agreed by enough people.", request=self.name))

    def _may_withdraw(self, user):
        person = user._get_cloud_person()
        return bool(person) and (
            person == self.requester_person_id or user._has_role_now(self.env.ref("cloud_billing.group_administrator"))
        )

    # === HOOKS === #

    def _get_applied_action(self):
        """The action of the audit event that tells of the applied request."""
        return "applied" if self.levels else "approved_alone"
