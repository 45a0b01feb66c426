import datetime

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.control.cloud_protected_mixin import TOKEN
from .change_common import ChangeCase


@tagged("post_install", "-at_install")
class TestGivenBack(ChangeCase):
    def test_given_back_it_is_edited_and_comes_again_as_the_next_round(self):
        request = self.submit(self.template, {"cloud_timing": "advance"}, reason="First try")
        draft = self.proposals.search([("request_id", "=", request.id)]).with_user(self.user_price_manager)
        self.vote(request, decision="return", comment="Hosting too, please")
        self.assertEqual((request.state, draft.state), ("returned", "draft"))
        self.assertFalse(draft.item_ids.filtered("is_waiting"))
        self.propose(self.other_template, {"cloud_timing": "advance"})
        self.assertEqual(draft.item_count, 2)
        draft.action_submit()
        self.assertEqual((draft.request_id, request.state, request.round), (request, "pending", 2))
        self.assertEqual(request.vote_ids.mapped("decision"), ["return"])
        # The same person votes again: it is another round.
        self.vote(request)
        self.assertEqual((request.state, self.other_template.cloud_timing), ("applied", "advance"))
        self.assertEqual(request.vote_ids.mapped("round"), [1, 2])

    def test_whoever_proposed_it_is_told_why_not(self):
        for decision, sentence in (("return", "gave it back for rework: "), ("reject", "rejected it: ")):
            request = self.submit(self.template, {"cloud_timing": "advance"})
            draft = self.proposals.search([("request_id", "=", request.id)]).with_user(self.user_price_manager)
            self.vote(request, decision=decision, comment="In March")
            message = request.message_ids.sorted("id")[-1:]
            self.assertIn(f"{sentence}In March", message.body)
            self.assertEqual(message.notified_partner_ids, self.user_price_manager.partner_id)
            self.assertEqual(draft.refusal_text, "Chris Checker: In March")
            draft.exists().unlink()

    def test_the_checker_is_told_of_comments_and_files_of_the_draft(self):
        draft = self.propose(self.template, {"cloud_timing": "advance"})
        draft.action_submit()
        request = draft.request_id.with_user(self.user_approver)
        # That it was made and submitted is no comment.
        self.assertFalse(request.draft_text)
        draft.message_post(body="As in the letter", message_type="comment", attachments=[("letter.txt", b"Dear all")])
        request.invalidate_recordset()
        self.assertIn("comments: 1, files: 1.", request.draft_text)

    def test_a_yes_of_the_round_before_counts_no_more(self):
        draft = self.propose(self.template, {"cloud_timing": "advance"})
        draft._check_submittable()
        request = self.requests.with_user(self.user_price_manager)._submit(
            draft, "values", effect=draft._get_change_effect(), levels=2
        )
        self.vote(request)
        self.vote(request, self.second_checker, decision="return", comment="Why?")
        draft.reason = "Because"
        self.requests.with_user(self.user_price_manager)._submit(draft, "values", levels=2)
        self.assertEqual((request.round, request.votes_missing), (2, 2))
        self.vote(request, self.second_checker)
        self.assertEqual(request.state, "pending")

    def test_whoever_sees_a_request_comments_on_it_and_attaches_files(self):
        request = self.submit(self.template, {"cloud_timing": "advance"})
        message = request.with_user(self.user_approver).message_post(
            body="See the contract", attachments=[("contract.txt", b"In advance")]
        )
        self.assertEqual(message.attachment_ids.mapped("res_id"), [request.id])

    def test_a_no_and_a_return_say_why(self):
        request = self.submit(self.template, {"cloud_timing": "advance"})
        for decision in ("reject", "return"):
            for comment in (None, " "):
                with self.assertRaisesRegex(UserError, "say why"):
                    self.vote(request, decision=decision, comment=comment)

    def test_nobody_gives_back_his_own(self):
        request = self.submit(self.template, {"cloud_timing": "advance"})
        with self.assertRaisesRegex(UserError, "proposed by you"):
            self.vote(request, self.user_price_manager, decision="return", comment="Mine")

    def test_the_database_lets_a_request_come_again_only_as_its_next_round(self):
        request = self.submit(self.template, {"cloud_timing": "advance"})
        self.vote(request, decision="return", comment="Why?")
        self.env.flush_all()
        for change in ("round = round", "round = round + 2", "round = round + 1, requester_person_id = NULL",
                       "round = round + 1, levels = 0", "round = round + 1, kind = 'bill_run'"):  # fmt: skip
            with self.assertRaises(Exception), mute_logger("odoo.sql_db"), self.cr.savepoint():  # noqa: B017
                self.cr.execute(
                    f"UPDATE cloud_change_request SET state = 'pending', {change} WHERE id = %s", [request.id]
                )
        with self.assertRaisesRegex(Exception, "stays decided"), mute_logger("odoo.sql_db"), self.cr.savepoint():
            self.cr.execute("UPDATE cloud_change_request SET state = 'applied' WHERE id = %s", [request.id])


