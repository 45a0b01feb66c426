"""What a subscription is on a day, and the steps from draft to ended."""

from datetime import date

import psycopg2
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .catalog_common import CatalogCase


def day(text):
    return date.fromisoformat(text)


class LifecycleCase(CatalogCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.make_customer("Acme")

    def make(self, *products, moment="2026-01-01 09:00:00", activate=True, **vals):
        """A subscription that was agreed at a moment."""
        with freeze_time(moment):
            subscription = self.make_subscription(self.customer, products or [self.recurring], **vals)
            if activate:
                subscription.action_activate()
        return subscription

    def at(self, moment, subscription):
        """The state that the scheduled action leaves at a moment."""
        with freeze_time(moment):
            self.env["cloud.subscription"]._cron_end_subscriptions()
        return subscription.state


@tagged("post_install", "-at_install")
class TestTheStateOfASubscription(LifecycleCase):
    def test_is_not_written_by_anybody(self):
        subscription = self.make(activate=False)
        with self.refused("follows from dates"):
            subscription.state = "active"

    def test_changes_on_the_days_of_its_facts_also_when_nobody_looked_for_weeks(self):
        subscription = self.make(trial_end="2026-02-01")
        with freeze_time("2026-01-10 09:00:00"):
            subscription._apply_pause(day("2026-03-01"), day("2026-03-15"))
            subscription.action_end(day("2026-06-01"))
        self.assertEqual(subscription.state, "trial")
        self.assertEqual(subscription.state_until, day("2026-02-01"))
        self.assertEqual(self.at("2026-03-10 09:00:00", subscription), "paused")
        self.assertEqual(self.at("2026-04-20 09:00:00", subscription), "ending")
        self.assertEqual(self.at("2026-07-01 09:00:00", subscription), "ended")
        self.assertFalse(subscription.state_until)

    def test_is_found_by_the_scheduled_action_with_as_many_statements_for_more(self):
        def count(number):
            for _ in range(number):
                self.make(trial_end="2026-02-01")
            self.env.flush_all()
            self.env.invalidate_all()
            with freeze_time("2026-02-02 09:00:00"):
                before = self.env.cr.sql_log_count
                self.env["cloud.subscription"].with_context(tracking_disable=True)._cron_end_subscriptions()
                return self.env.cr.sql_log_count - before

        count(1)
        self.assertEqual(count(2), count(20))

    def test_of_one_that_is_billed_was_agreed(self):
        empty = self.make(activate=False)
        empty.line_ids.unlink()
        with self.refused("has no lines"):
            empty.activated_on = "2026-01-01"


@tagged("post_install", "-at_install")
class TestATrial(LifecycleCase):
    def test_becomes_active_by_itself(self):
        subscription = self.make(trial_end="2026-01-15")
        self.assertEqual(subscription.state, "trial")
        self.assertEqual(self.at("2026-01-14 22:59:00", subscription), "trial")
        # The 15th begins in Amsterdam at 23:00 UTC of the day before.
        self.assertEqual(self.at("2026-01-14 23:00:00", subscription), "active")

    def test_ends_when_nobody_takes_it_up(self):
        subscription = self.make(trial_end="2026-01-15", trial_outcome="end")
        self.assertEqual((subscription.state, subscription.date_end), ("trial", day("2026-01-15")))
        self.assertEqual(self.at("2026-01-15 09:00:00", subscription), "ended")

    def test_goes_on_when_it_is_taken_up_also_afterwards(self):
        for moment, state in (("2026-01-10 09:00:00", "trial"), ("2026-01-20 09:00:00", "active")):
            subscription = self.make(trial_end="2026-01-15", trial_outcome="end")
            with freeze_time(moment):
                subscription.action_take_up()
            self.assertEqual((subscription.state, subscription.date_end), (state, False), moment)
        with self.refused("nothing to take up"):
            subscription.action_take_up()

    def test_reminds_its_account_manager_once(self):
        subscription = self.make(trial_end="2026-01-15", trial_reminder_days=3, user_id=self.user_accountant.id)
        for moment, count in (("2026-01-11 09:00:00", 0), ("2026-01-12 09:00:00", 1), ("2026-01-13 09:00:00", 1)):
            with freeze_time(moment):
                self.env["cloud.subscription"]._cron_remind_of_trials()
            self.assertEqual(len(subscription.activity_ids), count, moment)
        self.assertEqual(subscription.activity_ids.user_id, self.user_accountant)
        self.assertEqual(subscription.activity_ids.date_deadline, day("2026-01-15"))

    @mute_logger("odoo.sql_db")
    def test_of_no_day_is_refused(self):
        with self.assertRaises(psycopg2.errors.CheckViolation), self.cr.savepoint():
            self.make(trial_end="2026-01-01", activate=False)


@tagged("post_install", "-at_install")
class TestAPause(LifecycleCase):
    def test_begins_and_ends_by_itself(self):
        subscription = self.make()
        with freeze_time("2026-03-05 09:00:00"):
            subscription._apply_pause(day("2026-03-10"), day("2026-03-20"))
        self.assertEqual(subscription.state, "active")
        self.assertEqual(self.at("2026-03-10 09:00:00", subscription), "paused")
        self.assertEqual(self.at("2026-03-20 09:00:00", subscription), "active")

    def test_without_an_end_lasts_until_it_is_resumed(self):
        subscription = self.make()
        with freeze_time("2026-03-10 09:00:00"):
            pause = subscription._apply_pause(day("2026-03-01"))
            self.assertEqual(subscription.state, "paused")
            subscription._apply_resume(day("2026-03-08"))
        self.assertEqual((subscription.state, pause.date_end), ("active", day("2026-03-08")))

    def test_is_taken_back_on_its_first_day_and_stays_to_be_read(self):
        subscription = self.make()
        with freeze_time("2026-03-10 09:00:00"):
            pause = subscription._apply_pause(day("2026-04-01"))
            subscription._apply_resume(day("2026-03-10"))
        self.assertTrue(pause.is_taken_back)
        self.assertEqual(self.at("2026-04-05 09:00:00", subscription), "active")
        with self.refused("a pause is not deleted"):
            pause.unlink()
        with freeze_time("2026-03-10 09:00:00"):
            subscription._apply_pause(day("2026-04-01"), day("2026-05-01"))

    def test_is_refused_on_days_that_are_paused_already_or_not_its_own(self):
        subscription = self.make()
        draft = self.make(activate=False)
        with freeze_time("2026-03-10 09:00:00"):
            subscription._apply_pause(day("2026-04-01"), day("2026-05-01"))
            with self.refused("is paused from 2026-04-01 to 2026-05-01 already"):
                subscription._apply_pause(day("2026-04-30"))
            with self.refused("ends after it starts"):
                subscription._apply_pause(day("2026-06-01"), day("2026-06-01"))
            with self.refused("runs from 2026-01-01 to open"):
                subscription._apply_pause(day("2025-12-31"), day("2026-01-05"))
            with self.refused("is a draft: activate it first"):
                draft._apply_pause(day("2026-04-01"))
            subscription._apply_resume(day("2026-04-01"))
            with self.refused("nothing to resume"):
                subscription._apply_resume(day("2026-04-01"))

    @mute_logger("odoo.sql_db")
    def test_never_overlaps_another_whoever_writes_it(self):
        subscription = self.make()
        vals = {"subscription_id": subscription.id, "date_start": "2026-04-01"}
        self.env["cloud.subscription.pause"].create({**vals, "date_end": "2026-05-01"})
        with self.assertRaises(psycopg2.errors.ExclusionViolation), self.cr.savepoint():
            self.env["cloud.subscription.pause"].create({**vals, "date_start": "2026-04-30"})

    def test_begins_by_policy_at_the_end_of_the_period_or_of_what_is_billed(self):
        template = self.recurring.product_tmpl_id
        subscription = self.make()
        self.make_charge(subscription.line_ids, "2026-03-01", "2026-05-01")
        for when, unused, start in (
            ("at_once", "credit", "2026-03-10"),
            ("period", "credit", "2026-04-01"),
            ("at_once", "nothing", "2026-05-01"),
        ):
            template.write({"cloud_pause_when": when, "cloud_pause_unused": unused})
            with freeze_time("2026-03-10 09:00:00"):
                wizard = self.env["cloud.subscription.pausing"].create({"subscription_id": subscription.id})
                self.assertEqual(wizard.date_start, day(start), (when, unused))
        with freeze_time("2026-03-10 09:00:00"):
            wizard.action_confirm()
            self.assertEqual(subscription.pause_ids.date_start, day("2026-05-01"))
            wizard = self.env["cloud.subscription.pausing"].create(
                {"subscription_id": subscription.id, "is_resuming": True}
            )
            self.assertEqual(wizard.pause_id, subscription.pause_ids)
            wizard.date_wanted = "2026-06-01"
            wizard.action_confirm()
        self.assertEqual(subscription.pause_ids.date_end, day("2026-06-01"))


@tagged("post_install", "-at_install")
class TestAnEnd(LifecycleCase):
    def test_is_moved_while_it_has_not_come(self):
        subscription = self.make()
        with freeze_time("2026-03-10 09:00:00"):
            subscription.action_end(day("2026-06-01"))
            subscription.action_end(day("2026-05-01"))
        self.assertEqual((subscription.state, subscription.date_end), ("ending", day("2026-05-01")))

    def test_that_was_agreed_from_the_start_is_shown_from_the_start(self):
        subscription = self.make(date_end="2026-12-01")
        self.assertEqual((subscription.state, subscription.end_kind), ("ending", "agreed"))

    def test_is_taken_back_with_the_own_dates_of_its_lines(self):
        subscription = self.make(self.recurring, self.metered)
        line = subscription.line_ids[0]
        line.date_end = "2026-12-01"
        with freeze_time("2026-03-10 09:00:00"):
            subscription.action_end(day("2026-05-01"))
            self.assertEqual(line._get_interval(), (day("2026-01-01"), day("2026-05-01")))
            subscription.action_reopen()
        self.assertEqual((subscription.state, subscription.date_end), ("active", False))
        self.assertEqual(line._get_interval(), (day("2026-01-01"), day("2026-12-01")))
        with self.refused("has no end that could be taken back"):
            subscription.action_reopen()

    def test_outside_of_the_agreement_is_a_cancellation(self):
        subscription = self.make()
        with freeze_time("2026-03-10 09:00:00"):
            subscription.action_cancel(day("2026-04-01"))
        self.assertEqual((subscription.state, subscription.end_kind), ("ending", "cancelled"))
        self.assertEqual(self.at("2026-04-01 09:00:00", subscription), "cancelled")
        with self.refused("is over already"):
            subscription.action_cancel()

    def test_from_the_first_day_means_that_nothing_held(self):
        subscription = self.make()
        with freeze_time("2026-03-10 09:00:00"):
            subscription.action_cancel(day("2025-06-01"))
        self.assertEqual((subscription.state, subscription.date_end), ("cancelled", day("2026-01-01")))

    def test_of_a_draft_puts_it_away_until_it_is_reopened(self):
        draft = self.make(activate=False)
        draft.line_ids.date_start = "2026-02-01"
        draft.action_cancel()
        self.assertEqual(draft.state, "cancelled")
        with self.refused("is not a draft, so it cannot be activated"):
            draft.action_activate()
        draft.action_reopen()
        self.assertEqual(draft.state, "draft")
        draft.action_activate()

    def test_of_a_cancelled_draft_bills_nothing(self):
        draft = self.make(activate=False)
        draft.action_cancel()
        self.env["cloud.billing.period"]._create_due(self.company, day("2026-06-01"))
        periods = self.env["cloud.billing.period"].search([("subscription_id", "=", draft.id)])
        self.assertFalse(periods)

    def test_is_proposed_by_the_strictest_policy_of_its_products(self):
        other = self.make_product("Domain", "recurring", cloud_end_when="at_once", cloud_unused="nothing")
        self.recurring.product_tmpl_id.write({"cloud_end_when": "period", "cloud_unused": "refund"})
        subscription = self.make(self.recurring, other)
        self.make_charge(subscription.line_ids[1], "2026-01-01", "2027-01-01")
        with freeze_time("2026-03-10 09:00:00"):
            wizard = self.env["cloud.subscription.end"].create({"subscription_id": subscription.id})
            self.assertEqual((wizard.end_when, wizard.unused), ("period", "nothing"))
            self.assertIn("Usual for Support: at the end of the billing period", wizard.policy_text)
            self.assertEqual(wizard.date_end, day("2027-01-01"))
            wizard.unused = "credit"
            self.assertEqual(wizard.date_end, day("2026-04-01"))
            self.assertIn("Fees are billed up to 2026-12-31", wizard.effect_text)
            wizard.end_when = "at_once"
            self.assertEqual(wizard.date_end, day("2026-03-10"))

    @mute_logger("odoo.sql_db")
    def test_on_its_first_day_is_only_a_cancellation(self):
        subscription = self.make()
        with self.assertRaises(psycopg2.errors.CheckViolation), self.cr.savepoint():
            subscription.date_end = "2026-01-01"
            subscription.flush_recordset()
