from datetime import datetime
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .billing_common import BillingCase, D


class TakeoverCase(BillingCase):
    """Acme pays 100.00 a month for support, three times, and 0.10 per GB. Beta goes on with it from 16 February."""

    stays_in_setup = "in a live company two people agree: test_succession_proposal.py"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.acme = cls.make_customer("Acme")
        cls.beta = cls.make_customer("Beta")
        cls.make_version(
            {"product_id": cls.support.id, "unit_price": "100.00"},
            {"product_id": cls.disk.id, "unit_price": "0.10"},
        )
        cls.subscription = cls.make_subscription(
            cls.acme, {"product_id": cls.support.id, "name": "Support", "quantity": 3}, cls.disk
        )
        cls.now = fields.Datetime.now()

    def take_over(self, customer=None, day="2026-02-15", **vals):
        return self.subscription._apply_takeover(
            customer or self.beta, self.day(day), self.now, reason="Merger", **vals
        )

    def billed(self, run, customer):
        lines = run.bill_ids.rated_line_ids.filtered(lambda line: line.customer_id == customer)
        return sorted(self.amounts(lines), key=D)


@tagged("post_install", "-at_install")
class TestAnotherCustomerGoesOn(TakeoverCase):
    def test_each_pays_its_days_of_the_month(self):
        succession = self.take_over()
        successor = succession.successor_id
        self.assertEqual((successor.customer_id, str(successor.date_start)), (self.beta, "2026-02-15"))
        self.assertEqual((str(self.subscription.date_end), self.subscription.end_kind), ("2026-02-15", "succeeded"))
        run = self.make_run("2026-03-01")
        # The table in docs/contracts.md. February has 28 days: 300.00 x 14/28 = 150.00 for each; January 300.00.
        self.assertIn("150.00", self.billed(run, self.acme))
        self.assertIn("300.00", self.billed(run, self.acme))
        self.assertIn("150.00", self.billed(run, self.beta))

    def test_what_was_agreed_of_days_to_come_goes_on_with_its_revisions(self):
        line = self.subscription.line_ids[0]
        for quantity in ("4", "5"):
            line._apply_quantity(self.day("2026-04-01"), D(quantity), "credit")
        successor = self.take_over().successor_id
        self.assertEqual([str(one.quantity) for one in successor.line_ids[0].quantity_ids], ["4", "5"])
        # Of two revisions of a day the last holds: 5 x 100.00.
        self.assertIn("500.00", self.billed(self.make_run("2026-05-01"), self.beta))

    def test_a_month_that_was_billed_in_advance_comes_back_for_the_days_after(self):
        subscription = self.make_subscription(
            self.acme, {"product_id": self.support.id, "name": "Support", "timing": "advance"}, date_start="2026-03-01"
        )
        self.subscription._apply_cancel(self.day("2026-01-01"), self.now)
        self.post(self.make_run("2026-03-01"))
        subscription._apply_takeover(self.beta, self.day("2026-03-11"), self.now)
        run = self.make_run("2026-03-12")
        # 100.00 was billed for March. Acme has had 10 of 31 days, 32.26: 67.74 come back. Beta has 21 days: 67.74.
        self.assertEqual(sum(map(D, self.billed(run, self.acme))), D("-67.74"))
        self.assertEqual(sum(map(D, self.billed(run, self.beta))), D("67.74"))

    def test_the_next_invoices_of_both_are_shown_before(self):
        subscription = self.make_subscription(
            self.acme, {"product_id": self.support.id, "name": "Support", "timing": "advance"}, date_start="2026-03-01"
        )
        self.subscription._apply_cancel(self.day("2026-01-01"), self.now)
        self.post(self.make_run("2026-03-01"))
        wizard = self.env["cloud.subscription.takeover"].create(
            {"subscription_id": subscription.id, "customer_id": self.beta.id, "date_from": "2026-03-11"}
        )
        with patch.object(fields.Datetime, "now", lambda: datetime(2026, 3, 10, 12)):
            wizard.action_preview()
        # As above: 67.74 come back to Acme, and Beta is billed 67.74.
        for text in ("Credit note", "Acme", "-67.74", "Beta", ">67.74"):
            self.assertIn(text, wizard.html)
        self.assertFalse(subscription.successor_id, "nothing of it stays")
        self.set_company_state("setup")
        self.assertEqual(wizard.action_confirm()["res_id"], subscription.successor_id.id)

    def test_usage_from_that_day_on_is_the_new_customers(self):
        line = self.subscription.line_ids[1]
        stream = self.make_stream("disk", source=self.own_source)
        self.map_stream(stream, line)
        self.take_over()
        self.deliver(
            {"stream": stream, "quantity": 1000, "start": "2026-02-10 00:00:00"},
            {"stream": stream, "quantity": 2000, "start": "2026-02-20 00:00:00"},
            source=self.own_source,
            month="2026-02-01",
        )
        run = self.make_run("2026-03-01")
        # 1,000 GB x 0.10 before the day, 2,000 GB x 0.10 from it on.
        self.assertIn("100.00", self.billed(run, self.acme))
        self.assertIn("200.00", self.billed(run, self.beta))

    def test_quantities_agreed_prices_and_the_rest_of_the_term_go_with_it(self):
        self.set_company_state("setup")
        self.subscription.date_end = "2027-01-01"
        line = self.subscription.line_ids[0]
        rate = self.env["cloud.contract.rate"].create(
            {
                "subscription_id": self.subscription.id,
                "line_id": line.id,
                "unit_price": "80",
                "date_start": "2026-01-01",
            }
        )
        rate.action_approve_directly()
        self.env["cloud.subscription.quantity"].create(
            [
                {"line_id": line.id, "date_start": "2026-02-01", "quantity": 5},
                {"line_id": line.id, "date_start": "2026-04-01", "quantity": 7},
            ]
        )
        successor = self.take_over().successor_id
        new_line = successor.line_ids[0]
        self.assertEqual(str(successor.date_end), "2027-01-01")
        self.assertEqual(new_line.quantity, D(5))
        agreed = new_line._get_agreed(self.day("2026-03-01"), self.day("2026-05-01"))[new_line.id]
        self.assertEqual([one.quantity for one in agreed], [D(5), D(7)])
        self.assertEqual((str(successor.rate_ids.unit_price), successor.rate_ids.state), ("80", "approved"))
        self.assertEqual(str(successor.rate_ids.date_start), "2026-02-15")

    def test_the_rest_of_a_term_with_its_notice_and_minimum(self):
        self.env["cloud.subscription.term"].create(
            {
                "subscription_id": self.subscription.id,
                "date_start": "2026-01-01",
                "length_count": 12,
                "minimum_count": 6,
                "notice_count": 3,
                "uplift_percent": "2",
            }
        )
        term = self.take_over().successor_id.term_ids
        self.assertEqual((str(term.date_start), str(term.date_end)), ("2026-02-15", "2027-01-01"))
        self.assertEqual((str(term.minimum_end), str(term.notice_date)), ("2026-07-01", "2026-09-30"))
        self.assertEqual((str(term.uplift_percent), term.renewal_count, term.anchor_day), ("2", 12, 1))

    def test_periods_from_a_start_day_go_on_where_they_were(self):
        subscription = self.make_subscription(
            self.acme, self.support, date_start="2026-01-20", cycle_kind="anniversary"
        )
        successor = subscription._apply_takeover(self.beta, self.day("2026-03-05"), self.now).successor_id
        period = successor._get_next_boundary(fields.Datetime.to_datetime("2026-03-06 12:00:00"))
        self.assertEqual(str(period), "2026-03-20")

    def test_both_contracts_and_both_customers_tell_it(self):
        succession = self.take_over()
        for record in (self.subscription, succession.successor_id, self.acme, self.beta):
            self.assertIn("of Acme goes on as", record.succession_text)
        self.assertIn("of Beta from 02/15/2026", "\n".join(self.subscription.change_ids.mapped("text")))


