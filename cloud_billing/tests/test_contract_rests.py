"""Pauses and trials as they are billed. The numbers are those of docs/contracts.md, section Lifecycle and Trials."""

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .billing_common import BillingCase


@tagged("post_install", "-at_install")
class TestFeesRest(BillingCase):
    """A fee of 31.00 a month, so a day of March is 1.00; disk at 2.00 per GB; set-up 50.00 once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_version(
            {"product_id": cls.support.id, "unit_price": "31"},
            {"product_id": cls.disk.id, "unit_price": "2"},
            {"product_id": cls.set_up.id, "unit_price": "50"},
        )
        cls.customer = cls.make_customer("Acme")

    def subscribe(self, *more, **vals):
        line = {"product_id": self.support.id, "name": "Support", **vals.pop("line", {})}
        return self.make_subscription(self.customer, line, *more, date_start="2026-03-01", **vals)

    def tell(self, run):
        lines = run.bill_ids.charge_ids.rated_line_ids.sorted(lambda line: (line.service_start, line.id))
        return [(str(line.service_start), str(line.service_end), str(line.amount)) for line in lines]

    def pause(self, subscription, start, end=None):
        return subscription._apply_pause(self.day(start), self.day(end) if end else None)

    def test_on_the_days_of_a_pause(self):
        subscription = self.subscribe()
        self.pause(subscription, "2026-03-11", "2026-03-21")
        # 10 days, then 11: 31.00 x 10/31 and 31.00 x 11/31.
        self.assertEqual(
            self.tell(self.make_run()),
            [("2026-03-01", "2026-03-11", "10.00"), ("2026-03-21", "2026-04-01", "11.00")],
        )

    def test_for_a_whole_period_which_is_then_done(self):
        subscription = self.subscribe()
        self.pause(subscription, "2026-03-01", "2026-05-01")
        run = self.make_run("2026-06-01")
        self.assertEqual(self.tell(run), [("2026-05-01", "2026-06-01", "31.00")])
        periods = self.env["cloud.billing.period"].search([("subscription_id", "=", subscription.id)])
        self.assertEqual(len(periods), 3)

    def test_in_advance_too(self):
        subscription = self.subscribe(line={"timing": "advance"})
        self.pause(subscription, "2026-03-11", "2026-03-21")
        self.assertEqual(
            self.tell(self.make_run("2026-03-01")),
            [("2026-03-01", "2026-03-11", "10.00"), ("2026-03-21", "2026-04-01", "11.00")],
        )

    def test_while_an_open_pause_lasts_and_the_days_after_it_are_charged(self):
        subscription = self.subscribe()
        pause = self.pause(subscription, "2026-03-11")
        self.assertEqual(self.tell(self.make_run()), [("2026-03-01", "2026-03-11", "10.00")])
        subscription._apply_resume(self.day("2026-04-16"), pause)
        # 31.00 x 15/30 of April.
        self.assertEqual(self.tell(self.make_run("2026-05-01")), [("2026-04-16", "2026-05-01", "15.50")])

    def test_but_what_is_used_and_what_is_charged_once_is_billed(self):
        subscription = self.subscribe(self.disk, self.set_up)
        self.pause(subscription, "2026-03-01")
        stream = self.make_stream("disk")
        self.map_stream(stream, subscription.line_ids[1])
        self.deliver({"stream": stream, "quantity": "5"})
        # 5 x 2.00, and 50.00 for the set-up.
        self.assertEqual(sorted(amount for _start, _end, amount in self.tell(self.make_run())), ["10.00", "50.00"])

    def test_in_a_trial(self):
        with freeze_time("2026-03-01 09:00:00"):
            self.subscribe(self.set_up, trial_end="2026-03-16")
        run = self.make_run()
        # 31.00 x 16/31, and the set-up on its day.
        self.assertEqual(self.tell(run), [("2026-03-01", "2026-03-02", "50.00"), ("2026-03-16", "2026-04-01", "16.00")])

    def test_in_a_trial_that_nobody_took_up_nothing_was_charged(self):
        with freeze_time("2026-03-01 09:00:00"):
            self.subscribe(trial_end="2026-03-16", trial_outcome="end")
        self.assertEqual(self.tell(self.make_run()), [])

    def test_in_a_trial_and_so_does_usage_where_it_was_agreed(self):
        with freeze_time("2026-03-01 09:00:00"):
            subscription = self.subscribe(self.disk, trial_end="2026-03-16", trial_usage="free")
        stream = self.make_stream("disk", source=self.own_source)
        self.map_stream(stream, subscription.line_ids[1])
        self.deliver(
            {"stream": stream, "quantity": "5", "start": "2026-03-10 12:00:00"},
            {"stream": stream, "quantity": "7", "start": "2026-03-20 12:00:00"},
            source=self.own_source,
        )
        lines = self.make_run().bill_ids.charge_ids.filtered(lambda charge: charge.kind == "metered").rated_line_ids
        # 5 x 2.00 less all of it; 7 x 2.00.
        self.assertEqual(
            [(str(line.quantity), str(line.amount)) for line in lines.sorted("service_start")],
            [("5", "0.00"), ("7", "14.00")],
        )
        with self.assertRaisesRegex(UserError, "usage is free until 2026-03-16 by a price of the contract"):
            subscription._apply_trial(self.day("2026-03-22"))

    def test_in_a_trial_that_was_prolonged(self):
        with freeze_time("2026-03-01 09:00:00"):
            subscription = self.subscribe(trial_end="2026-03-16")
            subscription._apply_trial(self.day("2026-03-22"))
        # 31.00 x 10/31.
        self.assertEqual(self.tell(self.make_run()), [("2026-03-22", "2026-04-01", "10.00")])
        self.assertEqual(
            subscription.change_ids.sorted("number")[-1].text, "On trial, fees are charged from 03/22/2026 on"
        )
