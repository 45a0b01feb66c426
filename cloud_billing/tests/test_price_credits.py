import psycopg2
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.contract.change.line_change import LineChange
from ..models.correction.credit_line import credit_days, spread
from .billing_common import D
from .test_billing_runs import RunCase


class CreditCase(RunCase):
    """March is posted: 100.00 for Acme (1,000 GB x 0.10), 5.00 for Bolt."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.begin_once(CreditCase.begin)

    def begin(self):
        self.deliver_march()
        self.march = self.make_run()
        self.post(self.march)
        self.line = self.by_customer(self.march)["Acme"].rated_line_ids

    def make_credit(self, amount="30.00", line=None, **vals):
        values = {"day": self.day("2026-04-10"), "reason": "Outage on 4 March", **vals}
        credit = D(amount) if isinstance(amount, str) else amount
        return (
            self.env["cloud.price.credit"].with_user(self.user_accountant)._make({line or self.line: credit}, **values)
        )

    def left(self):
        self.env.invalidate_all()
        return str(self.env["cloud.price.credit"]._get_left(self.line)[self.line])


@tagged("post_install", "-at_install")
class TestPriceCredits(CreditCase):
    def test_money_goes_back_by_a_credit_note_that_cites_the_line_and_the_usage_stays_billed(self):
        run = self.make_credit(text="As agreed by telephone")
        self.assertEqual((run.state, run.note, self.amounts(run.bill_ids)), ("review", "Outage on 4 March", ["-30.00"]))
        note = self.post(run)
        self.assertEqual(
            (note.move_type, note.amount_untaxed, str(note.date), note.reversed_entry_id),
            ("out_refund", 30.0, "2026-04-10", self.line.move_id),
        )
        rated = note.invoice_line_ids.cloud_rated_line_ids
        self.assertEqual((str(rated.amount), rated.corrects_id), ("-30.00", self.line))
        self.assertEqual((rated.charge_id.corrects_id, rated.charge_id.is_price_credit), (self.line.charge_id, True))
        self.assertIn(f"Credit on invoice {self.line.move_id.name}\nAs agreed by telephone", note.invoice_line_ids.name)
        self.assertEqual(self.line.charge_id.state, "billed")
        self.assertEqual(set(self.march.bill_ids.charge_ids.period_id.mapped("state")), {"billed"})
        self.assertEqual(self.left(), "70.00")

    def test_no_later_run_takes_it_back(self):
        self.post(self.make_credit())
        self.assertFalse(self.make_run("2026-04-20").bill_ids)
        # Restated to 1,200 GB: 120.00, less the 100.00 that were rated. Against what was paid it would be 50.00.
        self.deliver_march(acme="1200")
        self.assertEqual(self.amounts(self.make_run("2026-04-20").bill_ids), ["20.00"])

    def test_a_credit_that_waits_keeps_no_correction_waiting(self):
        self.make_credit()
        self.deliver_march(acme="1200")
        self.assertEqual(self.amounts(self.make_run("2026-04-20").bill_ids), ["20.00"])

    def test_a_billed_fee_that_changes_is_compared_with_what_was_rated(self):
        self.make_version({"unit_price": "10", "product_id": self.support.id}, plan=(plan := self.make_plan("Fees")))
        fee = self.make_subscription(
            self.acme, {"product_id": self.support.id, "name": "Support", "quantity": "4"}, plan=plan,
            date_start="2026-04-01",
        )  # fmt: skip
        self.post(run := self.make_run("2026-05-01"))
        line = run.bill_ids.rated_line_ids.filtered(lambda line: line.amount == 40)
        self.post(self.make_credit("15.00", line, day=self.day("2026-05-02")))
        fee._apply_changes(self.day("2026-04-01"), [LineChange(fee.line_ids, quantity=D(5))], "credit")
        # 5 x 10.00, less the 40.00 that were rated. Against what was paid, 25.00, it would be 25.00.
        self.assertEqual(self.amounts(self.make_run("2026-05-03").bill_ids), ["10.00"])

    def test_never_more_than_is_left(self):
        self.make_credit("60.00")
        with self.assertRaisesRegex(UserError, "40.00 USD are left"):
            self.make_credit("40.01")
        self.make_credit("40.00")
        with self.assertRaisesRegex(UserError, "nothing is left"):
            self.make_credit("0.01")

    def test_what_a_correction_took_back_is_not_given_back_again(self):
        self.deliver_march(acme="700")
        self.post(self.make_run("2026-04-02"))
        with self.assertRaisesRegex(UserError, "70.00 USD are left"):
            self.make_credit("70.01")

    def test_the_database_refuses_an_excess_that_nobody_looked_for(self):
        self.make_credit("60.00")
        credit = type(self.env["cloud.price.credit"])
        self.patch(credit, "_check", lambda *arguments: None)
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.errors.CheckViolation), self.cr.savepoint():
            self.make_credit("40.01")
        self.make_credit("40.00")

    def test_a_cancelled_credit_leaves_nothing(self):
        run = self.make_credit()
        self.assertEqual(self.left(), "70.00")
        run.with_user(self.user_accountant).action_cancel()
        self.assertEqual((self.left(), run.bill_ids.ids), ("100.00", []))

    def test_a_credited_invoice_is_freed_only_after_its_credit_is(self):
        note = self.post(self.make_credit())
        with self.assertRaisesRegex(UserError, note.name):
            self.free(self.line.move_id)
        self.free(note, "2026-04-11")
        self.assertEqual(self.left(), "100.00")
        self.free(self.line.move_id, "2026-04-11")
        # The credit is gone for good, the usage is due again.
        self.assertEqual(self.amounts(self.make_run("2026-04-20").bill_ids), ["100.00"])

    def test_large_credits_need_two_other_people_where_the_company_says_so(self):
        self.company.sudo().cloud_credit_limit = D("30")
        # Two people besides the maker.
        self.user_administrator.sudo().group_ids |= self.env.ref("cloud_billing.group_approver")
        self.set_company_state("live")
        large, small = self.make_credit("30.01"), self.make_credit("30.00")
        for run in small, large:
            run.with_user(self.user_accountant).action_submit()
            self.vote(run.request_id)
        self.assertEqual((large.state, small.state), ("to_approve", "approved"))
        self.assertIn("30.01 of 100.00 USD", " ".join(large.request_id.effect["notes"]))
        small.with_user(self.user_accountant).action_post()
        self.assertEqual(small.state, "posted")

    def test_small_credits_of_a_customer_add_up_over_the_month(self):
        self.company.sudo().cloud_credit_limit = D("30")
        # Two people besides the maker.
        self.user_administrator.sudo().group_ids |= self.env.ref("cloud_billing.group_approver")
        self.set_company_state("live")

        def submit(amount, day):
            run = self.make_credit(amount)
            run.sudo().write({"invoice_date": day})
            run.with_user(self.user_accountant).action_submit()
            self.vote(run.request_id)
            return run

        # 15.00 and 15.00 in April are 30.00: one is enough. With 0.01 more they are above it, in May they are not.
        first = submit("15.00", "2026-04-10")
        self.assertEqual([first.state, submit("15.00", "2026-04-20").state], ["approved", "approved"])
        third = submit("0.01", "2026-04-30")
        self.assertEqual((third.state, submit("0.01", "2026-05-01").state), ("to_approve", "approved"))
        # What is not given after all does not count.
        third.with_user(self.user_accountant).action_cancel()
        first.with_user(self.user_accountant).action_cancel()
        self.assertEqual(submit("15.00", "2026-04-30").state, "approved")

    def test_a_credit_is_compared_with_no_bill(self):
        run = self.make_credit("30.00")
        bill = run.bill_ids
        self.assertEqual((len(bill.previous_bill_id), bill.difference_amount), (0, None))
        cockpit = run.get_cockpit()
        self.assertEqual((cockpit["periods"], cockpit["times"]), ([], []))
        # Its approver reads what is given back of which invoice, and no bridge from the bills of a month.
        effect = run._get_effect()
        self.assertNotIn("bridge", [part["key"] for part in effect["parts"]])
        self.assertNotIn("Last bills, and this run", [row["label"] for row in effect["rows"]])
        self.assertIn("30.00 of 100.00", " ".join(effect["notes"]))

    def test_days_are_shared_as_the_period_is(self):
        # 4 of the 31 days of March: 100.00 x 4/31 = 12.903... -> 12.90
        credit = credit_days(self.line, self.day("2026-03-04"), self.day("2026-03-08"), D("100.00"), D("0.01"))
        note = self.post(self.make_credit(credit))
        line = note.invoice_line_ids
        self.assertEqual(
            (line.price_subtotal, str(line.cloud_service_start), str(line.cloud_service_end)),
            (12.9, "2026-03-04", "2026-03-08"),
        )
        self.assertIsNone(
            credit_days(self.line, self.day("2026-04-01"), self.day("2026-04-08"), D("100.00"), D("0.01"))
        )

    def test_an_amount_is_spread_over_lines_to_the_last_cent(self):
        # 10.00 over 3.33, 3.33 and 6.67 of 13.33: 2.498, 4.996 and 10.00 reached: 2.50, 2.50, 5.00.
        shares = spread(D("10.00"), [D("3.33"), D("3.33"), D("6.67")], D("0.01"))
        self.assertEqual([str(share) for share in shares], ["2.50", "2.50", "5.00"])
        self.assertEqual(spread(D("0.02"), [D("0.01"), D("0.01")], D("0.01")), [D("0.01"), D("0.01")])

    def test_the_tax_is_that_of_the_invoice(self):
        old, new = (
            self.company_data["default_tax_sale"],
            self.company_data["default_tax_sale"].copy({"name": "7 %", "amount": 7}),
        )
        self.disk.taxes_id = old
        self.deliver_april(acme="1000", bolt="0")
        self.post(run := self.make_run("2026-05-01"))
        self.disk.taxes_id = new
        line = self.by_customer(run)["Acme"].rated_line_ids
        note = self.post(self.make_credit("10.00", line, day=self.day("2026-05-02")))
        self.assertEqual((note.invoice_line_ids.tax_ids, note.amount_tax), (old, 10 * old.amount / 100))

    def test_it_cannot_be_rated_again_or_proven_as_a_price(self):
        run = self.make_credit()
        with self.assertRaisesRegex(UserError, "nothing to rate"):
            run.bill_ids.action_recalculate()
        with self.assertRaisesRegex(UserError, "cancel it"):
            run.action_back_to_draft()
        with self.assertRaisesRegex(UserError, "no price to work out"):
            run.bill_ids.rated_line_ids.action_save_proof()
        self.assertTrue(run.bill_ids.rated_line_ids.action_explain())