@tagged("post_install", "-at_install")
class TestWhatIsRefused(TakeoverCase):
    def test_a_customer_who_pays_in_another_currency(self):
        other = self.env["res.currency"].with_context(active_test=False).search([("name", "=", "CHF")])
        other.active = True
        swiss = self.make_customer("Swiss", currency_id=other.id)
        with self.assertRaisesRegex(UserError, "pays in CHF.*Choose a plan in CHF"):
            self.take_over(swiss)
        plan = self.make_plan("Swiss prices", currency=other)
        self.make_version({"product_id": self.support.id, "unit_price": "95.00"}, plan=plan)
        successor = self.take_over(swiss, plan=plan).successor_id
        self.assertEqual(successor.currency_id, other)

    def test_days_outside_and_the_same_customer(self):
        for day in ("2026-01-01", "2025-12-01"):
            with self.assertRaisesRegex(UserError, "choose a day after its start"), self.cr.savepoint():
                self.take_over(day=day)
        with self.assertRaisesRegex(UserError, "has .* already"):
            self.take_over(self.acme)

    def test_twice(self):
        self.take_over()
        with self.assertRaisesRegex(UserError, "choose a day|does not run"):
            self.take_over(day="2026-03-01")


@tagged("post_install", "-at_install")
class TestTakenOverWhilePaused(TakeoverCase):
    def test_the_rest_of_the_pause_goes_on(self):
        self.subscription._apply_pause(self.day("2026-02-11"), self.day("2026-02-22"), reason="Winter")
        self.subscription._apply_pause(self.day("2026-01-05"), self.day("2026-01-10"))
        successor = self.take_over().successor_id
        pauses = [(str(pause.date_start), str(pause.date_end), pause.reason) for pause in successor.pause_ids]
        self.assertEqual(pauses, [("2026-02-15", "2026-02-22", "Winter")])
        run = self.make_run("2026-03-01")
        # 300.00 x 10/28 = 107.14 of 1 to 10 February; 300.00 x 7/28 = 75.00 of 22 to 28 February.
        self.assertIn("107.14", self.billed(run, self.acme))
        self.assertEqual(self.billed(run, self.beta), ["75.00"])

    def test_an_open_one_lasts_until_somebody_resumes_it(self):
        self.subscription._apply_pause(self.day("2026-02-11"))
        successor = self.take_over().successor_id
        self.assertEqual((successor.state, self.billed(self.make_run("2026-04-01"), self.beta)), ("paused", []))
        successor._apply_resume(self.day("2026-03-01"))
        self.assertEqual(self.billed(self.make_run("2026-04-01"), self.beta), ["300.00"])


