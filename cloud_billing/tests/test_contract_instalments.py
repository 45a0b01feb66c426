from datetime import date
from decimal import Decimal

import psycopg2.errors
from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..engine.proof import check_proof, tell
from ..models.contract.line.cloud_subscription_line_instalment import PlannedPart
from .billing_common import BillingCase

D = Decimal


class InstalmentCase(BillingCase):
    """Acme buys three racks at 400.00, 1,200.00 together, to be paid in instalments; nothing is planned yet."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rack = cls.make_product("Rack", "instalment")
        cls.make_version(
            {"product_id": cls.rack.id, "unit_price": "400"}, {"product_id": cls.support.id, "unit_price": "10"}
        )
        cls.acme = cls.make_customer("Acme")
        cls.subscription, cls.line = cls.buy(cls.acme)

    @classmethod
    def buy(cls, customer, **vals):
        """A subscription with three racks, still a draft: (subscription, line)."""
        line = {"product_id": cls.rack.id, "name": "Rack", "quantity": "3"}
        subscription = cls.make_subscription(customer, line, activate=False, **vals)
        return subscription, subscription.line_ids

    def agree(self, line=None, **vals):
        """Work out and agree on equal parts in the wizard."""
        line = line or self.line
        wizard = self.env["cloud.instalment.plan"].with_context(default_line_id=line.id).create(vals)
        wizard.action_work_out()
        wizard.action_apply()
        return line.instalment_ids.sorted("number")

    def plan_and_activate(self, **vals):
        parts = self.agree(**vals)
        self.subscription.action_activate()
        return parts

    def bill_up_to(self, cutoff):
        """Post what is due: the amounts of the invoice lines by text."""
        moves = self.post(self.make_run(cutoff))
        return [
            (line.name.split("\n")[1], f"{line.price_subtotal:.2f}")
            for line in moves.invoice_line_ids.filtered(lambda line: line.display_type == "product").sorted("sequence")
        ]

    def seen(self, parts):
        return [(part.number, str(part.date_due), str(part.amount)) for part in parts]


@tagged("post_install", "-at_install")
class TestPlanningInstalments(InstalmentCase):
    def test_the_sum_is_the_quantity_times_the_price_in_force(self):
        wizard = Form(self.env["cloud.instalment.plan"].with_context(default_line_id=self.line.id))
        self.assertEqual(D(wizard.total), D("1200.00"))

    def test_a_down_payment_and_equal_parts_exact_to_the_cent(self):
        # 1,200.00 - 200.00 = 1,000.00 in three: 333.33, 333.33, 333.34.
        parts = self.agree(count=3, first_date="2026-01-31", down_payment="200", down_date="2026-01-10")
        self.assertEqual(
            self.seen(parts),
            [
                (0, "2026-01-10", "200.00"),
                (1, "2026-01-31", "333.33"),
                (2, "2026-02-28", "333.33"),
                (3, "2026-03-31", "333.34"),
            ],
        )
        self.assertEqual(parts.mapped("display_name")[:2], ["Down payment", "Instalment 1 of 3"])
        self.assertEqual(str(self.line.instalment_total), "1200.00")

    def test_without_a_plan_it_is_not_activated(self):
        with self.assertRaisesRegex(UserError, "instalments are not agreed yet"):
            self.subscription.action_activate()
        self.assertIn("not agreed yet", self.subscription.instalment_warning)

    def test_without_a_price_another_sum_is_typed(self):
        other = self.make_product("Cage", "instalment")
        line = self.make_subscription(self.acme, other, activate=False).line_ids
        wizard = self.env["cloud.instalment.plan"].with_context(default_line_id=line.id).create({})
        self.assertIn("has no price", wizard.price_problem)
        wizard.write({"total": "90", "count": 2, "first_date": "2026-02-01"})
        wizard.action_work_out()
        wizard.action_apply()
        self.assertEqual(self.amounts(line.instalment_ids), ["45.00", "45.00"])

    def test_parts_may_have_days_and_amounts_of_their_own_and_two_of_one_day(self):
        parts = self.line._apply_instalments(
            [PlannedPart(date(2026, 1, 10), D("400")), PlannedPart(date(2026, 1, 10), D("800"))], total=D("1200")
        )
        self.assertEqual([part.number for part in parts], [1, 2])

    def test_what_is_not_the_sum_is_refused_with_what_is_left(self):
        with self.assertRaisesRegex(
            UserError, r"are 1,100.00 USD, but 1,200.00 USD of the agreed 1,200.00 USD is left"
        ):
            self.line._apply_instalments([PlannedPart(date(2026, 1, 10), D("1100"))], total=D("1200"))

    def test_the_last_part_takes_the_rest(self):
        self.agree(count=2, first_date="2026-01-31")
        wizard = self.env["cloud.instalment.plan"].with_context(default_line_id=self.line.id).create({})
        wizard.row_ids.sorted("date_due")[0].amount = "100"
        self.assertEqual(str(wizard.missing), "500.00")
        wizard.action_take_rest()
        wizard.action_apply()
        self.assertEqual(self.amounts(self.line.instalment_ids), ["100", "1100.00"])

    def test_a_fraction_of_a_cent_is_refused(self):
        with self.assertRaisesRegex(UserError, "smallest amount of the currency is 0.01"):
            self.line._apply_instalments([PlannedPart(date(2026, 1, 10), D("1200.001"))], total=D("1200.001"))

    def test_another_quantity_beside_the_agreed_sum_is_refused(self):
        self.agree(count=2, first_date="2026-01-31")
        with self.assertRaisesRegex(UserError, "was agreed for its product and quantity"):
            self.line.quantity = 4

    def test_nobody_writes_a_part_by_hand(self):
        parts = self.agree(count=2, first_date="2026-01-31")
        with self.assertRaises(AccessError):
            parts[0].with_user(self.user_accountant).write({"amount": "1"})
        with self.assertRaises(UserError):
            self.line.with_user(self.user_accountant).write({"instalment_total": "1"})
        with self.assertRaises(AccessError):
            self.line.with_user(self.user_viewer)._apply_instalments([], total=D("1200"))

    def test_the_database_refuses_parts_that_are_not_the_sum(self):
        parts = self.agree(count=2, first_date="2026-01-31")
        self.env.flush_all()
        self.cr.execute("SET CONSTRAINTS ALL IMMEDIATE")
        self.cr.execute("SET CONSTRAINTS ALL DEFERRED")
        for record, change in ((parts[0], "amount = amount + 1"), (self.line, "instalment_total = 1")):
            with (
                self.subTest(change),
                self.assertRaises(psycopg2.errors.CheckViolation),
                self.cr.savepoint(),
                mute_logger("odoo.sql_db"),
            ):
                self.cr.execute(f"UPDATE {record._table} SET {change} WHERE id = %s", record.ids)
                self.cr.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def test_yen_have_no_decimals(self):
        yen = self.env.ref("base.JPY")
        yen.active = True
        plan = self.make_plan("Yen", currency=yen)
        self.make_version({"product_id": self.rack.id, "unit_price": "1003"}, plan=plan)
        customer = self.make_customer("Tokyo", currency_id=yen.id)
        line = {"product_id": self.rack.id, "name": "Rack"}
        line = self.make_subscription(customer, line, plan=plan, activate=False).line_ids
        # 1003 in four: 250.75 rounded down each time: 250, 501, 752, 1003.
        parts = self.agree(line, count=4, first_date="2026-01-31")
        self.assertEqual(self.amounts(parts), ["250", "251", "251", "251"])


@tagged("post_install", "-at_install")
class TestBillingInstalments(InstalmentCase):
    """1,200.00 in 12 parts of 100.00, from 15 January on."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.begin_once(TestBillingInstalments.begin)

    def begin(self):
        self.parts = self.plan_and_activate(count=12, first_date="2026-01-15")

    def test_each_part_is_billed_once_on_its_day(self):
        self.assertEqual(self.bill_up_to("2026-01-15"), [("Instalment 1 of 12 of 1,200.00 USD", "100.00")])
        self.assertFalse(self.make_run("2026-02-14").bill_ids)
        self.assertEqual(
            self.bill_up_to("2026-03-15"),
            [("Instalment 2 of 12 of 1,200.00 USD", "100.00"), ("Instalment 3 of 12 of 1,200.00 USD", "100.00")],
        )
        self.assertFalse(self.make_run("2026-03-15").bill_ids)

    def test_progress_is_a_sum(self):
        self.bill_up_to("2026-04-15")
        self.assertEqual(self.line.instalment_text, "Billed 4 of 12, 400.00 of 1,200.00 USD; 800.00 USD still to come")
        self.assertEqual(
            [part.state for part in self.parts.sorted("number")][:5], ["billed"] * 4 + [self.parts[4].state]
        )

    def test_it_waits_for_the_customers_own_day(self):
        # 22:30 UTC on the 14th is 23:30 in Amsterdam.
        with self.assertRaisesRegex(UserError, "Nothing is due"):
            self.subscription._bill_now(self.instant("2026-01-14 22:30:00"))
        run = self.subscription._bill_now(self.instant("2026-01-14 23:30:00"))
        self.assertEqual(self.amounts(run.bill_ids), ["100.00"])

    def test_a_credit_note_frees_a_part_for_the_next_run(self):
        move = self.post(self.make_run("2026-01-15"))
        self.free(move, "2026-01-20")
        self.assertNotEqual(self.parts[0].state, "billed")
        self.assertEqual(self.bill_up_to("2026-01-21"), [("Instalment 1 of 12 of 1,200.00 USD", "100.00")])

    def test_a_part_that_is_charged_does_not_change(self):
        self.bill_up_to("2026-01-15")
        wizard = self.env["cloud.instalment.plan"].with_context(default_line_id=self.line.id).create({})
        self.assertEqual((len(wizard.row_ids), str(wizard.charged)), (11, "100.00"))
        with self.assertRaises(psycopg2.errors.RestrictViolation), self.cr.savepoint(), mute_logger("odoo.sql_db"):
            self.cr.execute("UPDATE cloud_instalment SET date_due = '2026-12-31' WHERE id = %s", [self.parts[0].id])

    def test_the_rest_may_be_planned_anew(self):
        self.bill_up_to("2026-01-15")
        # 1,100.00 left, in two.
        parts = self.agree(count=2, first_date="2026-06-30")
        self.assertEqual(
            self.seen(parts), [(1, "2026-01-15", "100.00"), (2, "2026-06-30", "550.00"), (3, "2026-07-30", "550.00")]
        )
        self.assertEqual(self.line.instalment_text[:15], "Billed 1 of 3, ")

    def test_stopped_parts_are_not_billed_and_those_before_still_are(self):
        self.bill_up_to("2026-01-15")
        self.line._apply_instalment_stop(date(2026, 3, 1), reason="Goodwill")
        self.assertEqual(self.bill_up_to("2027-01-31"), [("Instalment 2 of 12 of 1,200.00 USD", "100.00")])
        self.assertEqual(self.line.instalment_text, "Billed 2 of 12, 200.00 of 1,200.00 USD; 0.00 USD still to come")
        change = self.env["cloud.subscription.change"].search([("line_id", "=", self.line.id)], limit=1)
        self.assertIn("instalments of 1,000.00 USD are not billed", change.text)
        self.line._apply_instalment_resume(date(2027, 2, 1))
        self.assertEqual(str(self.line.instalment_rest), "1000.00")

    def test_settled_early_the_rest_is_one_charge_less_the_discount(self):
        self.bill_up_to("2026-04-15")
        # 8 x 100.00 less 30.00.
        self.line._apply_settlement(date(2026, 5, 4), discount=D("30"))
        run = self.make_run("2026-05-04")
        text = run.bill_ids._get_move_line_text(run.bill_ids.rated_line_ids)
        self.assertIn("Settlement of the 800.00 USD left of 1,200.00 USD\n30.00 USD off for paying early", text)
        moves = self.post(run)
        self.assertEqual(moves.amount_untaxed, 770.0)
        self.assertFalse(self.make_run("2027-02-01").bill_ids, "nothing is left")
        self.assertEqual(str(self.line.instalment_rest), "0")

    def test_a_settlement_is_taken_back_until_it_is_billed(self):
        self.line._apply_settlement(date(2026, 1, 2))
        self.line._apply_instalment_resume(date(2026, 1, 3))
        self.assertEqual(self.bill_up_to("2026-01-15"), [("Instalment 1 of 12 of 1,200.00 USD", "100.00")])
        self.line._apply_settlement(date(2026, 2, 2))
        self.assertEqual(self.bill_up_to("2026-02-02")[0][1], "1100.00")
        with self.assertRaisesRegex(UserError, "no instalment was stopped"):
            self.line._apply_instalment_resume(date(2026, 2, 3))

    def test_after_a_settlement_was_taken_back_more_parts_may_be_planned(self):
        self.line._apply_settlement(date(2026, 1, 2))
        self.line._apply_instalment_resume(date(2026, 1, 3))
        self.assertEqual(len(self.agree(count=20, first_date="2026-02-01")), 21)

    def test_a_discount_of_all_that_is_left_is_refused(self):
        for discount in (D("1200"), D("-1"), D("0.001")):
            with self.assertRaisesRegex(UserError, "cannot be taken off"):
                self.line._apply_settlement(date(2026, 1, 2), discount=discount)

    def test_while_a_run_has_a_part_nothing_is_stopped(self):
        run = self.make_run("2026-01-15")
        with self.assertRaisesRegex(RedirectWarning, run.name):
            self.line._apply_instalment_stop(date(2026, 1, 1))
        self.line._apply_instalment_stop(date(2026, 2, 1))

    def test_what_is_owed_is_owed_after_the_end_too(self):
        self.bill_up_to("2026-01-15")
        self.subscription.action_end(date(2026, 3, 1))
        self.assertIn("1,100.00 USD of its instalments are still billed", self.subscription.instalment_warning)
        self.assertEqual(len(self.bill_up_to("2026-12-31")), 11)

    def test_the_wizard_settles_and_bills_at_once(self):
        wizard = self.env["cloud.instalment.end"].with_context(default_line_id=self.line.id)
        wizard = wizard.create({"date": "2026-01-02", "discount": "200", "is_billed_now": True})
        self.assertIn("Instead of 12 parts, 1,000.00 USD fall due on 01/02/2026", wizard.effect)
        action = wizard.with_user(self.user_accountant).action_confirm()
        run = self.env["cloud.bill.run"].browse(action["res_id"])
        self.assertEqual(self.amounts(run.bill_ids), ["1000.00"])

    def test_a_product_with_tax_is_taxed_as_ever(self):
        tax = self.company_data["default_tax_sale"]
        self.rack.taxes_id = tax
        move = self.post(self.make_run("2026-01-15"))
        self.assertEqual((move.amount_untaxed, move.invoice_line_ids.tax_ids), (100.0, tax))

    def test_the_proof_of_a_part_works_its_amount_out_again(self):
        self.bill_up_to("2026-01-15")
        line = self.parts[0].charge_id.rated_line_ids.with_user(self.user_auditor)
        _name, content = self.env["cloud.proof"].with_user(self.user_auditor)._save(line)
        report = check_proof(content, [])
        self.assertTrue(report.is_fine, tell(report))


