import datetime

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..control.cloud_protected_mixin import TOKEN

MAX_HOURS = 168
_TOLD_GROUPS = ("cloud_billing.group_approver", "cloud_billing.group_auditor")


class CloudChangeProposal(models.Model):
    """A change that cannot wait: one other person confirms it at once, whatever the policy asks.

    All approvers and auditors are told, it goes back by itself at a set time unless it was confirmed by an ordinary
    request, and it stays on a list until somebody else has reviewed it.
    """

    _inherit = "cloud.change.proposal"

    is_emergency = fields.Boolean(
        string="Emergency",
        help="One other person approves, at once. It goes back by itself unless it is confirmed the ordinary way.",
    )
    emergency_hours = fields.Integer(string="Hours Until It Goes Back", default=24)
    emergency_until = fields.Datetime(string="Goes Back At", readonly=True, copy=False)
    confirmed_id = fields.Many2one(
        "cloud.change.proposal",
        string="Confirms",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
        help="The emergency change that this one makes lasting.",
    )
    confirmation_ids = fields.One2many("cloud.change.proposal", "confirmed_id", string="Confirmations", readonly=True)
    is_confirmed = fields.Boolean(compute="_compute_is_confirmed", store=True)
    reviewed_by_id = fields.Many2one("cloud.person", readonly=True, copy=False)
    reviewed_at = fields.Datetime(string="Reviewed", readonly=True, copy=False)

    _emergency_hours_in_range = models.Constraint(
        f"CHECK (NOT is_emergency OR emergency_hours BETWEEN 1 AND {MAX_HOURS})",
        f"An emergency change holds for 1 to {MAX_HOURS} hours.",
    )
    _emergency_says_why = models.Constraint(
        "CHECK (NOT is_emergency OR state = 'draft' OR length(trim(reason)) > 0)", "Say why it is an emergency."
    )

    @property
    def _request_kind(self):
        return "emergency" if self.is_emergency else super()._request_kind

    # === COMPUTE === #

    @api.depends("confirmation_ids.outcome")
    def _compute_is_confirmed(self):
        for proposal in self:
            applied = proposal.confirmation_ids.filtered(lambda one: one.outcome == "applied")
            proposal.is_confirmed = any(one._says_all_of(proposal) for one in applied)

    # === CRUD === #

    def write(self, vals):
        if not {"emergency_until", "reviewed_by_id", "reviewed_at"}.isdisjoint(vals):
            raise UserError(self._get_change_sentence())
        return super().write(vals)

    # === ACTIONS === #

    def action_confirm_emergency(self):
        """Propose by an ordinary request that an emergency change stays; opens its draft."""
        self.ensure_one()
        self.check_access("read")
        if not self.is_emergency or self.outcome != "applied" or self.is_confirmed:
            raise UserError(self.env._("%(request)s is no emergency change that holds.", request=self.name))
        draft = self.create(
            {"company_id": self.company_id.id, "confirmed_id": self.id, "reason": self.reason, "is_emergency": False}
        )
        draft._add_items([item._prepare_confirming_vals() for item in self.item_ids], TOKEN)
        return draft.get_formview_action()

    def action_review_emergency(self):
        """Note that one has looked at an emergency change; not for the two who made it."""
        self.ensure_one()
        person = self.env.user._require_cloud_person()
        groups = self.env["res.groups"].union(*(self.env.ref(name) for name in _TOLD_GROUPS))
        # sudo: lends the right to know who made and agreed to it.
        request = self.request_id.sudo()
        if not self.env.user._has_role_now(groups) or not self.is_emergency or self.state != "approved":
            raise UserError(
                self.env._("%(request)s: approvers and auditors review what was an emergency.", request=self.name)
            )
        if person in request.requester_person_id | request.maker_person_ids | request.vote_ids.person_id:
            raise UserError(self.env._("%(request)s was made by you: somebody else reviews it.", request=self.name))
        # sudo: the reviewer's rights were checked above.
        self.sudo()._write_protected({"reviewed_by_id": person.id, "reviewed_at": fields.Datetime.now()}, TOKEN)
        self.env["cloud.audit.event"]._record("emergency_reviewed", self, request=request)

    # === BUSINESS === #

    def _get_problems(self):
        problems = super()._get_problems()
        if not self.is_emergency:
            return problems
        if not (self.reason or "").strip():
            problems.append(self.env._("%(request)s: say why it is an emergency.", request=self.name))
        if self.effective_date:
            problems.append(
                self.env._("%(request)s: an emergency takes effect at once. Leave the day empty.", request=self.name)
            )
        if any(item.operation != "write" for item in self.item_ids):
            problems.append(
                self.env._(
                    "%(request)s: an emergency changes values, which can go back. Make or delete records by an "
                    "ordinary request.",
                    request=self.name,
                )
            )
        return problems

    def _get_content(self):
        content = super()._get_content()
        if self.is_emergency:
            content["emergency_hours"] = self.emergency_hours
        if self.confirmed_id:
            content["confirms"] = self.confirmed_id.id
        return content

    def _get_effect_notes(self):
        notes = super()._get_effect_notes()
        if self.is_emergency:
            notes.insert(
                0,
                self.env._(
                    "Emergency: holds at once, and goes back after %(hours)s hours unless it is confirmed.",
                    hours=self.emergency_hours,
                ),
            )
        return notes

    def _end(self, outcome, token, now=None):
        super()._end(outcome, token, now)
        if outcome != "applied":
            return
        if self.is_emergency:
            self._begin_emergency(now, token)
        elif self.confirmed_id:
            self.env["cloud.audit.event"]._record("emergency_confirmed", self.confirmed_id, request=self.request_id)

    def _begin_emergency(self, now, token):
        until = now + datetime.timedelta(hours=self.emergency_hours)
        self._write_protected({"emergency_until": until}, token)
        text = self.env._(
            "Emergency change, in force until %(until)s (UTC): %(change)s. Reason: %(reason)s",
            until=fields.Datetime.to_string(until),
            change=self.name,
            reason=self.reason,
        )
        self.env["cloud.audit.event"]._record("emergency_applied", self, reason=self.reason, request=self.request_id)
        self._tell_all(text)

    def _tell_all(self, text):
        """A message to every approver and auditor of the company."""
        groups = self.env["res.groups"].union(*(self.env.ref(name) for name in _TOLD_GROUPS))
        users = groups._get_cloud_members(self.company_id)
        self.message_post(body=text, subject=self.env._("Emergency change"), partner_ids=users.partner_id.ids)

    def _says_all_of(self, emergency):
        """Whether all values of an emergency change are in this one too: what its checker agreed to."""
        mine, others = (
            {(item.res_model, item.target_id, item.field_name, item.new_value) for item in proposal.item_ids}
            for proposal in (self, emergency)
        )
        return others <= mine

    # === BUSINESS: GOING BACK === #

    @api.model
    def _cron_end_emergencies(self):
        """Take back the emergency changes whose time is over and that nobody has confirmed."""
        ended = self._get_ended(fields.Datetime.now())
        self.env["ir.cron"]._commit_progress(remaining=len(ended))
        for proposal in ended:
            proposal._take_back(TOKEN)
            self.env["ir.cron"]._commit_progress(1)

    @api.model
    def _get_ended(self, now):
        return self.search(
            [
                ("is_emergency", "=", True),
                ("outcome", "=", "applied"),
                ("emergency_until", "<=", now),
                ("is_confirmed", "=", False),
            ]
        )

    def _take_back(self, token):
        """Give the records their former values, except those that people have changed since by another request."""
        self.ensure_one()
        arrived = self.item_ids._get_arrived()
        back = self.item_ids.filtered(lambda item: item in arrived and arrived[item] == item._load("new_value"))
        with self.env.cr.savepoint():
            back._write_values(token, old=True)
        self._write_protected({"outcome": "reverted"}, token)
        kept = self.item_ids - back
        text = self.env._(
            "The emergency change %(change)s has gone back: nobody confirmed it in time.", change=self.name
        )
        if kept:
            text += " " + self.env._(
                "Left as it is, because it was changed since: %(what)s.",
                what=", ".join(f"{item.record_name}: {item.field_label}" for item in kept),
            )
        self.env["cloud.audit.event"]._record("emergency_ended", self, reason=text, request=self.request_id)
        self._tell_all(text)