@tagged("post_install", "-at_install")
class TestTakenBack(TakeoverCase):
    def test_while_nothing_is_billed_everything_is_as_before(self):
        line = self.subscription.line_ids[1]
        stream = self.make_stream("disk", source=self.own_source)
        mapping = self.map_stream(stream, line)
        succession = self.take_over()
        self.assertEqual(str(mapping.date_end), "2026-02-15")
        succession.action_undo()
        self.assertEqual((self.subscription.date_end, self.subscription.end_kind), (False, False))
        self.assertEqual(succession.successor_id.state, "cancelled")
        self.assertEqual(mapping.date_end, False)
        self.assertEqual(self.env["cloud.usage.mapping"].search_count([("stream_id", "=", stream.id)]), 1)
        # Another time is free again.
        self.take_over(day="2026-03-01")

    def test_usage_that_was_to_begin_later_is_back_on_its_line(self):
        line = self.subscription.line_ids[1]
        mapping = self.map_stream(self.make_stream("disk", source=self.own_source), line, date_start="2026-03-01")
        succession = self.take_over()
        self.assertEqual(mapping.subscription_line_id.subscription_id, succession.successor_id)
        succession.action_undo()
        self.assertEqual((mapping.subscription_line_id, str(mapping.date_start)), (line, "2026-03-01"))

    def test_what_was_billed_stays(self):
        succession = self.take_over()
        self.make_run("2026-03-01")
        with self.assertRaisesRegex(UserError, "was charged already"):
            succession.action_undo()


@tagged("post_install", "-at_install")
class TestAnotherPlan(TakeoverCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.premium = cls.make_plan("Premium")
        cls.make_version(
            {"product_id": cls.support.id, "unit_price": "120.00"},
            {"product_id": cls.disk.id, "unit_price": "0.12"},
            plan=cls.premium,
        )

    def test_what_was_not_billed_simply_has_another_plan(self):
        self.assertIsNone(self.subscription._apply_move(self.premium, self.day("2026-01-01"), self.now))
        self.assertEqual(self.subscription.plan_id, self.premium)

    def test_from_a_day_on_a_successor_is_billed_by_it(self):
        wizard = self.env["cloud.subscription.move"].create(
            {
                "subscription_ids": [Command.set(self.subscription.ids)],
                "plan_id": self.premium.id,
                "date_from": "2026-02-15",
            }
        )
        # 3 x 100.00 and 3 x 120.00 a month.
        self.assertEqual(
            [(str(line.amount_old), str(line.amount_new)) for line in wizard.line_ids], [("300.00", "360.00")]
        )
        wizard.action_confirm()
        run = self.make_run("2026-03-01")
        # 300.00 x 14/28 = 150.00 by the plan of before, 360.00 x 14/28 = 180.00 by the new one.
        self.assertIn("150.00", self.billed(run, self.acme))
        self.assertIn("180.00", self.billed(run, self.acme))

    def test_a_plan_without_a_price_moves_nothing(self):
        empty = self.make_plan("Empty")
        wizard = self.env["cloud.subscription.move"].create(
            {
                "subscription_ids": [Command.set(self.subscription.ids)],
                "plan_id": empty.id,
                "date_from": "2026-02-15",
            }
        )
        with self.assertRaisesRegex(UserError, "Empty has no price"):
            wizard.action_confirm()
        self.assertFalse(self.subscription.date_end)
