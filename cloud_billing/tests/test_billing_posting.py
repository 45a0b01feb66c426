from unittest.mock import patch

import psycopg2
from odoo.exceptions import RedirectWarning, UserError
from odoo.tests import tagged
from odoo.tools import html2plaintext, mute_logger

from .billing_common import D
from .test_billing_runs import RunCase


@tagged("post_install", "-at_install")
class TestPosting(RunCase):
    def test_a_bill_becomes_a_posted_invoice_that_ties_and_is_linked_both_ways(self):
        self.deliver_march()
        run = self.make_run()
        moves = self.post(run)
        self.assertEqual(run.state, "posted")
        bill = self.by_customer(run)["Acme"]
        move = bill.move_id
        self.assertEqual((move.state, move.move_type, move.amount_untaxed), ("posted", "out_invoice", 100.0))
        self.assertEqual(
            (move.cloud_bill_id, move.invoice_origin, str(move.invoice_date)), (bill, run.name, "2026-04-01")
        )
        line = move.invoice_line_ids
        self.assertEqual((line.quantity, line.price_unit, line.price_subtotal), (1, 100.0, 100.0))
        self.assertEqual(line.cloud_rated_line_ids, bill.rated_line_ids)
        self.assertEqual(bill.rated_line_ids.move_line_id, line)
        self.assertEqual((str(line.cloud_service_start), str(line.cloud_service_end)), ("2026-03-01", "2026-04-01"))
        self.assertEqual(
            (str(line.cloud_quantity), line.cloud_unit, str(line.cloud_unit_price)), ("1000", "GB", "0.10")
        )
        self.assertEqual(line.account_id, self.company_data["default_account_revenue"])
        self.assertEqual(set(bill.charge_ids.mapped("state")), {"billed"})
        self.assertEqual(set(bill.charge_ids.period_id.mapped("state")), {"billed"})
        self.assertEqual(len(moves), 2)

    def test_the_line_prints_quantity_unit_price_and_period(self):
        self.deliver_march(acme="1234567.5")
        name = (
            self.post(self.make_run())
            .filtered(lambda move: move.partner_id == self.acme.partner_id)
            .invoice_line_ids.name
        )
        self.assertEqual(
            name.splitlines(),
            ["Disk", f"1,234,567.5 GB × 0.10 {self.currency.name}", "03/01/2026 to 03/31/2026"],
        )

    def test_the_text_follows_the_customers_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.acme.partner_id.lang = "fr_FR"
        self.deliver_march(acme="1234567.5")
        name = (
            self.post(self.make_run())
            .filtered(lambda move: move.partner_id == self.acme.partner_id)
            .invoice_line_ids.name
        )
        self.assertIn("567,5", name)
        self.assertIn("31/03/2026", name)

    def test_a_negative_total_becomes_a_credit_note(self):
        self.deliver_march(acme="-200", bolt="1")
        move = self.post(self.make_run()).filtered(lambda move: move.partner_id == self.acme.partner_id)
        self.assertEqual(
            (move.move_type, move.amount_total, move.invoice_line_ids.price_unit), ("out_refund", 20.0, 20.0)
        )

    def test_no_usage_posts_nothing_and_is_billed(self):
        self.deliver({"stream": self.acme_stream, "quantity": "10"})
        run = self.make_run()
        self.post(run)
        bolt = self.by_customer(run)["Bolt"]
        self.assertEqual(
            (bolt.state, bolt.move_id.id, set(bolt.charge_ids.mapped("state"))), ("zero", False, {"billed"})
        )

    def test_a_customer_who_wants_it_gets_an_invoice_of_zero(self):
        self.bolt.is_zero_invoiced = True
        self.deliver({"stream": self.acme_stream, "quantity": "10"}, {"stream": self.bolt_stream, "quantity": "0"})
        run = self.make_run()
        self.post(run)
        bolt = self.by_customer(run)["Bolt"]
        self.assertEqual((bolt.state, bolt.move_id.amount_total), ("posted", 0.0))

    def test_the_dates_of_the_run_are_those_of_the_invoice(self):
        self.deliver_march()
        moves = self.post(self.make_run(invoice_date="2026-04-02", accounting_date="2026-03-31", due_date="2026-05-15"))
        self.assertTrue(moves)
        for move in moves:
            self.assertEqual(
                (str(move.invoice_date), str(move.date), str(move.invoice_date_due)),
                ("2026-04-02", "2026-03-31", "2026-05-15"),
            )

    def test_payment_terms_order_number_and_analytics_are_the_agreements(self):
        term = self.env["account.payment.term"].create(
            {"name": "10 days", "line_ids": [(0, 0, {"value": "percent", "value_amount": 100, "nb_days": 10})]}
        )
        plan = self.env["account.analytic.plan"].create({"name": "Projects"})
        account = self.env["account.analytic.account"].create({"name": "Cloud", "plan_id": plan.id})
        self.acme.payment_term_id = term
        self.acme_line.subscription_id.order_reference = "PO-77"
        self.acme_line.analytic_distribution = {str(account.id): 100}
        self.deliver_march()
        move = self.post(self.make_run()).filtered(lambda move: move.partner_id == self.acme.partner_id)
        self.assertEqual((move.ref, str(move.invoice_date_due)), ("PO-77", "2026-04-11"))
        self.assertEqual(move.invoice_line_ids.analytic_distribution, {str(account.id): 100})
        self.assertEqual(move.invoice_line_ids.analytic_line_ids.amount, 100.0)

    def test_a_lock_date_that_came_up_since_approval_is_said_before_posting(self):
        self.deliver_march()
        run = self.make_run()
        self.approve(run)
        self.company.sudo().fiscalyear_lock_date = "2026-04-30"
        with self.assertRaisesRegex(UserError, "accounting date after"):
            run.action_post()

    def test_one_bad_bill_is_parked_and_the_rest_are_posted(self):
        self.deliver_march()
        run = self.make_run()
        self.approve(run)
        # An archived account, after the approval: Odoo refuses to post it.
        account = self.company_data["default_account_revenue"].copy({"code": "499999"})
        other = self.make_product("Odd", "recurring", property_account_income_id=account.id)
        bad = self.by_customer(run)["Bolt"]
        original = type(bad)._prepare_move_line_vals

        def prepare(bill, *arguments):
            values = original(bill, *arguments)
            return {**values, "price_unit": 1.0} if bill.customer_id == self.bolt else values

        with (
            patch.object(type(bad), "_prepare_move_line_vals", prepare),
            self.assertLogs("odoo.addons.cloud_billing", "WARNING"),
        ):
            run.action_post()
        self.assertTrue(other)
        bills = self.by_customer(run)
        self.assertEqual((bills["Acme"].state, bills["Bolt"].state, run.state), ("posted", "parked", "posted"))
        self.assertIn("instead of 5.00", bills["Bolt"].reason_text)
        run.action_retry_parked()
        self.assertEqual((bills["Bolt"].state, bills["Bolt"].move_id.amount_untaxed), ("posted", 5.0))

    def test_a_parked_bill_that_is_excluded_is_billed_by_the_next_run(self):
        self.deliver_march()
        run = self.make_run()
        self.approve(run)
        bad = self.by_customer(run)["Bolt"]
        with (
            patch.object(type(bad), "_check_tie_out", side_effect=UserError("No")),
            self.assertLogs("odoo.addons.cloud_billing", "WARNING"),
        ):
            run.action_post()
        bad.action_exclude("Contract is wrong")
        self.assertEqual(bad.state, "excluded")
        second = self.make_run()
        self.assertEqual(self.amounts(second.bill_ids), ["5.00"])

    def test_the_scheduled_action_posts_what_was_told_to_be_posted(self):
        self.deliver_march()
        run = self.make_run()
        self.approve(run)
        with patch("odoo.addons.cloud_billing.models.billing.run.cloud_bill_run_posting.BATCH", 0):
            run.action_post()
        self.assertEqual(run.state, "posting")
        with self.enter_registry_test_mode():
            self.env.ref("cloud_billing.cron_post_runs").sudo().method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual((run.state, len(run.bill_ids.move_id)), ("posted", 2))

    def test_every_scheduled_action_that_posts_is_woken_up(self):
        posters = self.env.ref("cloud_billing.cron_post_runs") | self.env.ref("cloud_billing.cron_post_runs_too")
        triggers = self.env["ir.cron.trigger"].sudo()
        before = triggers.search([("cron_id", "in", posters.ids)])
        self.deliver_march()
        run = self.make_run()
        self.approve(run)
        with patch("odoo.addons.cloud_billing.models.billing.run.cloud_bill_run_posting.BATCH", 0):
            run.action_post()
        self.assertEqual((triggers.search([("cron_id", "in", posters.ids)]) - before).cron_id, posters)

    def test_what_the_invoices_of_a_batch_are_made_of_is_read_once(self):
        self.deliver_march()
        run = self.make_run()
        self.approve(run)
        self.env.invalidate_all()
        first, second = run.bill_ids
        first._prepare_move_vals()
        # Statements and journals came with those of the first.
        with self.assertQueryCount(0):
            second._get_journal()
            self.assertTrue(second._get_invoice_groups()[0].statement)

    def test_the_chatter_tells_once_that_a_bill_was_posted(self):
        self.deliver_march()
        run = self.make_run()
        self.post(run)
        self.env.flush_all()
        self.env.cr.precommit.run()
        bill = self.by_customer(run)["Acme"]
        self.assertIn(f"Posted: {bill.move_id.name}", html2plaintext(bill.message_ids[0].body))
        self.assertFalse(bill.message_ids.tracking_value_ids.filtered(lambda one: one.field_id.name == "run_state"))
        created = [html2plaintext(message.body).strip() for message in bill.move_id.message_ids]
        self.assertEqual(created, ["Invoice Created"])
        self.assertFalse(bill.move_id.message_follower_ids)

    def test_posting_again_posts_nothing(self):
        self.deliver_march()
        run = self.make_run()
        self.post(run)
        count = self.env["account.move"].search_count([("company_id", "=", self.company.id)])
        with self.assertRaises(UserError):
            run.action_post()
        run.bill_ids._post_now()
        self.assertEqual(self.env["account.move"].search_count([("company_id", "=", self.company.id)]), count)


