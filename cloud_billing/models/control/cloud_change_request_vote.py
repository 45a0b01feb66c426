from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from . import voting
from .cloud_protected_mixin import TOKEN
from .identity import confirm_identity
from .voter_look import VoterLook


class CloudChangeRequest(models.Model):
    """How people agree: who may vote, how many must, and what a vote is."""

    _inherit = "cloud.change.request"

    # === COMPUTE === #

    @api.depends("levels", "state", "vote_ids.decision", "vote_ids.round")
    def _compute_votes_missing(self):
        for request in self:
            missing = request.levels - len(request._get_approvals())
            request.votes_missing = max(missing, 0) if request.state == "pending" else 0

    @api.depends("state", "vote_ids.person_id")
    @api.depends_context("uid")
    def _compute_can_vote(self):
        look = VoterLook()
        for request in self:
            request.can_vote = not request._get_vote_blocker(self.env.user, look)

    def _search_can_vote(self, operator, value):
        if operator != "in":
            return NotImplemented
        pending = self.search([("state", "=", "pending")])
        return Domain("id", "in", pending.filtered(lambda request: request.can_vote in value).ids)

    # === ACTIONS === #

    def action_approve(self, comment=None):
        """Vote yes as the person who is logged in. The last vote that is needed applies the change at once."""
        self._vote("approve", comment)

    def action_reject(self, comment=None):
        """Vote no, and say why: the request is decided, and its record can be edited and submitted anew."""
        self._vote("reject", comment)

    def action_return(self, comment=None):
        """Give it back, saying what is to be done: edited by its maker, it comes again as the next round."""
        self._vote("return", comment)

    @confirm_identity
    def action_open_votes(self):
        """The dialog with the comment, for a yes or a no (`decision` comes from the button); who sits there first."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Vote on %(request)s", request=self.name),
            "res_model": "cloud.change.decide",
            "views": [(False, "form")],
            "target": "new",
            "context": {**self.env.context, "default_request_id": self.id},
        }

    # === BUSINESS === #

    def _vote(self, decision, comment):
        self.ensure_one()
        voting.check_channel(self)
        self.check_access("read")
        self._check_pending()
        blocker = self._get_vote_blocker(self.env.user, VoterLook())
        if blocker:
            raise UserError(blocker)
        if decision != "approve" and not (comment or "").strip():
            raise UserError(self.env._("%(request)s: say why you do not approve it.", request=self.name))
        if decision == "approve":
            self._check_unchanged()
        # sudo: lends the right to record the vote; who votes was checked above and is checked by the database.
        request = self.sudo()
        # Write the request before the vote: of two votes at once one fails and is tried again, seeing the other.
        request._write_protected({"version": request.version + 1}, TOKEN)
        request.flush_recordset()
        request.env["cloud.change.vote"]._create_protected([self._prepare_vote_vals(decision, comment)], TOKEN)
        request.invalidate_recordset(["vote_ids"])
        if decision != "approve":
            self._close("rejected" if decision == "reject" else "returned", comment)
            return
        self.env["cloud.audit.event"]._record(
            "approved", self._get_record(), detail={"content_hash": self.content_hash}, reason=comment, request=self
        )
        if self.votes_missing:
            self._open_levels()
        else:
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

    def _get_vote_blocker(self, user, look):
        """Why this user may not vote on the request now, as a sentence; None when he or she may.

        look: a new VoterLook; the same one for others that are looked at together.
        """
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
        if not look.has_role(user, self._get_approver_groups()):
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

    # === HOOKS === #

    def _open_levels(self):
        """A vote was given, and more people must agree. Override to ask them; call super()."""

    @api.model
    def _get_levels(self, record, kind):
        """How many other people must agree. Override for your kind; a live company asks for at least one."""
        return 1 if record._get_protection_company().cloud_billing_state == "live" else 0

    def _get_approver_groups(self):
        """The groups (res.groups) whose members may vote on this request; one of them is enough."""
        # By its cached number: asked for each request of an inbox.
        get_id = self.env["ir.model.data"]._xmlid_to_res_id
        return self.env["res.groups"].browse(get_id("cloud_billing.group_approver", raise_if_not_found=True))
