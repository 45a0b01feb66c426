import psycopg2
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .invoicing_common import InvoicingCase
from .test_proof import ProofCase


@tagged("post_install", "-at_install")
class TestOneOffAmounts(InvoicingCase):
    def test_a_line_goes_on_the_customers_next_bill_and_is_posted_with_it(self):
        added = self.adjust("50.00")
        self.assertEqual((added.state, added.progress), ("agreed", "waiting"))
        run = self.make_run()
        self.assertEqual(self.told(run), [("Support", "100.00"), ("Extra work", "50.00")])
        self.assertEqual(self.amounts(run.bill_ids), ["150.00"])
        move = self.post(run)
        added.invalidate_recordset()
        self.assertEqual((move.amount_untaxed, added.progress, added.move_id), (150.0, "billed", move))
        self.assertEqual(move.invoice_line_ids.mapped("name")[1].split("\n")[0], "Extra work")

    def test_it_is_charged_once_whatever_runs_follow(self):
        self.adjust("50.00")
        self.post(self.make_run())
        self.assertEqual(self.told(self.make_run("2026-05-01")), [("Support", "100.00")])

    def test_two_live_charges_of_one_amount_are_refused_by_the_database(self):
        self.adjust("50.00")
        charge = self.make_run().bill_ids.charge_ids.filtered(lambda one: one.kind == "adjustment")
        with self.assertRaises(psycopg2.IntegrityError), mute_logger("odoo.sql_db"):
            charge.sudo().copy({"service_start": "2026-03-20", "service_end": "2026-03-21"})
            self.env.flush_all()

    def test_it_waits_for_a_bill_of_its_customer(self):
        other = self.make_customer("Other")
        self.make_subscription(other, self.support, date_start="2026-05-01")
        waiting = self.adjust("-20.00", customer_id=other.id)
        self.assertEqual(self.told(self.make_run()), [("Support", "100.00")])
        self.assertEqual(waiting.progress, "waiting")

    def test_where_nothing_of_the_customer_goes_on_the_next_run_takes_it(self):
        gone = self.make_customer("Gone")
        self.adjust("-20.00", customer_id=gone.id)
        run = self.make_run()
        self.assertEqual(sorted(self.told(run)), [("Extra work", "-20.00"), ("Support", "100.00")])
        self.assertEqual(len(run.bill_ids), 2)

    def test_it_is_kept_when_the_bill_is_recalculated_and_when_the_run_goes_back_to_draft(self):
        self.adjust("50.00")
        self.discount("10")
        run = self.make_run()
        # 100.00 + 50.00, less 10 % of that: 15.00
        told = [("Support", "100.00"), ("Extra work", "50.00"), ("Discount", "-15.00")]
        self.assertEqual(self.told(run), told)
        run.bill_ids.with_user(self.user_accountant).action_recalculate()
        self.assertEqual(self.told(run), told)
        run.action_back_to_draft()
        run.action_rate()
        self.assertEqual(self.told(run), told)

    def test_a_credit_note_that_makes_usage_billable_again_frees_it(self):
        added = self.adjust("50.00")
        self.free(self.post(self.make_run()))
        self.assertEqual(added.progress, "waiting")
        self.assertEqual(self.told(self.make_run("2026-04-02")), [("Support", "100.00"), ("Extra work", "50.00")])

    def test_what_is_excluded_from_its_run_is_due_with_the_next_one(self):
        run = self.make_run()
        added = self.adjust("50.00", run_id=run.id)
        self.assertEqual(self.told(run), [("Support", "100.00"), ("Extra work", "50.00")])
        other = self.make_customer("Other")
        self.make_subscription(other, self.support, date_start="2026-03-01")
        run.action_back_to_draft()
        run.action_rate()
        run.bill_ids.filtered(lambda bill: bill.customer_id == self.acme).action_exclude("Later")
        self.assertEqual(added.progress, "waiting")
        self.post(run)
        self.assertEqual(self.told(self.make_run("2026-04-02")), [("Support", "100.00"), ("Extra work", "50.00")])

    def test_a_minimum_does_not_take_back_what_was_given(self):
        commitment = self.env["cloud.spend.commitment"].create(
            {"name": "Minimum", "customer_id": self.acme.id, "amount": "100.00", "date_start": "2026-03-01",
             "product_id": self.extra.id}
        )  # fmt: skip
        commitment.action_approve_directly()
        self.adjust("-30.00")
        run = self.make_run()
        # 100.00 were billed of 100.00: the credit of 30.00 is not made up for.
        self.assertEqual(self.told(run), [("Support", "100.00"), ("Minimum", "0.00"), ("Extra work", "-30.00")])

    def test_rating_takes_as_many_statements_for_many_amounts_as_for_few(self):
        def count(number):
            for place in range(number):
                self.adjust("1.00")
                self.discount(str(place + 1))
            run = self.make_run()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["cloud.adjustment.rating"]._rate_percents(run.bill_ids)
            self.env.flush_all()
            taken = self.env.cr.sql_log_count - before
            run.action_cancel()
            return taken

        self.assertEqual(count(2), count(20))

    def test_the_invoice_says_what_a_percent_is_of(self):
        self.adjust("50.00")
        self.discount("12.5")
        move = self.post(self.make_run())
        # 12.5 % of 100.00 + 50.00
        self.assertIn("12.5 % of 150.00", move.invoice_line_ids.mapped("name")[-1])


