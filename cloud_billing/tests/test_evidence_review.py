from datetime import date
from unittest.mock import patch

import psycopg2
from freezegun import freeze_time
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger
from odoo.tools.translate import code_translations

from .common import ROLES, CloudBillingCase


class ReviewCase(CloudBillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_company_state("live")
        cls.person_auditor = cls.env["cloud.person"].create({"name": "Otto Auditor"})
        cls.user_auditor.cloud_person_id = cls.person_auditor
        cls.reviews = cls.env["cloud.audit.review"].with_user(cls.user_auditor)
        cls.env.flush_all()

    def make_review(self, start="2020-01-01", end="2020-04-01", **vals):
        return self.reviews.create({"date_start": start, "date_end": end, "date_due": "2020-04-15", **vals})

    def record_at(self, moment, action, user, reason=None):
        """An event at a moment that the test chooses, as the owner of the database could insert it."""
        self.cr.execute(
            "INSERT INTO cloud_billing_audit.audit_event (occurred_at, company_id, user_id, user_login, action, reason)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            [moment, self.company.id, user.id, user.login, action, reason],
        )


@tagged("post_install", "-at_install")
class TestSigningAReview(ReviewCase):
    def get_counts(self, review):
        return {line.kind: line.count for line in review.line_ids if line.count}

    def test_a_review_counts_what_matters_in_its_range(self):
        # Half-open: the first moment of January counts, the first of April does not.
        self.record_at("2020-01-01 00:00:00", "role_changed", self.user_administrator)
        self.record_at("2020-03-31 23:59:59", "login_failed", self.user_viewer)
        self.record_at("2020-04-01 00:00:00", "login_failed", self.user_viewer)
        self.record_at("2020-02-01 00:00:00", "changed", self.user_viewer)
        review = self.make_review()
        self.assertEqual(self.get_counts(review), {"rights": 1, "failed_logins": 1})
        self.assertEqual(review.event_count, 3)

    def test_each_count_leads_to_its_events(self):
        self.record_at("2020-02-01 00:00:00", "login_failed", self.user_viewer, reason="this one")
        line = self.make_review().line_ids.filtered(lambda line: line.kind == "failed_logins")
        found = self.env["cloud.audit.event"].with_user(self.user_auditor).search(line.action_open_events()["domain"])
        self.assertEqual(found.mapped("reason"), ["this one"])

    def test_what_was_counted_is_named_in_the_language_of_the_reader(self):
        line = self.make_review().line_ids.filtered(lambda line: line.kind == "exports")
        self.assertEqual(line.label, "Exports")
        self.env["res.lang"]._activate_lang("fr_FR")
        known = {("cloud_billing", "fr_FR"): {"Exports": "Exportations"}}
        with patch.dict(code_translations.python_translations, known):
            self.assertEqual(line.with_context(lang="fr_FR").label, "Exportations")

    def test_a_signed_review_says_who_when_and_what_and_is_an_event(self):
        review = self.make_review(findings="Nothing.")
        review.action_sign()
        self.assertEqual((review.state, review.signed_person_name), ("signed", "Otto Auditor"))
        self.assertTrue(review.signed_at)
        event = self.env["cloud.audit.event"].search([("action", "=", "review_signed"), ("res_id", "=", review.id)])
        self.assertEqual((event.detail["from"], event.detail["until"]), ("2020-01-01", "2020-04-01"))
        self.assertEqual(event.detail["findings"], "Nothing.")

    def test_the_form_signs(self):
        with Form(self.reviews) as form:
            form.date_start, form.date_end, form.date_due = date(2020, 1, 1), date(2020, 4, 1), date(2020, 4, 15)
            form.findings = "Nothing."
        form.record.action_sign()
        self.assertEqual(form.record.state, "signed")

    def test_what_is_missing_is_said_at_once(self):
        review = self.make_review(end="2999-01-01")
        with self.assertRaisesRegex(UserError, "not over yet; say what you found"):
            review.action_sign()

    def test_whoever_did_what_is_reviewed_does_not_sign(self):
        self.record_at("2020-02-01 00:00:00", "schedule_off", self.user_auditor)
        review = self.make_review(findings="All fine.")
        with self.assertRaisesRegex(UserError, "Otto Auditor did some of what is reviewed"):
            review.action_sign()

    def test_nor_with_another_login(self):
        self.user_viewer.cloud_person_id = self.person_auditor
        self.record_at("2020-02-01 00:00:00", "role_changed", self.user_viewer)
        with self.assertRaisesRegex(UserError, "somebody else signs"):
            self.make_review(findings="All fine.").action_sign()

    def test_an_auditor_who_looked_at_the_record_signs(self):
        self.record_at("2020-02-01 00:00:00", "exported", self.user_auditor)
        review = self.make_review(findings="Nothing.")
        review.action_sign()
        self.assertEqual(review.state, "signed")

    def test_a_login_that_is_nobody_does_not_sign(self):
        self.user_auditor.cloud_person_id = False
        with self.assertRaisesRegex(UserError, "not enrolled"):
            self.make_review(findings="Nothing.").action_sign()

    def test_signing_is_not_written(self):
        review = self.make_review(findings="Nothing.")
        for records in (review, review.sudo()):
            with self.assertRaises(UserError):
                records.write({"state": "signed", "signed_at": "2020-04-02", "signed_by_id": self.user_auditor.id})
        with self.assertRaises(UserError):
            self.make_review("2021-01-01", "2021-04-01", state="signed")

    def test_a_signed_review_stays(self):
        review = self.make_review(findings="Nothing.")
        review.action_sign()
        self.env.flush_all()
        for attempt in (
            lambda: review.write({"findings": "Other"}),
            lambda: review.sudo().unlink(),
            lambda: review.action_count(),
            lambda: review.action_sign(),
        ):
            with self.assertRaises(UserError):
                attempt()
        for statement in (
            "UPDATE cloud_audit_review SET findings = 'Other' WHERE id = %s",
            "DELETE FROM cloud_audit_review WHERE id = %s",
            "UPDATE cloud_audit_review_line SET count = 0 WHERE review_id = %s",
            "DELETE FROM cloud_audit_review_line WHERE review_id = %s",
        ):
            with (
                self.subTest(statement),
                self.assertRaises(psycopg2.errors.InsufficientPrivilege),
                mute_logger("odoo.sql_db"),
                self.cr.savepoint(),
            ):
                self.cr.execute(statement, [review.id])

    def test_others_see_no_reviews(self):
        review = self.make_review()
        for role in ROLES:
            if role != "auditor":
                with self.subTest(role), self.assertRaises(AccessError):
                    review.with_user(getattr(self, f"user_{role}")).read(["findings"])


@tagged("post_install", "-at_install")
class TestReviewsFallDue(ReviewCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.cr.execute(
            "UPDATE res_company SET cloud_billing_live_at = '2019-06-01' WHERE id = %s", [cls.company.id]
        )
        cls.env.invalidate_all()
        cls.all_reviews = cls.env["cloud.audit.review"]

    def make_due(self, today):
        self.all_reviews._make_due(date.fromisoformat(today))
        return self.all_reviews.search([("company_id", "=", self.company.id)], order="date_start")

    def test_a_quarter_falls_due_once(self):
        self.company.cloud_review_days = 10
        for today in ("2020-04-01", "2020-05-17", "2020-06-30"):
            review = self.make_due(today)
        self.assertEqual([(str(one.date_start), str(one.date_end)) for one in review], [("2020-01-01", "2020-04-01")])
        self.assertEqual(str(review.date_due), "2020-04-11")
        self.assertIn(self.user_auditor, review.activity_ids.user_id)

    def test_a_month_falls_due_where_months_are_reviewed(self):
        self.company.cloud_review_cadence = "monthly"
        self.company.cloud_reviewer_id = self.user_auditor
        review = self.make_due("2020-01-15")
        self.assertEqual([(str(one.date_start), str(one.date_end)) for one in review], [("2019-12-01", "2020-01-01")])
        self.assertEqual(review.reviewer_id, self.user_auditor)

    def test_nothing_falls_due_before_it_was_live_or_where_nobody_wants_it(self):
        self.assertFalse(self.make_due("2019-05-01"))
        self.company.cloud_review_cadence = "none"
        self.assertFalse(self.make_due("2020-05-01"))

    def test_what_is_overdue_is_told_once(self):
        review = self.make_due("2020-04-01")
        with freeze_time("2020-04-16"):
            self.all_reviews._tell_overdue(date(2020, 4, 15))
            self.assertFalse(review.is_overdue_told)
            self.all_reviews._tell_overdue(date(2020, 4, 16))
            told = len(review.activity_ids)
            self.assertIn(self.user_administrator, review.activity_ids.user_id)
            mail = self.env["mail.message"].search(
                [("model", "=", review._name), ("res_id", "=", review.id), ("message_type", "=", "user_notification")]
            )
            self.assertIn(self.user_auditor.partner_id, mail.partner_ids)
            self.all_reviews._tell_overdue(date(2020, 4, 17))
        self.assertEqual(len(review.activity_ids), told)

    def test_signing_ends_its_activities(self):
        review = self.make_due("2020-04-01").with_user(self.user_auditor)
        review.findings = "Nothing."
        review.action_sign()
        self.assertFalse(review.activity_ids)

    def test_a_reviewer_is_an_auditor(self):
        with self.assertRaisesRegex(UserError, "no auditor"):
            self.company.cloud_reviewer_id = self.user_accountant