@tagged("post_install", "-at_install")
class TestExpiry(ChangeCase):
    def test_what_nobody_decides_expires_and_its_maker_is_told(self):
        request = self.submit(self.template, {"cloud_timing": "advance"})
        draft = self.proposals.search([("request_id", "=", request.id)])
        day = datetime.timedelta(days=1)
        self.company.cloud_change_days = 7
        self.company.flush_recordset()
        self.assertNotIn(
            request, self.requests._get_overdue(request.submitted_at + 7 * day - datetime.timedelta(seconds=1))
        )
        self.assertIn(request, self.requests._get_overdue(request.submitted_at + 7 * day))
        request._expire(TOKEN)
        self.assertEqual((request.state, draft.state), ("expired", "draft"))
        self.assertIn(request.requester_id.partner_id, request.message_ids[0].partner_ids)
        self.assertTrue(self.get_events(draft, "expired"))
        with self.assertRaisesRegex(UserError, "decided already"):
            self.vote(request)

    def test_zero_days_is_never(self):
        request = self.submit(self.template, {"cloud_timing": "advance"})
        self.company.cloud_change_days = 0
        self.company.flush_recordset()
        self.assertNotIn(request, self.requests._get_overdue(fields.Datetime.now() + datetime.timedelta(days=9999)))


@tagged("post_install", "-at_install")
class TestEmergency(ChangeCase):
    def make(self, **values):
        draft = self.propose(
            self.template, {"cloud_timing": "advance"}, is_emergency=True, reason="Wrong on every invoice", **values
        )
        draft.action_submit()
        return draft

    def test_one_other_person_is_enough_and_everybody_is_told(self):
        draft = self.make()
        self.assertEqual((draft.request_id.kind, draft.request_id.levels), ("emergency", 1))
        self.vote(draft.request_id)
        self.assertEqual((draft.outcome, self.template.cloud_timing), ("applied", "advance"))
        told = draft.message_ids.partner_ids
        for user in (self.user_approver, self.second_checker, self.user_auditor):
            self.assertIn(user.partner_id, told)
        self.assertTrue(self.get_events(draft, "emergency_applied"))

    def test_not_by_its_maker(self):
        draft = self.make()
        with self.assertRaisesRegex(UserError, "proposed by you"):
            self.vote(draft.request_id, self.user_price_manager)

    def test_it_says_why_and_takes_effect_at_once(self):
        draft = self.propose(self.template, {"cloud_timing": "advance"}, is_emergency=True)
        with self.assertRaisesRegex(UserError, "say why"):
            draft.action_submit()
        draft.write({"reason": "Why", "effective_date": "2099-01-01"})
        with self.assertRaisesRegex(UserError, "takes effect at once"):
            draft.action_submit()

    def test_it_goes_back_by_itself(self):
        draft = self.make(emergency_hours=2)
        self.vote(draft.request_id)
        two_hours = datetime.timedelta(hours=2)
        self.assertEqual(draft.emergency_until, draft.applied_at + two_hours)
        self.assertNotIn(draft, self.proposals._get_ended(draft.emergency_until - datetime.timedelta(seconds=1)))
        self.assertIn(draft, self.proposals._get_ended(draft.emergency_until))
        draft.sudo()._take_back(TOKEN)
        self.assertEqual((draft.outcome, self.template.cloud_timing), ("reverted", "arrears"))
        self.assertTrue(self.get_events(draft, "emergency_ended"))

    def test_confirmed_by_an_ordinary_request_it_stays(self):
        draft = self.make()
        self.vote(draft.request_id)
        action = draft.with_user(self.user_price_manager).action_confirm_emergency()
        lasting = self.proposals.with_user(self.user_price_manager).browse(action["res_id"])
        self.assertEqual((lasting.item_ids.old_text, lasting.item_ids.new_text), ("In arrears", "In advance"))
        lasting.action_submit()
        self.assertEqual(lasting.request_id.kind, "values")
        self.vote(lasting.request_id)
        self.assertTrue(draft.is_confirmed)
        self.assertNotIn(draft, self.proposals._get_ended(draft.emergency_until))
        self.assertEqual(self.template.cloud_timing, "advance")

    def test_a_request_about_something_else_confirms_nothing(self):
        """Whoever agreed to it has not read what would become lasting."""
        draft = self.make()
        self.vote(draft.request_id)
        beside = self.propose(self.other_template, {"cloud_timing": "advance"})
        beside.confirmed_id = draft
        beside.action_submit()
        self.vote(beside.request_id)
        self.assertEqual(beside.outcome, "applied")
        self.assertFalse(draft.is_confirmed)
        self.assertIn(draft, self.proposals._get_ended(draft.emergency_until))

    def test_what_was_changed_since_by_a_request_is_left(self):
        draft = self.make()
        self.vote(draft.request_id)
        self.vote(self.submit(self.template, {"cloud_timing": "arrears"}))
        self.vote(self.submit(self.template, {"cloud_unused": "nothing"}))
        draft.sudo()._take_back(TOKEN)
        self.assertEqual((self.template.cloud_timing, self.template.cloud_unused), ("arrears", "nothing"))

    def test_somebody_else_reviews_it(self):
        draft = self.make()
        self.vote(draft.request_id)
        to_review = [("is_emergency", "=", True), ("reviewed_at", "=", False)]
        self.assertIn(draft, self.proposals.search(to_review))
        with self.assertRaisesRegex(UserError, "somebody else reviews"):
            draft.with_user(self.user_approver).action_review_emergency()
        draft.with_user(self.second_checker).action_review_emergency()
        self.assertEqual(draft.reviewed_by_id, self.second_checker.cloud_person_id)
        self.assertNotIn(draft, self.proposals.search(to_review))
