"""Terms, notice, minimum terms and renewal."""

from datetime import date

import psycopg2
from odoo import SUPERUSER_ID, fields
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .catalog_common import CatalogCase


def day(text):
    return date.fromisoformat(text)


class RenewalCase(CatalogCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.make_customer("Acme")

    def make(self, moment="2026-01-01 09:00:00", number=1, subscription=None, **term):
        """Subscriptions of a year from 2026-01-01 with three months' notice, agreed at a moment."""
        with freeze_time(moment):
            made = self.env["cloud.subscription"].union(
                *(
                    self.make_subscription(self.customer, [self.recurring], **(subscription or {}))
                    for _ in range(number)
                )
            )
            vals = {"length_count": 12, "notice_count": 3, "renewal_count": 12, **term}
            self.env["cloud.subscription.term"].create([{"subscription_id": one.id, **vals} for one in made])
            made.action_activate()
        return made

    def renew(self, moment):
        with freeze_time(moment):
            self.env["cloud.subscription"]._cron_renew_terms()

    def get_terms(self, subscription):
        return [(str(term.date_start), str(term.date_end)) for term in subscription.term_ids.sorted("date_start")]


@tagged("post_install", "-at_install")
class TestATerm(RenewalCase):
    def test_says_its_end_and_the_last_day_of_notice(self):
        subscription = self.make()
        self.assertEqual((subscription.term_end, subscription.notice_date), (day("2027-01-01"), day("2026-09-30")))
        self.assertIn("notice by 09/30/2026", subscription.term_ids.summary)

    def test_that_is_not_renewed_ends_the_subscription_and_says_so_after_its_day_of_notice(self):
        subscription = self.make(renewal_kind="none")
        self.assertEqual((subscription.date_end, subscription.end_kind), (day("2027-01-01"), "term"))
        for moment, state in (
            ("2026-09-30 09:00:00", "active"),
            ("2026-10-01 09:00:00", "ending"),
            ("2027-01-01 09:00:00", "ended"),
        ):
            with freeze_time(moment):
                self.env["cloud.subscription"]._cron_end_subscriptions()
            self.assertEqual(subscription.state, state, moment)

    @mute_logger("odoo.sql_db")
    def test_never_overlaps_another(self):
        subscription = self.make()
        with self.assertRaises(psycopg2.errors.ExclusionViolation), self.cr.savepoint():
            self.env["cloud.subscription.term"].create({"subscription_id": subscription.id, "date_start": "2026-12-31"})

    def test_of_what_was_agreed_is_not_deleted(self):
        with self.refused("was agreed with this term"):
            self.make().term_ids.unlink()


@tagged("post_install", "-at_install")
class TestNotice(RenewalCase):
    def give(self, subscription, noticed, wanted):
        with freeze_time(f"{noticed} 09:00:00"):
            subscription.action_end(day(wanted))

    def test_in_time_ends_it_with_the_term(self):
        subscription = self.make()
        self.give(subscription, "2026-09-30", "2027-01-01")
        self.assertEqual((subscription.state, subscription.date_end), ("ending", day("2027-01-01")))

    def test_within_the_term_is_refused_with_the_first_day_and_why(self):
        with self.refused("may end on 2027-01-01 at the earliest: on that day its term is over"):
            self.give(self.make(), "2026-03-01", "2026-06-01")

    def test_that_comes_late_is_refused_with_the_end_of_the_next_term(self):
        with self.refused(
            "may end on 2028-01-01 at the earliest: notice for the term before had to be given by 2026-09-30, "
            "and was given on 2026-10-01"
        ):
            self.give(self.make(), "2026-10-01", "2027-01-01")

    def test_before_the_minimum_is_refused(self):
        subscription = self.make(length_count=0, minimum_count=24, notice_count=1)
        with self.refused("may end on 2028-01-01 at the earliest: it was agreed until 2028-01-01 at least"):
            self.give(subscription, "2026-03-10", "2026-06-01")
        with self.refused(r"may end on 2028-04-11 at the earliest: its notice period is 1 months, from 2028-03-10"):
            self.give(subscription, "2028-03-10", "2028-03-31")
        self.give(subscription, "2028-03-10", "2028-06-15")
        self.assertEqual(subscription.date_end, day("2028-06-15"))

    def test_is_moved_to_the_first_legal_day_by_the_wizard_which_says_why(self):
        subscription = self.make()
        with freeze_time("2026-10-01 09:00:00"):
            wizard = self.env["cloud.subscription.end"].create({"subscription_id": subscription.id})
            self.assertEqual(wizard.date_end, day("2028-01-01"))
            self.assertIn("had to be given by 2026-09-30", wizard.effect_text)
            # It arrived the day before, and was put on the pile.
            wizard.noticed_on = "2026-09-30"
            self.assertEqual(wizard.date_end, day("2027-01-01"))
            wizard.action_confirm()
        self.assertEqual((subscription.date_end, subscription.end_noticed_on), (day("2027-01-01"), day("2026-09-30")))

    def test_is_not_needed_to_cancel(self):
        subscription = self.make()
        with freeze_time("2026-10-01 09:00:00"):
            subscription.action_cancel(day("2026-11-01"))
        self.assertEqual(subscription.date_end, day("2026-11-01"))

    def test_is_recalled_to_the_account_manager(self):
        subscription = self.make(subscription={"user_id": self.user_accountant.id})
        for moment, count in (("2026-09-10 09:00:00", 0), ("2026-09-20 09:00:00", 1), ("2026-09-21 09:00:00", 1)):
            self.renew(moment)
            self.assertEqual(len(subscription.activity_ids), count, moment)
        self.assertEqual(subscription.activity_ids.date_deadline, day("2026-09-30"))
        self.assertEqual(subscription.activity_ids.user_id, self.user_accountant)


@tagged("post_install", "-at_install")
class TestARenewal(RenewalCase):
    def test_comes_by_itself_once_the_day_of_notice_is_over_everywhere(self):
        subscription = self.make()
        self.renew("2026-10-01 09:00:00")
        self.assertEqual(self.get_terms(subscription), [("2026-01-01", "2027-01-01")])
        for _ in range(2):
            self.renew("2026-10-02 09:00:00")
            self.assertEqual(self.get_terms(subscription), [("2026-01-01", "2027-01-01"), ("2027-01-01", "2028-01-01")])
        self.assertFalse(subscription.date_end)
        self.assertEqual(subscription.notice_date, day("2027-09-30"))
        self.assertEqual(subscription.change_ids.sorted("number")[-1].text, "Renewed from 01/01/2027 to 01/01/2028")

    def test_keeps_the_day_of_the_first_term_over_short_months(self):
        subscription = self.make(
            subscription={"date_start": "2026-01-31"}, length_count=1, notice_count=0, renewal_count=1
        )
        for moment in ("2026-03-03 09:00:00", "2026-04-02 09:00:00"):
            self.renew(moment)
        self.assertEqual(
            self.get_terms(subscription),
            [("2026-01-31", "2026-02-28"), ("2026-02-28", "2026-03-31"), ("2026-03-31", "2026-04-30")],
        )

    def test_for_no_length_goes_on_openly(self):
        subscription = self.make(notice_count=1, renewal_count=0)
        self.renew("2026-12-15 09:00:00")
        self.assertEqual(self.get_terms(subscription)[1], ("2027-01-01", "False"))
        with freeze_time("2027-03-10 09:00:00"), self.refused("may end on 2027-04-11 at the earliest"):
            subscription.action_end(day("2027-03-31"))

    def test_does_not_come_where_it_was_ended_in_time(self):
        subscription = self.make()
        with freeze_time("2026-09-30 09:00:00"):
            subscription.action_end(day("2027-01-01"))
        self.renew("2026-12-01 09:00:00")
        self.assertEqual(len(subscription.term_ids), 1)

    def test_by_offer_comes_when_it_is_accepted_else_it_ends(self):
        for accepted in (True, False):
            subscription = self.make(renewal_kind="offer")
            self.assertEqual(subscription.date_end, day("2027-01-01"))
            with freeze_time("2026-12-01 09:00:00"):
                subscription.term_ids.action_offer()
                if accepted:
                    subscription.term_ids.action_accept()
                    self.assertEqual(subscription.date_end, day("2028-01-01"))
                    self.assertEqual(subscription.state, "active")
                    with self.refused("not renewed by an offer that waits"):
                        subscription.term_ids.sorted("date_start")[0].action_accept()
                else:
                    subscription.term_ids.action_decline()
                    self.assertEqual(subscription.date_end, day("2027-01-01"))

    @mute_logger("odoo.sql_db")
    def test_of_a_term_happens_once(self):
        term = self.make().term_ids
        term._apply_renewal()
        with self.assertRaises(psycopg2.IntegrityError), self.cr.savepoint():
            term._apply_renewal()

    def test_of_many_takes_as_many_statements_as_of_few(self):
        def count(number):
            self.make(number=number)
            return self.count_statements_of(lambda: self.renew("2026-12-01 09:00:00"))

        count(2)
        self.assertEqual(count(3), count(30))

    def test_takes_its_place_by_a_successor_that_is_the_only_one(self):
        first, second, third = (self.make() for _ in range(3))
        second.predecessor_id = first
        self.assertEqual(first.successor_id, second)
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.errors.UniqueViolation), self.cr.savepoint():
            third.predecessor_id = first
            third.flush_recordset()

    def test_raises_the_fees_by_what_was_agreed(self):
        # With two people: the next test.
        self.set_company_state("setup")
        self.make_version([{"unit_price": "100", "product_id": self.recurring.id}])
        subscription = self.make(uplift_percent="3")
        self.renew("2026-10-02 09:00:00")
        rates = subscription.rate_ids
        self.assertEqual([(str(rate.percent), str(rate.date_start)) for rate in rates], [("3", "2027-01-01")])
        self.assertEqual(str(subscription.term_ids.sorted("date_start")[1].uplift_percent), "3")

    def test_in_a_live_company_waits_for_a_second_person_to_agree_to_its_uplift(self):
        self.make_version([{"unit_price": "100", "product_id": self.recurring.id}])
        subscription = self.make(uplift_percent="3")
        self.set_company_state("live")
        with freeze_time("2026-10-02 09:00:00"):
            self.env(user=SUPERUSER_ID)["cloud.subscription"]._cron_renew_terms()
        self.assertEqual(len(subscription.term_ids), 2)
        self.assertFalse(subscription.activity_ids.filtered(lambda one: "uplift" in one.summary))
        proposal = self.env["cloud.indexation"].search([("subscription_ids", "in", subscription.ids)])
        self.assertEqual((proposal.kind, str(proposal.percent), proposal.request_id.state), ("uplift", "3", "pending"))

    def test_whose_uplift_cannot_be_proposed_still_comes_and_says_so(self):
        self.make_version([{"unit_price": "100", "product_id": self.recurring.id}])
        subscription = self.make(uplift_percent="3")
        # In advance, and billed beyond the renewal already.
        self.make_charge(subscription.line_ids, "2026-01-01", "2028-01-01")
        self.renew("2026-10-02 09:00:00")
        self.assertEqual(len(subscription.term_ids), 2)
        self.assertIn("Propose the uplift of the renewal", subscription.activity_ids.mapped("summary"))