@tagged("post_install", "-at_install")
class TestProofOfOneOffAmounts(ProofCase):
    def test_the_engine_alone_works_them_out_again(self):
        self.make_version({"product_id": self.disk.id, "unit_price": "0.10"})
        product = self.make_product("Extra work", False)
        for vals in ({"amount": "-50.00"}, {"percent": "12.5"}):
            self.env["cloud.adjustment"].create(
                {"name": "Discount", "kind": "discount", "customer_id": self.customer.id, "product_id": product.id,
                 "service_start": "2026-03-10", "service_end": "2026-03-11", "reason": "Agreed", **vals}
            )  # fmt: skip
        self.send("events.csv", "2026-03-10T10:00:00Z,payer,disk,1000,GB,eu,")
        run = self.make_run()
        self.post(run)
        # 1,000 x 0.10 - 50.00 = 50.00, of which 12.5 % are 6.25
        self.assertEqual(self.amounts(run.bill_ids), ["43.75"])
        for line in run.bill_ids.rated_line_ids.filtered(lambda line: line.name == "Discount"):
            code, told = self.run_proof(self.save(line))
            self.assertEqual(code, 0, told)


@tagged("post_install", "-at_install")
class TestOneOffAmountsByPeople(InvoicingCase):
    def test_a_change_in_review_changes_the_bill_and_a_cancelled_one_leaves_it(self):
        added = self.adjust("50.00")
        run = self.make_run()
        added.write({"amount": "60.00"})
        self.assertEqual(self.amounts(run.bill_ids), ["160.00"])
        added.action_cancel()
        self.assertEqual(self.told(run), [("Support", "100.00")])
        self.assertEqual(self.amounts(run.bill_ids), ["100.00"])

    def test_a_bill_of_nothing_else_goes_with_it(self):
        gone = self.make_customer("Gone")
        added = self.adjust("-20.00", customer_id=gone.id)
        run = self.make_run()
        added.action_cancel()
        self.assertEqual(run.bill_ids.customer_id, self.acme)

    def test_what_is_submitted_does_not_change(self):
        added = self.adjust("50.00")
        run = self.make_run()
        self.approve(run)
        with self.assertRaisesRegex(UserError, "submitted or posted"):
            added.write({"amount": "60.00"})
        with self.assertRaises(psycopg2.IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.env.cr.execute("UPDATE cloud_adjustment SET amount = 60 WHERE id = %s", [added.id])

    def test_the_approval_of_a_run_covers_it(self):
        run = self.make_run()
        before = run._compute_bill_hashes()[run.bill_ids.id]
        self.adjust("50.00", run_id=run.id)
        self.assertNotEqual(run._compute_bill_hashes()[run.bill_ids.id], before)

    def test_what_needs_an_approval_of_its_own_is_not_charged_before_it(self):
        self.patch(type(self.env["cloud.adjustment"]), "_needs_approval", lambda one: one.amount < -100)
        small, large = self.adjust("-50.00"), self.adjust("-500.00")
        self.assertEqual((small.state, large.state), ("agreed", "draft"))
        self.assertEqual(self.amounts(self.make_run().bill_ids), ["50.00"])
        small.write({"amount": "-400.00"})
        self.assertEqual(small.state, "draft")
        with self.assertRaises(UserError):
            large.write({"state": "agreed"})

    def test_it_is_in_the_register_of_interventions_and_a_change_of_it_too(self):
        added = self.adjust("50.00")
        added.write({"amount": "60.00", "reason": "More work"})
        self.discount("10")
        found = self.env["cloud.intervention"].search([("customer_id", "=", self.acme.id)], order="id")
        self.assertEqual(
            [(one.kind, one.amount and str(one.amount), one.reason) for one in found],
            [
                ("added", "50.00", "Agreed by phone"),
                ("added", "60.00", "More work"),
                ("discounted", None, "Agreed by phone"),
            ],
        )

    def test_who_may_not_write_bill_runs_may_not_charge_either(self):
        for user in (self.user_viewer, self.user_operator, self.user_approver, self.user_auditor):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.env["cloud.adjustment"].with_user(user).create({"name": "No"})

    def test_an_amount_that_cannot_be_paid_and_a_discount_that_adds_are_refused(self):
        with self.assertRaisesRegex(ValidationError, "has no amount 0.001"):
            self.adjust("0.001")
        for vals in (
            {"amount": "5.00"},
            {"percent": "101"},
            {"percent": "-1"},
            {"percent": "1", "amount": "-1.00"},
            {},
        ):
            with (
                self.subTest(vals),
                self.assertRaises(psycopg2.IntegrityError),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self.adjust(kind="discount", **vals)

    def test_the_form_is_saved_by_an_accountant(self):
        form = Form(self.env["cloud.adjustment"].with_user(self.user_accountant))
        form.name, form.customer_id, form.product_id, form.reason = "Work", self.acme, self.extra, "Agreed"
        form.service_start, form.service_end = "2026-03-10", "2026-03-11"
        form.amount = "50.00"
        self.assertEqual(str(form.save().amount), "50.00")
        run = self.make_run()
        Form(run.with_user(self.user_accountant)).save()


@tagged("post_install", "-at_install")
class TestDiscounts(InvoicingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.disk_fee = cls.make_product("Backup", "recurring")
        cls.make_version(
            {"product_id": cls.support.id, "unit_price": "100.00"},
            {"product_id": cls.disk_fee.id, "unit_price": "33.33"},
            date_start="2026-01-02",
        )
        cls.second = cls.make_subscription(cls.acme, cls.disk_fee, date_start="2026-03-01")

    def test_a_percent_of_the_bill_and_an_amount(self):
        self.discount("10")
        self.adjust("-20.00", kind="discount", name="Goodwill")
        # 10 % of 100.00 + 33.33 - 20.00 = 113.33: 11.333 -> 11.33
        self.assertEqual(dict(self.told(self.make_run()))["Discount"], "-11.33")

    def test_two_percents_are_of_the_same_sum(self):
        self.discount("10")
        self.discount("50")
        run = self.make_run()
        # 13.333 -> 13.33 and 66.665 -> 66.67 (half up, away from zero)
        self.assertEqual(sorted(amount for name, amount in self.told(run) if name == "Discount"), ["-13.33", "-66.67"])

    def test_a_percent_of_one_subscription_line(self):
        self.discount("10", subscription_line_id=self.second.line_ids.id)
        # 10 % of 33.33 = 3.333 -> 3.33
        self.assertEqual(dict(self.told(self.make_run()))["Discount"], "-3.33")

    def test_a_percent_is_worked_out_anew_when_something_is_added(self):
        run = self.make_run()
        self.discount("10", run_id=run.id)
        self.assertEqual(dict(self.told(run))["Discount"], "-13.33")
        self.adjust("100.00", run_id=run.id)
        self.assertEqual(dict(self.told(run))["Discount"], "-23.33")

    def test_a_percent_of_lines_with_several_taxes_is_split_by_them(self):
        high, low = (
            self.env["account.tax"].create(
                {"name": f"{rate}", "amount": rate, "type_tax_use": "sale", "company_id": self.company.id}
            )
            for rate in (21, 6)
        )
        self.support.taxes_id, self.disk_fee.taxes_id = high, low
        self.discount("10")
        run = self.make_run()
        move = self.post(run)
        discounts = move.invoice_line_ids.filtered(lambda line: line.price_subtotal < 0)
        self.assertEqual([(line.price_subtotal, line.tax_ids) for line in discounts], [(-10.0, high), (-3.33, low)])
        # 21 % of 90.00 = 18.90; 6 % of 30.00 = 1.80
        self.assertEqual((move.amount_untaxed, move.amount_tax), (120.0, 20.7))

    def test_a_discount_of_a_bill_without_anything_else_is_zero(self):
        gone = self.make_customer("Gone")
        discount = self.discount("10", customer_id=gone.id)
        self.make_run()
        self.assertEqual(str(discount.charged_amount), "0.00")
