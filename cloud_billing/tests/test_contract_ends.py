"""Days that are billed already and are given up: by an end, a cancellation, a pause or a longer trial.

The numbers are those of docs/contracts.md, section Ending.
"""

from odoo.exceptions import RedirectWarning
from odoo.tests import freeze_time, tagged

from .billing_common import BillingCase


@tagged("post_install", "-at_install")
class TestBilledDaysAreGivenUp(BillingCase):
    """A fee of 31.00 a month in advance, so a day of March is 1.00; March 2026 is billed and posted."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_version(
            {"product_id": cls.support.id, "unit_price": "31"}, {"product_id": cls.set_up.id, "unit_price": "50"}
        )
        cls.customer = cls.make_customer("Acme")

    def bill_march(self, **vals):
        line = {"product_id": self.support.id, "name": "Support", "timing": "advance"}
        with freeze_time("2026-03-01 09:00:00"):
            subscription = self.make_subscription(self.customer, line, date_start="2026-03-01", **vals)
        self.post(self.make_run("2026-03-20"))
        self.assertEqual(subscription._get_fees_charged_until(), self.day("2026-04-01"))
        return subscription

    def bill(self, cutoff="2026-03-31"):
        """Amounts of the next run's charges, and of what it posts: negative for a credit note."""
        run = self.make_run(cutoff)
        amounts = sorted((line.amount for line in run.bill_ids.charge_ids.rated_line_ids), key=abs)
        moves = self.post(run)
        return [str(amount) for amount in amounts], [
            (move.move_type, str(move.currency_id.round(move.amount_total))) for move in moves
        ]

    def at(self, text="2026-03-25 09:00:00"):
        return freeze_time(text)

    def test_by_an_end_in_the_past_which_is_credited_on_the_next_invoice(self):
        subscription = self.bill_march()
        with self.at():
            subscription._apply_notice(self.day("2026-03-21"), self.instant("2026-03-25 09:00:00"))
            self.assertEqual(subscription.state, "ended")
        # 31.00 x 11/31, from the 21st to the 31st.
        self.assertEqual(self.bill(), (["-11.00"], [("out_refund", "11.0")]))
        self.assertEqual(self.make_run("2026-05-01").bill_ids.charge_ids.rated_line_ids.mapped("amount"), [])

    def test_by_an_end_with_nothing_back_which_moves_to_the_end_of_what_is_billed(self):
        subscription = self.bill_march()
        self.support.product_tmpl_id.write({"cloud_end_when": "at_once", "cloud_unused": "nothing"})
        with self.at():
            wizard = self.env["cloud.subscription.end"].create({"subscription_id": subscription.id})
            wizard.action_confirm()
        self.assertEqual((subscription.date_end, subscription.state), (self.day("2026-04-01"), "ending"))
        self.assertFalse(self.make_run("2026-05-01").bill_ids.charge_ids)

    def test_by_an_end_with_a_refund_whose_run_opens_at_once(self):
        subscription = self.bill_march()
        self.support.product_tmpl_id.write({"cloud_end_when": "at_once", "cloud_unused": "refund"})
        with self.at():
            wizard = self.env["cloud.subscription.end"].create(
                {"subscription_id": subscription.id, "date_wanted": "2026-03-21"}
            )
            action = wizard.action_confirm()
        run = self.env["cloud.bill.run"].browse(action["res_id"])
        self.assertEqual(self.amounts(run.bill_ids.charge_ids.rated_line_ids), ["-11.00"])
        self.assertTrue(subscription.is_refund_due)
        self.assertEqual(self.post(run).mapped("move_type"), ["out_refund"])
        subscription.invalidate_recordset()
        self.assertFalse(subscription.is_refund_due)

    def test_by_a_cancellation_from_the_first_day_after_which_nothing_held(self):
        subscription = self.bill_march()
        with self.at():
            subscription._apply_cancel(self.day("2026-03-01"), self.instant("2026-03-25 09:00:00"), reason="Withdrawn")
        self.assertEqual(subscription.state, "cancelled")
        self.assertEqual(self.bill(), (["-31.00"], [("out_refund", "31.0")]))

    def test_and_charged_again_when_it_is_reopened(self):
        subscription = self.bill_march()
        with self.at():
            subscription._apply_notice(self.day("2026-03-21"), self.instant("2026-03-25 09:00:00"))
        self.bill()
        with self.at():
            subscription.action_reopen()
        self.assertEqual(self.bill(), (["11.00"], [("out_invoice", "11.0")]))

    def bill_until_the_eleventh(self):
        """March was billed with an end on the 11th, which was known by then: 31.00 x 10/31."""
        with freeze_time("2026-03-01 09:00:00"):
            line = {"product_id": self.support.id, "name": "Support", "timing": "advance"}
            subscription = self.make_subscription(self.customer, line, date_start="2026-03-01")
            subscription._apply_notice(self.day("2026-03-11"), self.instant("2026-03-01 09:00:00"))
        self.assertEqual(self.bill("2026-03-01"), (["10.00"], [("out_invoice", "10.0")]))
        return subscription

    def test_the_rest_of_a_moved_end_falls_due_on_its_own_first_day(self):
        subscription = self.bill_until_the_eleventh()
        with self.at("2026-03-05 09:00:00"):
            subscription._apply_notice(self.day("2026-03-21"), self.instant("2026-03-05 09:00:00"))
        self.assertFalse(self.make_run("2026-03-10").bill_ids.charge_ids)
        # 31.00 x 10/31, from the 11th to the 20th; and never again.
        self.assertEqual(self.bill("2026-03-11"), (["10.00"], [("out_invoice", "10.0")]))
        self.assertFalse(self.make_run("2026-05-01").bill_ids.charge_ids)

    def test_the_rest_of_a_moved_end_of_a_line_falls_due_on_its_own_first_day(self):
        with freeze_time("2026-03-01 09:00:00"):
            line = {"product_id": self.support.id, "name": "Support", "timing": "advance", "date_end": "2026-03-11"}
            subscription = self.make_subscription(self.customer, line, date_start="2026-03-01")
        self.assertEqual(self.bill("2026-03-01"), (["10.00"], [("out_invoice", "10.0")]))
        with self.at("2026-03-05 09:00:00"):
            subscription.line_ids._apply_end(self.day("2026-03-21"), "credit")
        self.assertFalse(self.make_run("2026-03-10").bill_ids.charge_ids)
        self.assertEqual(self.bill("2026-03-11"), (["10.00"], [("out_invoice", "10.0")]))

    def test_the_rest_after_a_reopening_falls_due_on_its_own_first_day(self):
        subscription = self.bill_until_the_eleventh()
        with self.at("2026-03-05 09:00:00"):
            subscription.action_reopen()
        self.assertFalse(self.make_run("2026-03-10").bill_ids.charge_ids)
        # 31.00 x 21/31, from the 11th to the 31st.
        self.assertEqual(self.bill("2026-03-11"), (["21.00"], [("out_invoice", "21.0")]))

    def test_by_a_pause_and_taken_again_when_it_is_shortened(self):
        subscription = self.bill_march()
        with self.at():
            pause = subscription._apply_pause(self.day("2026-03-11"), self.day("2026-03-21"))
        # Ten days of March; and fifteen days' worth once more: it was resumed on the 16th.
        self.assertEqual(self.bill(), (["-10.00"], [("out_refund", "10.0")]))
        with self.at():
            subscription._apply_resume(self.day("2026-03-16"), pause)
        self.assertEqual(self.bill(), (["5.00"], [("out_invoice", "5.0")]))

    def test_by_a_pause_beside_the_next_fee(self):
        subscription = self.bill_march()
        with self.at():
            subscription._apply_pause(self.day("2026-03-11"), self.day("2026-03-21"))
        # April's 31.00 less 10.00: one invoice.
        self.assertEqual(self.bill("2026-04-01"), (["-10.00", "31.00"], [("out_invoice", "21.0")]))

    def test_by_a_longer_trial(self):
        subscription = self.bill_march(trial_end="2026-03-16")
        with self.at():
            subscription._apply_trial(self.day("2026-03-22"))
        # From the 16th to the 21st.
        self.assertEqual(self.bill(), (["-6.00"], [("out_refund", "6.0")]))

    def test_without_a_word_about_their_fees_is_refused(self):
        subscription = self.bill_march()
        with self.assertRaisesRegex(RedirectWarning, "choose what happens"):
            subscription.date_end = "2026-03-21"
        with self.assertRaisesRegex(RedirectWarning, "Choose what happens with them"):
            self.env["cloud.subscription.pause"].create(
                {"subscription_id": subscription.id, "date_start": "2026-03-11"}
            )

    def test_by_a_cancellation_before_the_month_of_its_usage_was_billed(self):
        subscription = self.make_subscription(self.customer, self.disk, date_start="2026-03-15")
        stream = self.make_stream("disk")
        self.map_stream(stream, subscription.line_ids)
        self.deliver({"stream": stream, "quantity": "5"})
        self.env["cloud.billing.period"]._create_due(self.company, self.day("2026-04-01"))
        with self.at():
            subscription._apply_cancel(self.day("2026-03-15"), self.instant("2026-03-25 09:00:00"))
        self.assertFalse(self.make_run("2026-05-01").bill_ids.charge_ids)
