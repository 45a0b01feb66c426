from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain
from odoo.tools import SQL

from . import approval_schema, voting
from .cloud_protected_mixin import TOKEN


class CloudChangeRequest(models.Model):
    """What one person proposes and other people must agree to: the one approval engine.

    A model submits a record with `_submit`. People vote with `action_approve` and `action_reject`. The last vote that
    is needed applies the change in its own transaction, and only if the record is still what was submitted.
    """

    _name = "cloud.change.request"
    _description = "Change Request"
    _inherit = ["cloud.protected.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"

    name = fields.Char(required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, index=True, readonly=True, ondelete="restrict")
    kind = fields.Selection(
        [
            ("bill_run", "Bill run"),
            ("price_version", "Price version"),
            ("rate_class", "Rate class of a customer"),
            ("company_state", "Company's state"),
        ],
        required=True,
        readonly=True,
    )
    res_model = fields.Char(string="Model", required=True, readonly=True)
    res_id = fields.Many2oneReference(string="Record ID", model_field="res_model", required=True, readonly=True)
    requester_id = fields.Many2one("res.users", required=True, ondelete="restrict", readonly=True)
    requester_person_id = fields.Many2one(
        "cloud.person", string="Proposed By", required=True, ondelete="restrict", readonly=True
    )
    maker_person_ids = fields.Many2many(
        "cloud.person",
        string="Worked on It",
        readonly=True,
        help="Who worked on what a scheduled action submitted: none of them approves it.",
    )
    state = fields.Selection(
        [
            ("pending", "Waiting for approval"),
            ("applied", "Approved"),
            ("rejected", "Rejected"),
            ("withdrawn", "Withdrawn"),
        ],
        default="pending",
        required=True,
        readonly=True,
        tracking=True,
        index=True,
    )
    round = fields.Integer(default=1, required=True, readonly=True)
    levels = fields.Integer(
        string="People to Agree",
        default=1,
        required=True,
        readonly=True,
        help="How many different people must agree, besides the one who proposed it.",
    )
    version = fields.Integer(
        default=0, required=True, readonly=True, help="Counts every vote and change of state; written by each."
    )
    content_hash = fields.Char(
        required=True, readonly=True, help="SHA-256 of what was submitted; checked again at every vote."
    )
    effect = fields.Json(
        string="Effect in Figures", readonly=True, help="What the checker sees, as it was when it was submitted."
    )
    effect_html = fields.Html(string="Effect", compute="_compute_effect_html", sanitize=False)
    reason = fields.Text(readonly=True)
    submitted_at = fields.Datetime(string="Submitted", required=True, readonly=True)
    decided_at = fields.Datetime(string="Decided", readonly=True)
    applied_xid = fields.Char(readonly=True, help="The database transaction of the last vote; set by a trigger.")
    vote_ids = fields.One2many("cloud.change.vote", "request_id", readonly=True)
    votes_missing = fields.Integer(compute="_compute_votes_missing", help="How many people must still agree.")
    can_vote = fields.Boolean(
        string="Waiting for Me", compute="_compute_can_vote", search="_search_can_vote", help="You may vote on it now."
    )
    can_withdraw = fields.Boolean(compute="_compute_can_withdraw")

    _levels_positive = models.Constraint("CHECK (levels >= 0)", "The number of people who agree is not negative.")
    _one_pending_per_record = models.UniqueIndex(
        "(res_model, res_id) WHERE state = 'pending'", "This waits for approval already."
    )

    def init(self):
        result = super().init()
        # Once the votes have their table too.
        self.pool.post_init(self.env.cr.execute, approval_schema.REQUESTS)
        return result

    # === COMPUTE === #

    @api.depends("effect")
    def _compute_effect_html(self):
        for request in self:
            request.effect_html = self.env["ir.qweb"]._render(
                "cloud_billing.change_request_effect", {"effect": request.effect or {}}
            )

    @api.depends("levels", "state", "vote_ids.decision", "vote_ids.round")
    def _compute_votes_missing(self):
        for request in self:
            missing = request.levels - len(request._get_approvals())
            request.votes_missing = max(missing, 0) if request.state == "pending" else 0

    @api.depends("state", "vote_ids.person_id")
    @api.depends_context("uid")
    def _compute_can_vote(self):
        for request in self:
            request.can_vote = not request._get_vote_blocker(self.env.user)

    def _search_can_vote(self, operator, value):
        if operator != "in":
            return NotImplemented
        pending = self.search([("state", "=", "pending")])
        return Domain("id", "in", pending.filtered(lambda request: request.can_vote in value).ids)

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_can_withdraw(self):
        for request in self:
            request.can_withdraw = request.state == "pending" and request._may_withdraw(self.env.user)

    # === ACTIONS === #

    def action_approve(self, comment=None):
        """Vote yes as the person who is logged in. The last vote that is needed applies the change at once."""
        self._vote("approve", comment)

    def action_reject(self, comment=None):
        """Vote no: the request is decided, and its record can be edited and submitted again."""
        self._vote("reject", comment)

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
            request._close("withdrawn", "withdrawn", None)

    def action_open_record(self):
        """The record that the request is about."""
        self.ensure_one()
        return self._get_record().get_formview_action()

    def action_open_votes(self):
        """The dialog with the comment, for a yes or a no (`decision` comes from the button)."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Vote on %(request)s", request=self.name),
            "res_model": "cloud.change.decide",
            "views": [(False, "form")],
            "target": "new",
            "context": {**self.env.context, "default_request_id": self.id},
        }

    # === BUSINESS: SUBMIT === #

    @api.model
    def _submit(self, record, kind, content_hash=None, effect=None, reason=None, levels=None):
        """Propose what a record says now; returns the request.

        :param record: one record of a model with the protected mixin
        :param str kind: a value of the field `kind`
        :param str content_hash: of what is proposed; default `record._get_content_hash()`
        :param dict effect: {"title": str, "rows": [{"label", "old", "new"}], "notes": [str]}; texts, in words of the
            trade, in the language of the company's people; numbers by `format_decimal`
        :param int levels: how many other people must agree; default, and never less than, `_get_levels(record)`

        The record becomes what `_prepare_submitted_vals` says. Where nobody else has to agree (setting up, one person)
        the change is applied at once, and the request tells so.
        Raises UserError when the person is not enrolled.
        """
        record.ensure_one()
        # sudo: whether it waits already is told to everyone who may submit it.
        if self.sudo().search_count(
            [("res_model", "=", record._name), ("res_id", "=", record.id), ("state", "=", "pending")], limit=1
        ):
            raise UserError(self.env._("%(record)s waits for approval already.", record=record.display_name))
        required = self._get_levels(record, kind)
        return self._file(
            record,
            {
                **self._prepare_request_vals(record, kind),
                "levels": required if levels is None else max(levels, required),
                "content_hash": content_hash or record._get_content_hash(),
                "effect": effect,
                "reason": reason,
            },
            TOKEN,
        )

    def _prepare_request_vals(self, record, kind):
        """The values of a request that follow from its record and from who files it."""
        person = self.env.user._require_cloud_person()
        return {
            "name": record.display_name,
            "company_id": record._get_protection_company().id,
            "kind": kind,
            "res_model": record._name,
            "res_id": record.id,
            "requester_id": self.env.uid,
            "requester_person_id": person.id,
            "maker_person_ids": [Command.set(record._get_makers().ids if person.is_system else [])],
            "submitted_at": fields.Datetime.now(),
        }

    @api.model
    def _file(self, record, vals, token):
        """File a request with these values, and apply it at once where nobody has to agree; returns it."""
        self._check_token(token)
        # sudo: lends the right to file a request; nobody may make one by hand.
        request = self.sudo()._create_protected([vals], TOKEN).sudo(False)
        request.flush_recordset()
        # sudo: marking the record as submitted is the request's doing, whatever the person may write.
        record.sudo()._write_protected(record._prepare_submitted_vals(request), TOKEN)
        self.env["cloud.audit.event"]._record(
            "submitted", record, detail={"content_hash": vals["content_hash"]}, reason=vals["reason"], request=request
        )
        if request.levels:
            request._notify_approvers()
        else:
            request._apply()
        return request

    def _get_record(self):
        """The record of this request; raises UserError when it is gone."""
        self.ensure_one()
        record = self.env[self.res_model].browse(self.res_id).exists()
        if not record:
            raise UserError(self.env._("%(request)s: its record does not exist any more.", request=self.name))
        return record

    # === BUSINESS: VOTE === #

    def _vote(self, decision, comment):
        self.ensure_one()
        voting.check_channel(self)
        self.check_access("read")
        self._check_pending()
        blocker = self._get_vote_blocker(self.env.user)
        if blocker:
            raise UserError(blocker)
        self._check_unchanged()
        # sudo: lends the right to record the vote; who votes was checked above and is checked by the database.
        request = self.sudo()
        # Write the request before the vote: of two votes at once one fails and is tried again, seeing the other.
        request._write_protected({"version": request.version + 1}, TOKEN)
        request.flush_recordset()
        request.env["cloud.change.vote"]._create_protected([self._prepare_vote_vals(decision, comment)], TOKEN)
        request.invalidate_recordset(["vote_ids"])
        if decision == "reject":
            self._close("rejected", "rejected", comment)
            return
        self.env["cloud.audit.event"]._record(
            "approved", self._get_record(), detail={"content_hash": self.content_hash}, reason=comment, request=self
        )
        if not self.votes_missing:
            self._apply()

    def _prepare_vote_vals(self, decision, comment):
        return {
            "request_id": self.id,
            "company_id": self.company_id.id,
            "round": self.round,
            "level": len(self.vote_ids.filtered(lambda vote: vote.round == self.round)) + 1,
            "decision": decision,
            "user_id": self.env.uid,
            "person_id": self.env.user._require_cloud_person().id,
            "requester_person_id": self.requester_person_id.id,
            "comment": comment,
            "content_hash": self.content_hash,
            "voted_at": fields.Datetime.now(),
        }

    def _get_approvals(self):
        """The yes votes that count: of this round."""
        return self.vote_ids.filtered(lambda vote: vote.round == self.round and vote.decision == "approve")

    def _get_vote_blocker(self, user):
        """Why this user may not vote on the request now, as a sentence; None when he or she may. Always read anew."""
        if self.state != "pending":
            return self.env._("%(request)s is decided already.", request=self.name)
        if user._is_superuser():
            return self.env._("Only people vote: the system user and scheduled actions do not.")
        person = user._get_cloud_person()
        if not person:
            return self.env._("Your login is not enrolled as a person. A billing administrator enrols it.")
        if person == self.requester_person_id:
            return self.env._(
                "%(request)s was proposed by you. Nobody approves what he or she proposed: ask a colleague.",
                request=self.name,
            )
        if person in self.maker_person_ids:
            return self.env._("You have worked on %(request)s yourself: ask a colleague.", request=self.name)
        if person in self.vote_ids.filtered(lambda vote: vote.round == self.round).person_id:
            return self.env._("You have voted on %(request)s already. One person votes once.", request=self.name)
        if not user._has_role_now(self._get_approver_groups()):
            return self.env._("You are not an approver. A billing administrator gives this role.")
        # sudo: lends the right to read which companies a user works in.
        if self.company_id not in user.sudo().company_ids:
            return self.env._("You do not work in %(company)s.", company=self.company_id.name)
        return None

    def _check_pending(self):
        if self.state != "pending":
            raise UserError(self.env._("%(request)s is decided already.", request=self.name))

    def _check_unchanged(self):
        # sudo: the content is compared as a whole, also the parts that the voter may not read.
        if self._get_record().sudo()._get_content_hash() != self.content_hash:
            raise UserError(
                self.env._(
                    "%(request)s changed after it was submitted, so it cannot be approved. Reject it, then submit it "
                    "again.",
                    request=self.name,
                )
            )

    def _may_withdraw(self, user):
        person = user._get_cloud_person()
        return bool(person) and (
            person == self.requester_person_id or user._has_role_now(self.env.ref("cloud_billing.group_administrator"))
        )

    # === BUSINESS: DECIDE === #

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

    def _close(self, state, action, comment):
        self._set_state(state)
        # sudo: as for applying.
        record = self._get_record().sudo()
        record._reject_change_request(self, TOKEN)
        self.env["cloud.audit.event"]._record(action, record, reason=comment, request=self)

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

    def _notify_approvers(self):
        """An activity for everyone who may vote."""
        groups = self._get_approver_groups()
        # sudo: lends the right to see who is an approver and to give them something to do.
        users = groups.sudo().all_user_ids.filtered(
            lambda user: user.active and self.company_id in user.company_ids and not self._get_vote_blocker(user)
        )
        for user in users:
            self.sudo().activity_schedule(
                "cloud_billing.mail_activity_approve",
                user_id=user.id,
                summary=self.name,
                note=self.env._("Proposed by %(person)s.", person=self.requester_person_id.name),
            )

    # === BUSINESS: REMOVAL === #

    def _drop_guards(self):
        """Take the triggers away that protect records and votes: the module that made them is being removed."""
        approval_schema.drop(self.env.cr)

    # === HOOKS === #

    @api.model
    def _get_levels(self, record, kind):
        """How many other people must agree. Override for your kind; a live company asks for at least one."""
        return 1 if record._get_protection_company().cloud_billing_state == "live" else 0

    def _get_applied_action(self):
        """The action of the audit event that tells of the applied request."""
        return "applied" if self.levels else "approved_alone"

    def _get_approver_groups(self):
        """The groups (res.groups) whose members may vote on this request; one of them is enough."""
        return self.env.ref("cloud_billing.group_approver")

    def _is_protected_now(self):
        return True

    @api.model
    def _refuse_creation(self, vals):
        raise UserError(self._get_change_sentence())

    def _get_change_sentence(self):
        return self.env._("a change request is made by submitting something, and decided by votes.")