@tagged("post_install", "-at_install")
class TestCorrections(RunCase):
    def test_a_restated_month_bills_the_difference_in_the_next_run(self):
        self.deliver_march(acme="1000", bolt="50")
        self.post(self.make_run())
        # Restated: Acme used 1,200 instead of 1,000; Bolt as before.
        self.deliver_march(acme="1200", bolt="50")
        run = self.make_run("2026-04-02")
        bill = run.bill_ids
        self.assertEqual((bill.customer_id, self.amounts(bill)), (self.acme, ["20.00"]))
        line = bill.rated_line_ids
        self.assertEqual((str(line.quantity), str(line.service_start)), ("200", "2026-03-01"))
        self.assertTrue(line.corrects_id)
        self.assertEqual(line.workings["steps"][0]["amount_billed"], "100.00")
        move = self.post(run)
        self.assertIn("Correction: 1,000 GB were billed, 1,200 GB are right", move.invoice_line_ids.name)
        self.assertFalse(self.make_run("2026-04-03").bill_ids)

    def test_a_correction_downward_is_a_credit_note_and_the_next_difference_counts_it(self):
        self.deliver_march(acme="1000")
        self.post(self.make_run())
        self.deliver_march(acme="700")
        move = self.post(self.make_run("2026-04-02"))
        self.assertEqual((move.move_type, move.amount_untaxed), ("out_refund", 30.0))
        self.deliver_march(acme="750")
        # Now 75.00; billed 100.00 - 30.00 = 70.00: 5.00 more.
        self.assertEqual(self.amounts(self.make_run("2026-04-03").bill_ids), ["5.00"])

    def test_late_usage_after_no_usage_is_a_correction_of_it(self):
        self.deliver({"stream": self.bolt_stream, "quantity": "1"})
        self.post(self.make_run())
        self.deliver({"stream": self.bolt_stream, "quantity": "1"}, {"stream": self.acme_stream, "quantity": "30"})
        bill = self.make_run("2026-04-02").bill_ids
        self.assertEqual((bill.customer_id, self.amounts(bill)), (self.acme, ["3.00"]))

    def test_usage_that_moves_to_another_customer_is_taken_back_and_billed_there(self):
        self.deliver_march(acme="1000", bolt="50")
        self.post(self.make_run())
        mapping = self.env["cloud.usage.mapping"].search([("stream_id", "=", self.acme_stream.id)])
        mapping.sudo().write({"subscription_line_id": self.bolt_line.id})
        bills = {bill.customer_id.name: str(bill.amount) for bill in self.make_run("2026-04-02").bill_ids}
        self.assertEqual(bills, {"Acme": "-100.00", "Bolt": "100.00"})

    def test_a_correction_waits_in_one_open_run_only(self):
        self.deliver_march(acme="1000")
        self.post(self.make_run())
        self.deliver_march(acme="1200")
        first = self.make_run("2026-04-02")
        self.assertFalse(self.make_run("2026-04-02").bill_ids)
        first.action_cancel()
        self.assertEqual(self.amounts(self.make_run("2026-04-02").bill_ids), ["20.00"])

    def test_a_ladder_walks_back_through_its_tiers(self):
        plan = self.make_plan("Ladder")
        self.make_version(
            {
                "charge_model": "graduated",
                "tier_ids": [(0, 0, {"up_to": "100", "unit_price": "1"}), (0, 0, {"unit_price": "0.50"})],
            },
            plan=plan,
        )
        line = self.make_subscription(
            self.make_customer("Cato"), self.disk, plan=plan, date_start="2026-03-01"
        ).line_ids
        stream = self.make_stream("cato")
        self.map_stream(stream, line)
        self.deliver({"stream": stream, "quantity": "150"})
        self.post(self.make_run())
        self.deliver({"stream": stream, "quantity": "90"})
        # 150: 100 x 1 + 50 x 0.50 = 125.00; 90: 90.00; difference -35.00
        bill = self.make_run("2026-04-02").bill_ids.filtered(lambda bill: bill.customer_id.name == "Cato")
        self.assertEqual(self.amounts(bill), ["-35.00"])

    def test_the_margin_of_a_correction_is_a_difference_too(self):
        self.deliver({"stream": self.acme_stream, "quantity": "10", "cost": "0.40"})
        self.acme_stream.sudo().currency = self.currency.name
        run = self.make_run()
        self.assertTrue(D("0.40"))
        self.post(run)
        self.deliver({"stream": self.acme_stream, "quantity": "20", "cost": "0.90"})
        line = self.make_run("2026-04-02").bill_ids.rated_line_ids
        self.assertEqual((str(line.amount), str(line.cost_amount)), ("1.00", "0.50"))


