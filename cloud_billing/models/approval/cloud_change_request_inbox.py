from odoo import api, fields, models
from odoo.tools import format_date

from ..control.cloud_protected_mixin import TOKEN
from ..control.voter_look import VoterLook

ACTIVITY = "cloud_billing.mail_activity_approve"
_BATCH = 25


class CloudChangeRequest(models.Model):
    """What waits for a person: since when, until when, for whom; who is told, reminded, and asked instead.

    The mail of an activity or a reminder leads to the request. A vote is given there, never by the link.
    """

    _inherit = "cloud.change.request"

    asked_at = fields.Datetime(
        string="Asked Since", compute="_compute_waiting", help="Since when those wait who are asked now."
    )
    due_at = fields.Datetime(
        string="Due", compute="_compute_waiting", help="When those who are asked now should have answered."
    )
    is_overdue = fields.Boolean(compute="_compute_waiting")
    asked_text = fields.Char(string="Waits For", compute="_compute_waiting", help="The levels that are asked now.")
    for_text = fields.Char(
        string="In Place Of", compute="_compute_for_text", help="Whose vote it would be, where that is not your own."
    )

    # === COMPUTE === #

    @api.depends("state", "round", "level_ids.opened_at", "vote_ids")
    def _compute_waiting(self):
        now = fields.Datetime.now()
        for request in self:
            levels = request._get_open_levels() if request.state == "pending" else request.level_ids.browse()
            request.asked_at = min(levels.filtered("opened_at").mapped("opened_at"), default=False)
            request.due_at = min(filter(None, levels.mapped("due_at")), default=False)
            request.is_overdue = bool(request.due_at) and request.due_at < now
            request.asked_text = "; ".join(levels.mapped("rule"))

    @api.depends("state", "vote_ids")
    @api.depends_context("uid")
    def _compute_for_text(self):
        now, person, look = fields.Datetime.now(), self.env.user._get_cloud_person(), VoterLook()
        for request in self:
            seat = person and request.state == "pending" and request._get_seat(person, now, look)
            request.for_text = seat and seat[1] != person and seat[1].sudo().name  # sudo: the name alone.

    # === CRON === #

    @api.model
    def _cron_remind_approvers(self):
        """Remind those who have not answered in time, and ask others where a level is escalated."""
        now, progress = fields.Datetime.now(), self.env["ir.cron"]._commit_progress
        waiting = self.search([("state", "=", "pending")], order="id")
        remaining = len(waiting)
        for place in range(0, len(waiting), _BATCH):
            batch = waiting[place : place + _BATCH]
            batch._remind(now)
            remaining -= len(batch)
            # The last batch is committed by Odoo itself.
            if remaining and not progress(len(batch), remaining=remaining):
                return

    # === BUSINESS === #

    def _remind(self, now):
        """Escalate and remind what is due at a moment, of these requests."""
        for request in self:
            levels = request._get_open_levels()
            for level in levels.filtered(lambda level: not level.escalated_at and level._is_escalated(now)):
                level._write_protected({"escalated_at": now}, TOKEN)
                names = level.person_ids.browse(level.escalation or []).mapped("name")
                detail = {"level": level.rule, "asked since": level.opened_at, "to": names}
                self.env["cloud.audit.event"]._record(
                    "escalated", request._get_record(), detail=detail, request=request
                )
            request._update_activities()
            for level in levels.filtered(lambda level: not level.reminded_at):
                moment = level._get_moment("reminder_hours")
                if moment and moment <= now:
                    level._write_protected({"reminded_at": now}, TOKEN)
                    request._send_reminder(level)

    def _send_reminder(self, level):
        """A mail with a link to the request, to everyone who could answer now and has not."""
        # sudo: lends the right to write to whoever is asked.
        users = (
            self.sudo().activity_ids.filtered(lambda activity: activity.activity_type_id == self._get_type()).user_id
        )
        for user in users:
            since = format_date(user.with_context(lang=user.lang).env, level.opened_at.date())
            # sudo: as above.
            self.sudo().message_notify(
                partner_ids=user.partner_id.ids,
                subject=self.env._("Still waiting for you: %(request)s", request=self.name),
                body=self.env._(
                    "%(request)s, proposed by %(person)s, has been waiting for your vote since %(date)s. Open it to "
                    "approve or reject it.",
                    request=self.name,
                    person=self.requester_person_id.name,
                    date=since,
                ),
            )

    def _open_levels(self):
        """A vote was given: those who are asked next are told, those who are not asked any more are left alone."""
        result = super()._open_levels()
        now = fields.Datetime.now()
        self._get_open_levels().filtered(lambda level: not level.opened_at)._write_protected({"opened_at": now}, TOKEN)
        self._update_activities()
        return result

    def _close(self, state, comment):
        """A no is told to whoever proposed it, with the reason; everything else ends by a word of its own."""
        result = super()._close(state, comment)
        sentences = {
            "rejected": self.env._("%(person)s rejected it: %(comment)s", person=self.env.user.name, comment=comment),
            "returned": self.env._(
                "%(person)s gave it back for rework: %(comment)s", person=self.env.user.name, comment=comment
            ),
        }
        if state in sentences:
            # sudo: lends the right to tell whoever submitted it.
            self.sudo().message_post(body=sentences[state], partner_ids=self.requester_id.partner_id.ids)
        return result

    def _notify_approvers(self):
        self._update_activities()

    def _update_activities(self):
        """An activity for everyone who may vote now, with its due date; none for anybody else."""
        self.ensure_one()
        # sudo: lends the right to see who is asked and to give them something to do.
        request = self.sudo()
        asked = request._get_asked_users()
        existing = request.activity_ids.filtered(lambda activity: activity.activity_type_id == self._get_type())
        surplus = existing.filtered(lambda activity: activity.user_id not in asked)
        missing = asked - existing.user_id
        surplus.unlink()
        for user in missing:
            request.activity_schedule(
                ACTIVITY,
                date_deadline=request.due_at and request.due_at.date(),
                user_id=user.id,
                summary=request.name,
                note=self.env._("Proposed by %(person)s.", person=request.requester_person_id.name),
            )

    def _get_asked_users(self):
        """The logins that could vote now: of the people whom the open levels name, and of their delegates."""
        now, look = fields.Datetime.now(), VoterLook()
        ids = set().union(*(level._get_allowed_ids(now) for level in self._get_open_levels()))
        people = self.env["cloud.person"].browse(ids)
        given = self.env["cloud.approval.delegation"]._find_given_by(people, now.date())
        people |= given._filter_for(self).delegate_id
        return people.user_ids.filtered(lambda user: user.active and not self._get_vote_blocker(user, look))

    def _get_type(self):
        return self.env.ref(ACTIVITY)