@tagged("post_install", "-at_install")
class TestTheTimeline(RenewalCase):
    def test_tells_what_was_and_what_comes_in_order(self):
        subscription = self.make(subscription={"trial_end": "2026-01-15"})
        with freeze_time("2026-03-10 09:00:00"):
            subscription._apply_pause(day("2026-03-01"), day("2026-04-01"))
            subscription.invalidate_recordset()
            html = subscription.timeline_html
            texts = [
                "01/15/2026", "The trial is over",
                "03/01/2026", "Paused from 03/01/2026, charged again from 04/01/2026 on",
                "03/10/2026", "Today",
                "04/01/2026", "The billing period from 03/01/2026 to 03/31/2026 is over",
                "09/30/2026", "Last day of notice",
                "01/01/2027", "The term is over",
            ]  # fmt: skip
            places = [html.index(text) for text in texts[1::2]]
            self.assertEqual(places, sorted(places))
            self.assertTrue(subscription.next_event_text.startswith("04/01/2026: The "), subscription.next_event_text)

    def test_escapes_what_people_write(self):
        subscription = self.make()
        with freeze_time("2026-03-10 09:00:00"):
            subscription._apply_cancel(day("2026-04-01"), fields.Datetime.now(), reason="<b>no money</b>")
            subscription.invalidate_recordset()
            self.assertIn("&lt;b&gt;no money", subscription.timeline_html)

    def test_of_a_cancelled_draft_says_so(self):
        draft = self.make_subscription(self.customer, [self.recurring])
        draft.action_cancel()
        self.assertIn("Cancelled", draft.timeline_html)
