from unittest.mock import patch

import psycopg2
from lxml import etree
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .billing_common import BillingCase


class RunCase(BillingCase):
    """Acme and Bolt use one disk each at 0.10 per GB; March is delivered."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_version({"unit_price": "0.10"})
        cls.acme, cls.bolt = cls.make_customer("Acme"), cls.make_customer("Bolt")
        cls.acme_line = cls.make_subscription(cls.acme, cls.disk, date_start="2026-03-01").line_ids
        cls.bolt_line = cls.make_subscription(cls.bolt, cls.disk, date_start="2026-03-01").line_ids
        cls.acme_stream, cls.bolt_stream = cls.make_stream("acme"), cls.make_stream("bolt")
        cls.map_stream(cls.acme_stream, cls.acme_line)
        cls.map_stream(cls.bolt_stream, cls.bolt_line)

    def deliver_march(self, acme="1000", bolt="50"):
        return self.deliver(
            {"stream": self.acme_stream, "quantity": acme, "cost": "60"},
            {"stream": self.bolt_stream, "quantity": bolt, "cost": "2"},
        )

    def deliver_april(self, acme="1000", bolt="50"):
        return self.deliver(
            {"stream": self.acme_stream, "quantity": acme},
            {"stream": self.bolt_stream, "quantity": bolt},
            month="2026-04-01",
        )

    def by_customer(self, run):
        return {bill.customer_id.name: bill for bill in run.bill_ids}


@tagged("post_install", "-at_install")
class TestReview(RunCase):
    def test_a_person_makes_a_run_on_its_form_and_changes_its_dates(self):
        # What the form sends of its own accord, lists of other records above all, must not be refused.
        form = Form(self.env["cloud.bill.run"].with_user(self.user_accountant))
        form.cutoff_date = form.invoice_date = form.accounting_date = "2026-04-01"
        run = form.save()
        with Form(run) as form:
            form.invoice_date = "2026-04-02"
        nodes = etree.fromstring(run.get_view(view_type="form")["arch"]).iterfind(".//sheet//field")
        sent = [
            node.get("name")
            for node in nodes
            if run._fields.get(node.get("name")) is not None
            and run._fields[node.get("name")].type == "one2many"
            and not (run._fields[node.get("name")].readonly or node.get("readonly"))
        ]
        self.assertEqual(sent, [])
        self.assertEqual(str(run.invoice_date), "2026-04-02")

    def test_a_first_bill_needs_a_look_and_a_note(self):
        self.deliver_march()
        run = self.make_run()
        bill = self.by_customer(run)["Acme"]
        self.assertEqual((bill.state, str(bill.amount), bill.previous_amount), ("look", "100.00", None))
        self.assertIn("first bill", bill.reason_text)
        action = bill.with_user(self.user_accountant).action_release()
        self.assertEqual(action["res_model"], "cloud.bill.note")
        bill.with_user(self.user_accountant).action_release("New customer")
        self.assertEqual(
            (bill.state, bill.release_note, bill.released_by_id), ("ready", "New customer", self.user_accountant)
        )

    def test_the_last_bill_stands_beside_and_only_a_large_difference_needs_a_look(self):
        self.company.write({"cloud_look_percent": "25", "cloud_look_amount": "20"})
        self.deliver_march(acme="1000", bolt="50")
        self.post(self.make_run())
        # Acme 100.00 -> 126.00: 26 percent and 26.00; Bolt 5.00 -> 10.00: 100 percent but 5.00 only.
        self.deliver_april(acme="1260", bolt="100")
        bills = self.by_customer(self.make_run("2026-05-01"))
        self.assertEqual(
            (bills["Acme"].state, str(bills["Acme"].previous_amount), str(bills["Acme"].difference_amount)),
            ("look", "100.00", "26.00"),
        )
        self.assertIn("26.0 % against the last bill of 100.00", bills["Acme"].reason_text)
        self.assertEqual(bills["Bolt"].state, "ready")

    def test_nothing_to_pay_and_a_negative_total_need_a_look(self):
        self.deliver_march(acme="0", bolt="-50")
        bills = self.by_customer(self.make_run())
        self.assertIn("Nothing to pay", bills["Acme"].reason_text)
        self.assertIn("becomes a credit note", bills["Bolt"].reason_text)

    def test_a_held_bill_blocks_the_run_until_it_is_released(self):
        self.deliver_march()
        run = self.make_run()
        self.set_company_state("live")
        self.release_all(run)
        bill = self.by_customer(run)["Acme"]
        bill.action_hold("Asked sales")
        self.assertEqual(bill.state, "blocked")
        self.assertIn("Asked sales", bill.reason_text)
        with self.assertRaisesRegex(UserError, "Blocked bills: 1 "):
            run.action_submit()
        bill.action_release("Sales says yes")
        self.assertEqual(bill.state, "ready")

    def test_an_excluded_bill_is_due_again_with_the_next_run(self):
        self.deliver_march()
        run = self.make_run()
        bill = self.by_customer(run)["Acme"]
        bill.action_exclude("Wait for the contract")
        self.assertEqual(bill.state, "excluded")
        self.assertFalse(bill.charge_ids)
        second = self.make_run()
        self.assertEqual([bill.customer_id.name for bill in second.bill_ids], ["Acme"])

    def test_what_was_excluded_stays_out_when_one_bill_is_recalculated(self):
        self.deliver_march()
        run = self.make_run()
        self.by_customer(run)["Acme"].action_exclude("Wait")
        self.by_customer(run)["Bolt"].action_recalculate()
        self.assertEqual(self.by_customer(run)["Acme"].state, "excluded")

    def test_a_price_that_was_missing_is_found_when_recalculated(self):
        plan = self.make_plan("Empty")
        line = self.make_subscription(
            self.make_customer("Cato"), self.disk, plan=plan, date_start="2026-03-01"
        ).line_ids
        stream = self.make_stream("cato")
        self.map_stream(stream, line)
        self.deliver({"stream": stream, "quantity": "3"})
        run = self.make_run()
        bill = self.by_customer(run)["Cato"]
        self.assertEqual(bill.state, "blocked")
        self.make_version({"unit_price": "2"}, plan=plan)
        bill.action_recalculate()
        self.assertEqual((bill.state, str(bill.amount)), ("look", "6.00"))

    def test_a_release_holds_for_the_amount_that_was_seen(self):
        self.deliver_march()
        run = self.make_run()
        bill = self.by_customer(run)["Acme"]
        bill.action_release("Seen")
        bill.action_recalculate()
        self.assertTrue(bill.is_released)
        self.make_version({"unit_price": "0.20"}, date_start="2026-02-01")
        bill.action_recalculate()
        self.assertEqual((str(bill.amount), bill.is_released, bill.state), ("200.00", False, "look"))

    def test_back_to_draft_leaves_nothing_and_rates_the_same_again(self):
        self.deliver_march()
        run = self.make_run()
        amounts = sorted(self.amounts(run.bill_ids))
        run.action_back_to_draft()
        self.assertFalse(run.bill_ids)
        self.assertFalse(self.env["cloud.charge"].search([("run_id", "=", run.id)]))
        run.action_rate()
        self.assertEqual(sorted(self.amounts(run.bill_ids)), amounts)

    def test_a_cancelled_run_frees_its_charges(self):
        self.deliver_march()
        run = self.make_run()
        run.action_cancel()
        self.assertEqual(run.state, "cancelled")
        self.assertEqual(len(self.make_run().bill_ids), 2)

    def test_bills_are_kept_apart_by_subscription_where_the_customer_wants_it(self):
        self.acme.invoice_grouping = "subscription"
        second = self.make_subscription(self.acme, self.disk, date_start="2026-03-01").line_ids
        stream = self.make_stream("acme2")
        self.map_stream(stream, second)
        self.deliver({"stream": self.acme_stream, "quantity": "1"}, {"stream": stream, "quantity": "2"})
        bills = self.make_run().bill_ids.filtered(lambda bill: bill.customer_id == self.acme)
        self.assertEqual(sorted(self.amounts(bills)), ["0.10", "0.20"])

    def test_who_pays_for_another_gets_the_bill(self):
        self.bolt.parent_id = self.acme
        self.deliver_march()
        bill = self.make_run().bill_ids
        self.assertEqual((bill.customer_id, str(bill.amount)), (self.acme, "105.00"))
        self.assertEqual(set(bill.rated_line_ids.mapped("customer_id.name")), {"Acme", "Bolt"})


@tagged("post_install", "-at_install")
class TestApproval(RunCase):
    def setUp(self):
        super().setUp()
        self.deliver_march()

    def test_nothing_is_submitted_while_the_company_is_set_up(self):
        run = self.make_run()
        self.set_company_state("setup")
        self.release_all(run)
        with self.assertRaisesRegex(UserError, "still being set up"):
            run.action_submit()

    def test_everything_in_the_way_is_said_at_once(self):
        self.company.fiscalyear_lock_date = "2026-04-30"
        run = self.make_run()
        self.set_company_state("live")
        self.by_customer(run)["Acme"].action_release("Seen")
        with self.assertRaises(UserError) as error:
            run.action_submit()
        self.assertIn("Bills that need a look: 1 (Bolt)", str(error.exception))
        self.assertIn("the books are closed", str(error.exception))

    def test_the_checker_sees_the_effect_in_figures(self):
        self.set_company_state("live")
        run = self.make_run()
        self.release_all(run)
        run.with_user(self.user_accountant).action_submit()
        effect = run.request_id.sudo().effect
        rows = {row["label"]: row["new"] for row in effect["rows"]}
        code = self.company.currency_id.name
        self.assertEqual(run.state, "to_approve")
        # 1,000 x 0.10 + 50 x 0.10 = 105.00; the provider billed 60 + 2 = 62 EUR, all of it in this run.
        self.assertEqual(rows["Total"], f"105.00 {code}")
        self.assertEqual(rows["New"], f"105.00 {code}")
        self.assertEqual(rows["Provider's cost, all usage"], "62.00 EUR")
        self.assertEqual(rows["– to bill, of which this run: 62.00 EUR"], "62.00 EUR")
        [[label, _total, names]] = next(part["rows"] for part in effect["parts"] if part["key"] == "decisions")
        self.assertIn("2 released", label)
        self.assertEqual(sorted(names.split("; ")), ["Acme", "Bolt"])

    def test_an_approved_line_never_changes_and_is_never_deleted(self):
        run = self.make_run()
        self.approve(run)
        line = run.bill_ids.rated_line_ids[0]
        self.assertTrue(line.is_frozen)
        for statement in (
            "UPDATE cloud_rated_line SET amount = 1 WHERE id = %s",
            "DELETE FROM cloud_rated_line WHERE id = %s",
        ):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaisesRegex(psycopg2.Error, "is approved: it"),
                self.cr.savepoint(),
            ):
                self.env.cr.execute(statement, [line.id])

    def test_a_billed_charge_only_becomes_free(self):
        self.deliver_march()
        run = self.make_run()
        self.post(run)
        charge = run.bill_ids.charge_ids[0]
        for statement in (
            "UPDATE cloud_charge SET amount = 1 WHERE id = %s",
            "UPDATE cloud_charge SET service_end = '2026-03-15' WHERE id = %s",
            "UPDATE cloud_charge SET state = 'draft' WHERE id = %s",
            "DELETE FROM cloud_charge WHERE id = %s",
        ):
            with (
                self.subTest(statement),
                mute_logger("odoo.sql_db"),
                self.assertRaisesRegex(psycopg2.errors.RestrictViolation, "is billed: it"),
                self.cr.savepoint(),
            ):
                self.env.cr.execute(statement, [charge.id])
        self.env.cr.execute("UPDATE cloud_charge SET state = 'voided', is_live = FALSE WHERE id = %s", [charge.id])
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.errors.RestrictViolation), self.cr.savepoint():
            self.env.cr.execute("UPDATE cloud_charge SET state = 'billed', is_live = TRUE WHERE id = %s", [charge.id])

    def test_a_run_that_was_changed_after_approval_does_not_post(self):
        run = self.make_run()
        self.approve(run)
        with self.assertRaises(UserError):
            run.sudo().invoice_date = "2026-04-02"
        # Past the ORM and past the trigger, as the owner of the database could.
        self.env.flush_all()
        self.env.cr.execute("ALTER TABLE cloud_bill_run DISABLE TRIGGER cloud_billing_guard")
        self.env.cr.execute("UPDATE cloud_bill_run SET invoice_date = '2026-04-02' WHERE id = %s", [run.id])
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "not what was approved"):
            run.action_post()

    def test_what_is_sealed_is_read_once_to_submit_and_once_more_for_the_vote(self):
        self.set_company_state("live")
        run = self.make_run()
        self.release_all(run)
        read = type(run)._get_sealed_values
        with patch.object(type(run), "_get_sealed_values", autospec=True, side_effect=read) as reading:
            run.with_user(self.user_accountant).action_submit()
            self.assertEqual(reading.call_count, 1)
            self.env.invalidate_all()
            self.assertEqual(run.request_id.content_hash, run._get_content_hash())
            reading.reset_mock()
            self.vote(run.request_id)
            self.assertGreaterEqual(reading.call_count, 1)

    def test_a_line_that_was_changed_while_it_waits_is_found_by_the_vote(self):
        self.set_company_state("live")
        run = self.make_run()
        self.release_all(run)
        run.with_user(self.user_accountant).action_submit()
        self.env.flush_all()
        self.env.cr.execute("UPDATE cloud_rated_line SET amount = 1 WHERE bill_id = %s", [run.bill_ids[0].id])
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "changed after it was submitted"):
            self.vote(run.request_id)

    def test_what_is_rejected_is_in_review_again(self):
        self.set_company_state("live")
        run = self.make_run()
        self.release_all(run)
        run.with_user(self.user_accountant).action_submit()
        self.vote(run.request_id, decision="reject", comment="No")
        self.assertEqual((run.state, run.request_id.id), ("review", False))

    def test_who_submitted_takes_it_back(self):
        self.set_company_state("live")
        run = self.make_run()
        self.release_all(run)
        run.with_user(self.user_accountant).action_submit()
        request = run.request_id
        run.with_user(self.user_accountant).action_back_to_draft()
        self.assertEqual((run.state, request.state), ("draft", "withdrawn"))

    def test_an_approved_run_goes_back_and_its_lines_stay_on_record(self):
        run = self.make_run()
        self.approve(run)
        frozen = run.bill_ids.rated_line_ids
        run.action_back_to_draft()
        self.assertEqual(set(frozen.charge_id.mapped("state")), {"voided"})
        self.assertTrue(frozen.exists())
        run.action_rate()
        open_bills = run.bill_ids.filtered(lambda bill: bill.state != "cancelled")
        self.assertEqual(sorted(self.amounts(open_bills)), ["100.00", "5.00"])

    def test_nobody_writes_a_state_past_the_buttons(self):
        run = self.make_run()
        with self.assertRaises(UserError):
            run.with_user(self.user_accountant).write({"state": "approved"})
        with self.assertRaises(AccessError):
            run.bill_ids[0].with_user(self.user_accountant).write({"state": "ready"})
        with self.assertRaises(AccessError):
            run.with_user(self.user_viewer).action_back_to_draft()
        with self.assertRaises(AccessError):
            run.bill_ids.rated_line_ids[0].with_user(self.user_administrator).write({"amount": 1})

    def test_dates_change_in_review_by_the_accountant(self):
        run = self.make_run()
        run.with_user(self.user_accountant).write({"invoice_date": "2026-04-03", "accounting_date": "2026-04-03"})
        self.assertEqual(str(run.invoice_date), "2026-04-03")
