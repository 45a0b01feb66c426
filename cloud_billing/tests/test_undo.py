from unittest.mock import patch

import psycopg2
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..models.correction.cloud_undo_blocker import UndoBlocker
from .spend_common import SpendCase
from .test_billing_allowances import AllowanceCase
from .test_billing_counters import CounterCase
from .test_billing_runs import RunCase
from .test_contract_instalments import InstalmentCase
from .test_coupons import CouponCase
from .test_customer_orders import OrderCase
from .undo_common import UndoMixin

_POSTING = "odoo.addons.cloud_billing.models.correction"


class MarchCase(UndoMixin, RunCase):
    """March is posted: 100.00 for Acme, 5.00 for Bolt."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.begin_once(MarchCase.begin)

    def begin(self):
        self.deliver_march()
        self.march = self.make_run()
        self.post(self.march)
        self.invoices = {bill.customer_id.name: bill.move_id for bill in self.march.bill_ids}

    def states(self, undo):
        undo.invalidate_recordset()
        return {line.customer_id.name: line.state for line in undo.line_ids}

    def count_notes(self):
        return self.env["account.move"].search_count([("reversed_entry_id", "in", self.march.bill_ids.move_id.ids)])

    def pay(self, invoice):
        wizard = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create({"payment_date": "2026-04-02"})  # fmt: skip
        return wizard._create_payments()


@tagged("post_install", "-at_install")
class TestUndoOfARun(MarchCase):
    def test_it_is_reversed_as_a_set_and_billed_again_with_the_same_amounts(self):
        again = self.assert_same_again(self.march)
        self.assertEqual(len(again.bill_ids), 2)
        # Two invoices, two credit notes, two invoices: who pays owes what he owed.
        for invoice in self.invoices.values():
            self.assertEqual((invoice.payment_state, invoice.amount_residual), ("reversed", 0.0))
        receivable = self.company_data["default_account_receivable"]
        lines = self.env["account.move.line"].search([("account_id", "=", receivable.id)])
        self.assertEqual(sum(lines.mapped("balance")), 105.0)

    def test_the_trail_is_kept(self):
        undo = self.take_back(self.march)
        self.assertEqual(self.states(undo), {"Acme": "reversed", "Bolt": "reversed"})
        note = undo.line_ids.filtered(lambda line: line.customer_id == self.acme).credit_move_id
        invoice = self.invoices["Acme"]
        self.assertEqual(
            (note.move_type, note.state, note.reversed_entry_id, note.ref, str(note.date)),
            ("out_refund", "posted", invoice, f"Reversal of: {invoice.name}, The price was wrong", "2026-04-02"),
        )
        charges = self.by_customer(self.march)["Acme"].charge_ids
        self.assertEqual((set(charges.mapped("state")), charges.voided_by_id), ({"voided"}, note))
        noted = self.env["cloud.intervention"].search([("kind", "=", "reversed"), ("run_id", "=", self.march.id)])
        self.assertEqual(sorted(self.amounts(noted)), ["-100.00", "-5.00"])
        self.assertEqual(set(noted.mapped("reason")), {"The price was wrong"})
        self.assertEqual(noted.request_id, undo.request_id)
        self.assertEqual(self.march.undo_count, 1)

    def test_what_is_billed_again_is_compared_with_the_last_bill_that_stands(self):
        # April: 1,200 GB at 0.10 are 120.00, and 50 are 5.00 again. March stands with 100.00 and 5.00.
        self.deliver_april(acme="1200")
        april = self.make_run("2026-05-01")
        self.post(april)
        self.take_back(april, date="2026-05-02")
        bills = self.by_customer(self.make_run("2026-05-01"))
        march = self.by_customer(self.march)
        for name, previous, difference in (("Acme", "100.00", "20.00"), ("Bolt", "5.00", "0.00")):
            bill = bills[name]
            self.assertEqual(
                (bill.previous_bill_id, str(bill.previous_amount), str(bill.difference_amount)),
                (march[name], previous, difference),
            )

    def test_what_was_taken_back_was_no_first_bill(self):
        self.take_back(self.march)
        bills = self.make_run("2026-04-03").bill_ids
        self.assertFalse(bills.previous_bill_id)
        self.assertEqual({"first_bill"}, {reason["code"] for bill in bills for reason in bill.reasons})

    def test_a_month_that_was_taken_back_is_neither_lost_nor_in_the_bridge(self):
        # Acme had a bill a month ago and has none now, until that one is taken back: then there was none to lose.
        self.deliver_april()
        april = self.make_run("2026-05-01")
        self.by_customer(april)["Acme"].action_exclude("Next time")
        for lost in (1, 0):
            self.assertEqual(sum(counts["lost"] for counts in april._count_customers().values()), lost)
            if lost:
                self.take_back(self.march)

    def test_the_form_is_told_how_far_the_reversal_is(self):
        undo = self.prepare_undo(self.march)
        self.assertFalse(undo.get_progress())
        self.agree_to(undo)
        told = undo.get_progress()
        self.assertEqual(
            (told["label"], told["percent"], told["seconds_left"]), ("0 of 2 invoices reversed", 0.0, None)
        )
        undo._get_waiting()[:1]._reverse_now()
        undo.invalidate_recordset()
        told = undo.get_progress()
        self.assertEqual((told["done"], told["whole"], told["percent"]), (1, 2, 50.0))
        self.assertGreaterEqual(told["seconds_left"], 0)
        undo.action_reverse()
        undo.invalidate_recordset()
        self.assertFalse(undo.get_progress())
        with self.assertRaises(AccessError):
            undo.with_user(self.env.ref("base.public_user")).get_progress()

    def test_nothing_happens_before_somebody_else_agrees(self):
        undo = self.prepare_undo(self.march)
        with self.assertRaisesRegex(UserError, "not approved"):
            undo.action_reverse()
        undo.action_submit()
        self.assertIn("105.00", str(undo.request_id.effect["rows"]))
        self.assertIn("The price was wrong", str(undo.request_id.effect["rows"]))
        with self.assertRaises(UserError):
            self.vote(undo.request_id, self.user_accountant)
        self.assertEqual((undo.state, self.count_notes()), ("pending", 0))
        self.vote(undo.request_id, decision="reject")
        self.assertEqual((undo.state, self.count_notes()), ("rejected", 0))

    def test_what_was_agreed_is_not_another_set(self):
        undo = self.prepare_undo(self.march)
        self.agree_to(undo)
        undo.line_ids[0].sudo().is_planned = False
        with self.assertLogs(_POSTING, "WARNING") as logs:
            undo.action_reverse()
        self.assertIn("not what was approved", logs.output[0])
        self.assertEqual(self.count_notes(), 0)

    def test_what_is_sent_paid_or_exported_goes_on_the_correction_list(self):
        sent, paid = self.invoices["Acme"], self.invoices["Bolt"]
        sent.is_move_sent = True
        self.pay(paid)
        undo = self.prepare_undo(self.march)
        self.assertEqual(self.states(undo), {"Acme": "open", "Bolt": "open"})
        told = {line.move_id: line.why_text for line in undo.line_ids}
        self.assertIn("it was sent", told[sent])
        self.assertIn("A payment", told[paid])
        with self.assertRaisesRegex(UserError, "none of the invoices"):
            undo.action_submit()
        sent.is_move_sent = False
        blocker = UndoBlocker("It is in the export of March.", "Correct it in April.")
        with patch.object(type(undo), "_get_undo_blockers", lambda undo, moves: {sent.id: [blocker]}):
            undo.action_look_again()
        line = undo.line_ids.filtered(lambda line: line.move_id == sent)
        self.assertEqual((line.why_text, line.remedy_text), blocker)
        self.assertEqual(self.states(undo)["Bolt"], "planned")

    def test_a_mail_to_the_customer_counts_as_sent(self):
        invoice = self.invoices["Acme"]
        self.acme.partner_id.email = "acme@example.com"
        invoice.message_post(body="Your invoice", partner_ids=self.acme.partner_id.ids, message_type="comment")
        self.assertEqual(self.states(self.prepare_undo(self.march)), {"Acme": "open", "Bolt": "planned"})

    def test_what_was_sent_after_the_approval_is_left_alone(self):
        undo = self.prepare_undo(self.march)
        self.agree_to(undo)
        self.invoices["Acme"].is_move_sent = True
        undo.action_reverse()
        self.assertEqual(self.states(undo), {"Acme": "open", "Bolt": "reversed"})
        self.assertEqual(self.invoices["Acme"].payment_state, "not_paid")
        self.assertEqual(set(self.by_customer(self.march)["Acme"].charge_ids.mapped("state")), {"billed"})

    def test_the_list_is_dealt_with_by_a_person_with_a_note(self):
        self.invoices["Acme"].is_move_sent = True
        undo = self.take_back(self.march)
        line = undo.line_ids.filtered(lambda line: line.state == "open").with_user(self.user_accountant)
        self.assertEqual(line.action_credit()["res_model"], "cloud.credit")
        self.assertEqual(line.action_free()["context"]["default_cloud_usage_again"], "yes")
        window = line.action_rate_again()
        form = Form(self.env["cloud.rate.again"].with_user(self.user_accountant).with_context(**window["context"]))
        self.assertEqual((form.date_from, form.date_last), (self.day("2026-03-01"), self.day("2026-03-31")))
        self.assertEqual((form.customer_ids[:], form.reason), (self.acme, "The price was wrong"))
        with self.assertRaises(AccessError):
            line.with_user(self.user_viewer).action_rate_again()
        self.assertEqual(line.action_done()["res_model"], "cloud.undo.note")
        line.action_done("Credited by hand")
        self.assertEqual((line.state, line.note, line.done_by_id), ("done", "Credited by hand", self.user_accountant))
        with self.assertRaisesRegex(UserError, "not on the correction list"):
            line.action_done("Again")

    def test_a_large_one_goes_on_in_batches_and_each_invoice_once(self):
        undo = self.prepare_undo(self.march)
        self.agree_to(undo)
        with (
            patch(f"{_POSTING}.cloud_undo_line_posting.BATCH", 1),
            patch(f"{_POSTING}.cloud_undo_posting.BATCH", 1),
        ):
            undo.action_reverse()
            self.assertEqual(self.count_notes(), 0, "it is left to the schedule")
            with self.enter_registry_test_mode():
                self.env.ref("cloud_billing.cron_reverse_undone").sudo().method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual((self.states(undo), self.count_notes()), ({"Acme": "reversed", "Bolt": "reversed"}, 2))
        undo.action_reverse()
        self.assertEqual(self.count_notes(), 2)

    def test_a_claimed_line_is_not_claimed_by_another_worker_and_a_dead_one_is_given_up(self):
        undo = self.prepare_undo(self.march)
        self.agree_to(undo)
        Line = self.env["cloud.undo.line"]
        claimed = Line._claim(undo)
        self.assertEqual((len(claimed), len(Line._claim(undo))), (2, 0))
        self.assertFalse(claimed._keep_claimed("another token"))
        self.cr.execute("UPDATE cloud_undo_line SET claim_until = NULL, attempts = 3 WHERE id = %s", [claimed[0].id])
        with self.assertLogs(_POSTING, "WARNING"):
            self.assertFalse(Line._claim(undo))
        self.assertEqual(claimed[0].state, "open")
        self.assertIn("3 times", claimed[0].why_text)

    def test_one_that_fails_leaves_the_rest(self):
        undo = self.prepare_undo(self.march)
        self.agree_to(undo)
        Line = type(self.env["cloud.undo.line"])
        original, acme = Line._prepare_reversal_vals, self.acme

        def prepare(line):
            if line.customer_id == acme:
                raise UserError(self.env._("The journal is gone."))
            return original(line)

        with patch.object(Line, "_prepare_reversal_vals", prepare), self.assertLogs(_POSTING, "WARNING"):
            undo.action_reverse()
        self.assertEqual(self.states(undo), {"Acme": "open", "Bolt": "reversed"})

    def test_a_bill_of_nothing_is_freed_without_a_credit_note(self):
        self.take_back(self.march)
        self.deliver({"stream": self.acme_stream, "quantity": "1000"})
        second = self.make_run("2026-04-03")
        self.post(second)
        nothing = self.by_customer(second)["Bolt"]
        self.assertEqual(nothing.state, "zero")
        undo = self.take_back(second, date="2026-04-04")
        self.assertEqual(set(undo.line_ids.mapped("state")), {"reversed"})
        self.assertEqual(set(nothing.charge_ids.mapped("state")), {"voided"})

    def test_a_single_invoice(self):
        action = self.invoices["Bolt"].with_user(self.user_accountant).action_cloud_undo()
        undo = self.env["cloud.undo"].browse(action["res_id"]).with_user(self.user_accountant)
        self.assertEqual(undo.name, f"Undo of {self.invoices['Bolt'].name}")
        undo.write({"reason": "Wrong customer", "date": "2026-04-02"})
        self.agree_to(undo)
        undo.action_reverse()
        self.assertEqual(self.amounts(self.make_run("2026-04-03").bill_ids), ["5.00"])

    def test_one_invoice_is_not_in_two_undos(self):
        undo = self.prepare_undo(self.march)
        undo.action_submit()
        action = self.invoices["Bolt"].with_user(self.user_accountant).action_cloud_undo()
        other = self.env["cloud.undo"].browse(action["res_id"])
        self.assertIn("a part of Undo of", other.line_ids.why_text)
        self.vote(undo.request_id)
        undo.with_user(self.user_accountant).action_reverse()
        self.env.flush_all()
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.errors.UniqueViolation), self.cr.savepoint():
            self.cr.execute("UPDATE cloud_undo_line SET state = 'reversed' WHERE undo_id = %s", [other.id])

    def test_what_was_corrected_since_is_taken_back_last_invoice_first(self):
        self.deliver_march(acme="1200")
        second = self.make_run("2026-04-02")
        self.post(second)
        undo = self.prepare_undo(self.march)
        self.assertEqual(self.states(undo), {"Acme": "open", "Bolt": "planned"})
        self.assertIn(second.bill_ids.move_id.name, undo.line_ids.filtered("why_text").why_text)
        self.take_back(second)
        undo.action_look_again()
        self.assertEqual(self.states(undo), {"Acme": "planned", "Bolt": "planned"})

    def test_closed_books_and_dates_before_the_invoices_are_refused(self):
        undo = self.prepare_undo(self.march, date="2026-03-31")
        with self.assertRaisesRegex(UserError, "cannot be earlier"):
            undo.action_submit()
        self.company.sudo().fiscalyear_lock_date = "2026-04-30"
        undo.date = "2026-04-02"
        with self.assertRaisesRegex(UserError, "books are closed"):
            undo.action_submit()

    def test_an_accountant_edits_it_on_its_form_and_others_only_read(self):
        undo = self.prepare_undo(self.march)
        with Form(undo) as form:
            form.reason = "Another reason"
        self.assertEqual(undo.reason, "Another reason")
        with self.assertRaises(AccessError):
            undo.with_user(self.user_viewer).action_look_again()
        with self.assertRaises(AccessError):
            undo.line_ids.with_user(self.user_accountant).write({"state": "reversed"})
        with self.assertRaises(AccessError):
            self.march.with_user(self.user_viewer).action_undo()
        undo.unlink()
        self.assertFalse(self.env["cloud.undo.line"].search([("bill_id", "in", self.march.bill_ids.ids)]))

    def test_a_draft_run_disappears_without_a_trace(self):
        self.deliver_april()
        run = self.make_run("2026-05-01")
        charges = self.env["cloud.charge"].search([("run_id", "=", run.id)])
        periods, lines = charges.period_id, charges.rated_line_ids
        self.assertTrue(charges and periods and lines)
        run.with_user(self.user_accountant).action_cancel()
        self.env.invalidate_all()
        self.assertFalse(charges.exists() or lines.exists() or run.bill_ids)
        self.assertEqual(set(periods.mapped("state")), {"due"})
        self.assertEqual(len(self.make_run("2026-05-01").bill_ids), 2)

    def test_statements_do_not_grow_with_the_invoices(self):
        def count(bills):
            undo = self.env["cloud.undo"]
            lines = (
                self.env["cloud.undo.line"]
                .sudo()
                .create(
                    [
                        {"undo_id": holder.id, "bill_id": bill.id, "amount": "1", "currency_id": bill.currency_id.id}
                        for holder in undo.create({"name": "Count", "company_id": self.company.id, "reason": "Count"})
                        for bill in bills
                    ]
                )
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            undo._get_blockers(lines)
            return self.cr.sql_log_count - before

        more = [self.make_customer(f"More {number}") for number in range(9)]
        for customer in more:
            line = self.make_subscription(customer, self.disk, date_start="2026-04-01").line_ids
            stream = self.make_stream(customer.name)
            self.map_stream(stream, line)
            self.deliver({"stream": stream, "quantity": "10"}, month="2026-04-01", account=customer.name)
        april = self.make_run("2026-05-01")
        self.post(april)
        bills = april.bill_ids.filtered("move_id")
        self.assertGreater(len(bills), 8)
        count(bills)
        self.assertEqual(count(bills), count(bills[0]))


@tagged("post_install", "-at_install")
class TestWhatComesBack(UndoMixin, CounterCase):
    def test_counters(self):
        self.make_ladder()
        self.subscribe()
        self.use("2026-01-01", "600")
        self.post(self.make_run("2026-02-01"))
        self.use("2026-02-01", "600")
        # February: 400 x 1.00 + 200 x 0.50, for 600 were counted in January.
        run = self.make_run("2026-03-01")
        self.post(run)
        self.assertEqual(self.amounts(run.bill_ids), ["500.00"])
        self.assert_same_again(run, "2026-03-01")


@tagged("post_install", "-at_install")
class TestIncludedComesBack(UndoMixin, AllowanceCase):
    def test_included_quantities(self):
        self.include({"quantity": "100"})
        self.subscribe(date_start="2026-03-01")
        self.use("2026-03-01", "130")
        self.post(run := self.make_run())
        self.assertEqual(self.amounts(run.bill_ids), ["30.00"])
        self.assertTrue(self.books(run)[0][-2])
        self.assert_same_again(run)


@tagged("post_install", "-at_install")
class TestCouponsComeBack(UndoMixin, CouponCase):
    def test_what_is_left_of_a_coupon(self):
        redemption = self.redeem(self.make_coupon(percent="20", customer_limit="20.00"))
        self.make_fee("50.00")
        self.post(run := self.make_run())
        self.assertEqual(self.used(redemption), ("10.00", "10.00"))
        self.take_back(run)
        self.assertEqual(self.used(redemption), ("0", "20.00"))
        self.post(again := self.make_run())
        self.assertEqual((self.books(again), self.used(redemption)), (self.books(run), ("10.00", "10.00")))


@tagged("post_install", "-at_install")
class TestMinimumsComeBack(UndoMixin, SpendCase):
    def test_a_minimum(self):
        self.make_fee(self.customer, "320", date_start="2026-03-01")
        self.make_minimum("500.00")
        self.post(run := self.make_run())
        again = self.assert_same_again(run)
        self.assertEqual(self.true_ups(again), [("Acme", "180.00", "2026-03-01")])

    def test_a_minimum_does_not_take_a_price_credit_back(self):
        self.make_fee(self.customer, "320", date_start="2026-03-01")
        self.make_minimum("500.00")
        self.post(run := self.make_run())
        line = run.bill_ids.rated_line_ids.filtered(lambda line: line.charge_id.kind == "recurring")
        credit = self.env["cloud.price.credit"]._make({line: line.amount}, self.day("2026-04-02"), "Outage")
        self.post(credit)
        self.assertFalse(self.make_run("2026-04-03").bill_ids)


@tagged("post_install", "-at_install")
class TestInstalmentsComeBack(UndoMixin, InstalmentCase):
    def test_parts_of_a_sum(self):
        self.plan_and_activate(count=12, first_date="2026-01-15")
        self.post(run := self.make_run("2026-02-15"))
        self.assert_same_again(run, "2026-02-15")
        self.assertIn("Billed 2 of 12, 200.00 of 1,200.00 USD", self.line.instalment_text)


@tagged("post_install", "-at_install")
class TestBudgetsComeBack(UndoMixin, OrderCase):
    def test_the_budget_of_an_order(self):
        order = self.make_order(amount="25")
        self.subscription.order_id = order
        self.post(run := self.make_run("2026-02-01"))
        self.take_back(run, date="2026-02-02")
        order.invalidate_recordset()
        self.assertEqual(str(order.remaining_amount), "25.00")
        self.post(again := self.make_run("2026-02-01"))
        order.invalidate_recordset()
        self.assertEqual((str(order.remaining_amount), self.books(again)), ("15.00", self.books(run)))

    def test_a_price_credit_gives_the_budget_back_once(self):
        order = self.make_order(amount="25")
        self.subscription.order_id = order
        self.post(run := self.make_run("2026-02-01"))
        lines = run.bill_ids.rated_line_ids
        self.post(self.env["cloud.price.credit"]._make({lines: lines.amount}, self.day("2026-02-02"), "Outage"))
        order.invalidate_recordset()
        self.assertEqual(str(order.remaining_amount), "25.00")