@tagged("post_install", "-at_install")
class TestOdoosOwnButtons(RunCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.begin_once(TestOdoosOwnButtons.begin)

    def begin(self):
        self.deliver_march()
        self.run_of_march = self.make_run()
        self.post(self.run_of_march)
        self.bill = self.by_customer(self.run_of_march)["Acme"]
        self.invoice = self.bill.move_id

    def credit(self, again, move=None):
        move = move or self.invoice
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"journal_id": move.journal_id.id, "date": "2026-04-05", "cloud_usage_again": again})
        )
        wizard.reverse_moves()
        return wizard.new_move_ids

    def test_reset_to_draft_says_why_not_and_points_to_correct(self):
        with self.assertRaises(RedirectWarning) as warning:
            self.invoice.button_draft()
        self.assertIn("corrects itself in the next run", str(warning.exception))
        with self.assertRaises(RedirectWarning):
            self.invoice.sudo().write({"state": "draft"})
        self.assertEqual(self.invoice.state, "posted")

    def test_a_hook_lets_a_rejected_invoice_back(self):
        with patch.object(type(self.invoice), "_get_draft_blockers", return_value=[]):
            self.invoice.button_draft()
        self.assertEqual(self.invoice.state, "draft")

    def test_delete_and_resequence_are_refused(self):
        with self.assertRaises(RedirectWarning):
            self.invoice.unlink()
        wizard = (
            self.env["account.resequence.wizard"]
            .with_context(active_model="account.move", active_ids=self.invoice.ids)
            .create({"first_name": "INV/2026/90001"})
        )
        with self.assertRaises(RedirectWarning):
            wizard.resequence()

    def test_a_duplicate_copies_no_link(self):
        copy = self.invoice.copy()
        self.assertFalse(copy.cloud_bill_id)
        self.assertFalse(copy.invoice_line_ids.cloud_rated_line_ids)

    def test_a_credit_note_for_the_money_is_one_of_rated_lines(self):
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=self.invoice.ids)
            .create({"journal_id": self.invoice.journal_id.id, "cloud_usage_again": "no"})
        )
        action = wizard.reverse_moves()
        self.assertEqual((action["res_model"], wizard.new_move_ids.ids), ("cloud.credit", []))
        self.assertEqual(self.env["cloud.credit"].browse(action["res_id"]).move_id, self.invoice)

    def test_money_of_several_invoices_is_given_back_one_by_one(self):
        invoices = self.run_of_march.bill_ids.move_id
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoices.ids)
            .create({"journal_id": self.invoice.journal_id.id, "cloud_usage_again": "no"})
        )
        with self.assertRaisesRegex(UserError, "one invoice at a time"):
            wizard.reverse_moves()

    def test_what_was_credited_by_hand_is_not_credited_a_second_time(self):
        # Past every button of ours, as another add-on may do it.
        note = self.invoice._reverse_moves()
        with self.assertRaisesRegex(UserError, "Cancel or delete that first"):
            self.credit("yes")
        note.unlink()
        self.credit("yes").action_post()

    def test_a_credit_note_that_frees_lets_the_next_run_bill_the_same_again(self):
        note = self.credit("yes")
        self.assertEqual(set(self.bill.charge_ids.mapped("state")), {"billed"})
        note.action_post()
        self.assertEqual(set(self.bill.charge_ids.mapped("state")), {"voided"})
        self.assertEqual(self.bill.charge_ids.voided_by_id, note)
        bill = self.make_run("2026-04-06").bill_ids
        self.assertEqual((bill.customer_id, self.amounts(bill)), (self.acme, ["100.00"]))

    def test_a_credit_note_over_a_part_frees_nothing(self):
        note = self.credit("yes")
        note.invoice_line_ids.price_unit = 40
        with self.assertRaisesRegex(UserError, "credits a part"):
            note.action_post()

    def test_two_credit_notes_do_not_free_the_same_usage(self):
        self.credit("yes")
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.errors.UniqueViolation), self.cr.savepoint():
            self.credit("yes")
            self.env.flush_all()

    def test_what_was_corrected_since_is_credited_last_invoice_first(self):
        self.deliver_march(acme="1200")
        second = self.post(self.make_run("2026-04-02"))
        with self.assertRaisesRegex(UserError, second.name):
            self.credit("yes")
        self.credit("yes", second).action_post()
        self.credit("yes").action_post()
        # Both are credited: the next run bills 1,200 x 0.10 once.
        self.assertEqual(self.amounts(self.make_run("2026-04-06").bill_ids), ["120.00"])

    def test_a_freeing_credit_note_does_not_go_back_to_draft(self):
        note = self.credit("yes")
        note.action_post()
        with self.assertRaises(RedirectWarning):
            note.button_draft()

    def test_a_new_invoice_and_usage_again_exclude_each_other(self):
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=self.invoice.ids)
            .create({"journal_id": self.invoice.journal_id.id, "cloud_usage_again": "yes"})
        )
        with self.assertRaisesRegex(UserError, "charge it again"):
            wizard.modify_moves()

    def test_merging_contacts_keeps_customer_and_history(self):
        target = self.env["res.partner"].create({"name": "Acme Holding"})
        source = self.acme.partner_id
        merge = self.env["base.partner.merge.automatic.wizard"].sudo().create({})
        merge._merge((source | target).ids, target, extra_checks=False)
        self.env.invalidate_all()
        self.assertEqual(self.acme.partner_id, target)
        self.assertEqual(self.bill.rated_line_ids.customer_name, "Acme")
        self.assertEqual(self.invoice.partner_id, target)