@tagged("post_install", "-at_install")
class TestInstalmentsOfElsewhere(InstalmentCase):
    def test_parts_that_another_system_billed_keep_their_numbers(self):
        # Five of twelve parts of 100.00 were billed elsewhere; 700.00 is left.
        left = [PlannedPart(date(2026, month, 15), D("100")) for month in range(6, 13)]
        self.line._apply_instalments(left, first_number=6)
        self.subscription.action_activate()
        self.assertEqual(self.bill_up_to("2026-06-15"), [("Instalment 6 of 12 of 700.00 USD", "100.00")])
        self.assertEqual(self.line.instalment_text, "Billed 6 of 12, 100.00 of 700.00 USD; 600.00 USD still to come")

    def test_two_subscriptions_are_found_by_one_statement_more(self):
        self.plan_and_activate(count=12, first_date="2026-01-15")
        self.env.flush_all()
        counted = []
        for _round in range(2):
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            rows = list(self.env["cloud.charge.due"]._get_rows(self.company, self.day("2026-12-31")))
            counted.append((len(rows), self.cr.sql_log_count - before))
            for _place in range(3):
                subscription, line = self.buy(self.acme)
                self.agree(line, count=12, first_date="2026-01-15")
                subscription.action_activate()
            self.env.flush_all()
        self.assertEqual([rows for rows, _statements in counted], [12, 48])
        self.assertEqual(counted[0][1], counted[1][1], "the same number of statements for four times the parts")
