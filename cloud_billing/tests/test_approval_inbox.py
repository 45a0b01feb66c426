from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .test_approval_delegation import DelegationCase
from .test_approval_policy import PolicyCase

INBOX = [("can_vote", "=", True)]


class InboxCase(PolicyCase):
    def told(self, request):
        return sorted(request.sudo().activity_ids.user_id.mapped("cloud_person_id.name"))

    def later(self, **units):
        return freeze_time(fields.Datetime.now() + timedelta(**units))

    def remind(self, request):
        request.sudo()._remind(fields.Datetime.now())

    def letters(self, request, user):
        """Subjects of what was written to a person about a request."""
        messages = request.sudo().message_ids | self.env["mail.message"].sudo().search(
            [("model", "=", request._name), ("res_id", "=", request.id)]
        )
        return [
            message.subject or message.record_name
            for message in messages.sorted("id")
            if user.partner_id in message.notified_partner_ids
        ]


@tagged("post_install", "-at_install")
class TestWhatWaitsForMe(InboxCase):
    def inbox(self, user):
        return self.requests.with_user(user).search(INBOX)

    def test_each_level_is_told_when_its_turn_comes(self):
        self.make_policy([self.named(self.ann), self.named(self.ben)])
        request = self.submit()
        self.assertEqual(self.told(request), ["Ann"])
        self.assertEqual((self.inbox(self.user_ann), self.inbox(self.user_ben)), (request, self.requests))
        self.vote(request, self.user_ann)
        self.assertEqual(self.told(request), ["Ben"])
        self.assertEqual((self.inbox(self.user_ann), self.inbox(self.user_ben)), (self.requests, request))
        self.assertTrue(request.level_ids[1].opened_at)
        self.vote(request, self.user_ben)
        self.assertEqual(self.told(request), [])

    def test_since_when_and_until_when(self):
        self.make_policy([self.named(self.ann, deadline_hours=48), self.named(self.ben)])
        with freeze_time("2026-03-02 10:00:00"):
            request = self.submit()
            self.assertEqual(str(request.due_at), "2026-03-04 10:00:00")
            self.assertEqual(str(request.activity_ids.date_deadline), "2026-03-04")
            self.assertFalse(request.is_overdue)
        with freeze_time("2026-03-04 10:00:01"):
            request.invalidate_recordset()
            self.assertTrue(request.is_overdue)
            self.vote(request, self.user_ann)
            self.assertEqual((str(request.asked_at), request.due_at), ("2026-03-04 10:00:01", False))

    def test_a_mail_leads_to_the_request(self):
        self.make_policy([self.named(self.ann)])
        self.user_ann.notification_type = "email"
        with patch.object(type(self.env["mail.mail"]), "unlink", lambda self: True):
            request = self.submit()
            mails = self.env["mail.mail"].sudo().search([("model", "=", request._name), ("res_id", "=", request.id)])
        self.assertEqual(mails.recipient_ids, self.user_ann.partner_id)
        self.assertIn(f"res_id={request.id}", mails.body_html)
        self.assertNotIn("action_approve", mails.body_html)

    def count_statements(self, user, known):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        self.assertEqual(self.requests.with_user(user).search_count(INBOX), known)
        return self.cr.sql_log_count - before

    def test_ten_that_wait_take_as_many_statements_as_one(self):
        self.submit(self.make_version("2027-01-01"))
        self.count_statements(self.user_ann, 1)
        one = self.count_statements(self.user_ann, 1)
        for day in range(2, 11):
            self.submit(self.make_version(f"2027-01-{day:02}"))
        self.assertEqual(self.count_statements(self.user_ann, 10), one)

    def test_whoever_rejects_ends_it_for_everybody(self):
        self.make_policy([self.named(self.ann, self.ben, needed=2)])
        request = self.submit()
        self.assertEqual(self.told(request), ["Ann", "Ben"])
        self.vote(request, self.user_ben, decision="reject", comment="no")
        self.assertEqual((self.told(request), request.state), ([], "rejected"))


@tagged("post_install", "-at_install")
class TestWhatADelegateSees(InboxCase, DelegationCase):
    def test_the_request_and_for_whom(self):
        self.delegate(self.user_ann, self.ben)
        request = self.submit()
        self.assertEqual(self.told(request), ["Ann", "Ben"])
        inbox = self.requests.with_user(self.user_ben).search(INBOX)
        self.assertEqual((inbox, inbox.for_text), (request, "Ann"))
        self.assertFalse(request.with_user(self.user_ann).for_text)
        self.assertFalse(self.requests.with_user(self.user_cid).search(INBOX))

    def test_one_given_later_is_told_by_the_schedule(self):
        request = self.submit()
        self.delegate(self.user_ann, self.ben)
        self.assertEqual(self.told(request), ["Ann"])
        self.remind(request)
        self.assertEqual(self.told(request), ["Ann", "Ben"])


@tagged("post_install", "-at_install")
class TestWhenNobodyAnswers(InboxCase):
    def test_they_are_reminded_once(self):
        self.make_policy([self.named(self.ann, reminder_hours=24)])
        request = self.submit()
        with self.later(hours=23):
            self.remind(request)
        before = self.letters(request, self.user_ann)
        with self.later(hours=24):
            self.remind(request)
            self.remind(request)
        after = self.letters(request, self.user_ann)
        self.assertEqual(after[len(before) :], ["Still waiting for you: Plan, " + self.version.name])

    def test_it_is_escalated(self):
        levels = self.named(self.ann, escalation_hours=24, escalation_person_ids=[(6, 0, self.cid.ids)])
        self.make_policy([levels])
        request = self.submit()
        with self.later(hours=23), self.assertRaisesRegex(UserError, "waits for other people"):
            self.vote(request, self.user_cid)
        with self.later(hours=25):
            self.remind(request)
            self.assertEqual(self.told(request), ["Ann", "Cid"])
            self.assertEqual(self.events(self.version, "escalated").mapped("detail")[0]["to"], ["Cid"])
            self.remind(request)
            self.assertEqual(len(self.events(self.version, "escalated")), 1)
            self.vote(request, self.user_cid)
        self.assertEqual(request.state, "applied")

    def test_to_whom_it_is_escalated_is_frozen_too(self):
        late = self.make_approvers("Late")
        self.make_policy([self.named(self.ann, escalation_hours=1, escalation_person_ids=[(6, 0, self.cid.ids)])])
        request = self.submit()
        with self.later(hours=2), self.assertRaisesRegex(UserError, "waits for other people"):
            self.vote(request, late)

    def test_the_schedule_does_it_for_all_that_wait(self):
        self.make_policy([self.named(self.ann, reminder_hours=1)])
        requests = self.submit() | self.submit(self.make_version("2026-07-01"))
        with self.later(hours=2):
            self.requests._cron_remind_approvers()
        self.assertTrue(all(requests.level_ids.mapped("reminded_at")))
