from datetime import datetime
from decimal import Decimal
from pathlib import Path

import psycopg2
from odoo.exceptions import RedirectWarning, UserError, ValidationError
from odoo.tools import mute_logger

from .billing_common import BillingCase

D = Decimal


class SeatsCase(BillingCase):
    """10 seats at 12.00 a month, from 1 March 2026 on."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_version({"product_id": cls.support.id, "unit_price": "12"})
        cls.customer = cls.make_customer("Acme")
        cls.now = datetime(2026, 3, 16, 12)

    def subscribe(self, timing="advance", **vals):
        line = {"product_id": self.support.id, "name": "Seat", "quantity": "10", "timing": timing, **vals}
        return self.make_subscription(self.customer, line, date_start="2026-03-01").line_ids

    def bill(self, cutoff):
        """Post what is due on a day; returns its invoices."""
        moves = self.post(self.make_run(cutoff))
        self.env.flush_all()
        return moves

    def look(self, cutoff):
        """The corrections that a run would make, as (from, to, quantity, amount)."""
        run = self.make_run(cutoff)
        charges = self.env["cloud.charge"].search([("run_id", "=", run.id), ("corrects_id", "!=", False)])
        return self.tell(charges)

    def tell(self, charges):
        return [
            (str(line.service_start), str(line.service_end), str(line.quantity), str(line.amount))
            for line in charges.rated_line_ids.sorted(lambda line: (line.service_start, line.id))
        ]


class TestQuantitiesOfBilledDays(SeatsCase):
    def test_seats_that_are_added_are_charged_from_their_day_on(self):
        line = self.subscribe()
        self.bill("2026-03-01")
        line._apply_quantity(self.day("2026-03-11"), D(14), "credit", "Four people more")
        # 4 x 12.00 x 21/31 = 32.516
        self.assertEqual(self.look("2026-03-11"), [("2026-03-11", "2026-04-01", "4", "32.52")])

    def test_seats_that_are_given_back_are_credited_from_their_day_on(self):
        line = self.subscribe()
        self.bill("2026-03-01")
        line._apply_quantity(self.day("2026-03-16"), D(6), "credit")
        # 4 x 12.00 x 16/31 = 24.774
        self.assertEqual(self.look("2026-03-16"), [("2026-03-16", "2026-04-01", "-4", "-24.77")])

    def test_a_change_in_arrears_that_was_told_late_is_corrected_too(self):
        line = self.subscribe("arrears")
        self.bill("2026-04-01")
        line._apply_quantity(self.day("2026-03-16"), D(6), "credit")
        self.assertEqual(self.look("2026-04-02"), [("2026-03-16", "2026-04-01", "-4", "-24.77")])

    def test_a_correction_is_billed_once(self):
        line = self.subscribe()
        self.bill("2026-03-01")
        line._apply_quantity(self.day("2026-03-11"), D(14), "credit")
        self.bill("2026-03-11")
        self.assertEqual(self.look("2026-03-12"), [])

    def test_a_later_change_corrects_what_was_corrected(self):
        line = self.subscribe()
        self.bill("2026-03-01")
        line._apply_quantity(self.day("2026-03-11"), D(14), "credit")
        self.bill("2026-03-11")
        line._apply_quantity(self.day("2026-03-21"), D(12), "credit")
        # 2 x 12.00 x 11/31 = 8.516; the ten days before are left alone.
        self.assertEqual(self.look("2026-03-21"), [("2026-03-21", "2026-04-01", "-2", "-8.52")])

    def test_the_same_quantity_again_corrects_nothing(self):
        line = self.subscribe()
        self.bill("2026-03-01")
        line._apply_quantity(self.day("2026-03-11"), D(10), "credit")
        self.assertEqual(self.look("2026-03-11"), [])

    def test_a_change_that_is_taken_back_gives_back_what_it_cost(self):
        line = self.subscribe()
        self.bill("2026-03-01")
        line._apply_quantity(self.day("2026-03-11"), D(14), "credit")
        self.bill("2026-03-11")
        line._apply_quantity(self.day("2026-03-11"), D(10), "credit", "It was a mistake")
        self.assertEqual(self.look("2026-03-12"), [("2026-03-11", "2026-04-01", "-4", "-32.52")])

    def test_a_quantity_of_0_gives_back_the_days_it_pauses(self):
        line = self.subscribe()
        self.bill("2026-03-01")
        line._apply_quantity(self.day("2026-03-11"), D(0), "credit")
        line._apply_quantity(self.day("2026-03-21"), D(10), "credit")
        # 120.00 x 10/31 = 38.709
        self.assertEqual(self.look("2026-03-21"), [("2026-03-11", "2026-03-21", "-10", "-38.71")])

    def test_under_the_policy_nothing_billed_days_stay(self):
        line = self.subscribe()
        self.bill("2026-03-01")
        dated = line._apply_quantity(self.day("2026-03-11"), D(6), "nothing")
        self.assertEqual(str(dated.date_start), "2026-04-01")
        self.assertEqual(self.look("2026-03-31"), [])

    def test_without_a_policy_billed_days_are_refused_with_a_way_out(self):
        line = self.subscribe()
        self.bill("2026-03-01")
        with self.assertRaisesRegex(
            RedirectWarning, "charged up to 2026-04-01. Let the quantity hold from that day on"
        ):
            line._apply_quantity(self.day("2026-03-11"), D(14))
        with self.assertRaisesRegex(RedirectWarning, "add it with its day"):
            line.quantity = 14
        line._apply_quantity(self.day("2026-04-01"), D(14))

    def test_in_the_same_run_the_correction_stands_beside_the_new_month(self):
        line = self.subscribe()
        self.bill("2026-03-01")
        line._apply_quantity(self.day("2026-03-11"), D(14), "credit")
        run = self.make_run("2026-04-01")
        # 32.52 of March, 14 x 12.00 = 168.00 of April.
        self.assertEqual(self.amounts(run.bill_ids), ["200.52"])

    def test_a_change_while_a_run_waits_is_corrected_by_the_next(self):
        line = self.subscribe()
        run = self.make_run("2026-03-01")
        line._apply_quantity(self.day("2026-03-11"), D(14), "credit")
        self.post(run)
        self.assertEqual(self.look("2026-03-11"), [("2026-03-11", "2026-04-01", "4", "32.52")])

    def test_a_run_that_is_recalculated_corrects_by_what_is_agreed_then(self):
        line = self.subscribe()
        self.bill("2026-03-01")
        line._apply_quantity(self.day("2026-03-11"), D(14), "credit")
        run = self.make_run("2026-03-11")
        line._apply_quantity(self.day("2026-03-11"), D(12), "credit")
        run.bill_ids.action_recalculate()
        # 2 x 12.00 x 21/31 = 16.258
        self.assertEqual(self.amounts(run.bill_ids), ["16.26"])

    def test_what_a_credit_note_freed_is_billed_as_it_is_agreed_now(self):
        line = self.subscribe()
        invoice = self.bill("2026-03-01")
        self.free(invoice, "2026-03-02")
        line._apply_quantity(self.day("2026-03-16"), D(6), "credit")
        run = self.make_run("2026-03-16")
        # 10 x 12.00 x 15/31 = 58.06; 6 x 12.00 x 16/31 = 37.16
        self.assertEqual(self.amounts(run.bill_ids), ["95.22"])

    def test_two_runs_do_not_correct_the_same(self):
        line = self.subscribe()
        self.bill("2026-03-01")
        line._apply_quantity(self.day("2026-03-11"), D(14), "credit")
        self.assertEqual(len(self.look("2026-03-11")), 1)
        self.assertEqual(self.look("2026-03-11"), [])


class TestChangesOfTheManual(SeatsCase):
    def read_rows(self):
        """(from, quantity, correction) of the table of changes in docs/contracts.md."""
        page = Path(__file__).parents[2] / "docs" / "contracts.md"
        if not page.exists():
            self.skipTest("the manual is not beside the add-on")
        table = page.read_text(encoding="utf-8").split("| from | quantity | correction | worked out |")[1]
        rows = [line.strip("|").split("|") for line in table.splitlines()[2:8]]
        return [tuple(cell.strip() for cell in row[:3]) for row in rows]

    def test_every_row_is_what_the_next_run_bills(self):
        rows = self.read_rows()
        lines = [self.subscribe() for _row in rows]
        self.bill("2026-03-01")
        for line, (day, quantity, _correction) in zip(lines, rows, strict=True):
            line._apply_quantity(self.day(day), D(quantity), "credit")
        run = self.make_run("2026-03-31")
        charges = self.env["cloud.charge"].search([("run_id", "=", run.id)]).grouped("subscription_line_id")
        for line, (_day, _quantity, correction) in zip(lines, rows, strict=True):
            found = [str(amount) for amount in charges.get(line, self.env["cloud.charge"]).mapped("amount")]
            self.assertEqual(found, [] if correction == "none" else [correction])


class TestManyCorrectionsAtOnce(SeatsCase):
    def count_statements(self, lines):
        for line in lines:
            line._apply_quantity(self.day("2026-03-11"), D(14), "credit")
        run = self.env["cloud.bill.run"].create(
            {
                "company_id": self.company.id,
                "cutoff_date": "2026-03-11",
                "invoice_date": "2026-03-11",
                "accounting_date": "2026-03-11",
            }
        )
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        made = self.env["cloud.charge.correction"]._make(run)
        self.assertEqual(made, len(lines))
        return self.env.cr.sql_log_count - before

    def test_ten_times_as_many_take_as_many_statements(self):
        # What is asked once in a process is asked by the first.
        first = self.subscribe()
        few = self.env["cloud.subscription.line"].union(*(self.subscribe() for _number in range(2)))
        many = self.env["cloud.subscription.line"].union(*(self.subscribe() for _number in range(20)))
        self.bill("2026-03-01")
        self.count_statements(first)
        self.assertEqual(self.count_statements(few), self.count_statements(many))


class TestChangesThatChangeNothing(SeatsCase):
    def get_concerned(self):
        run = self.env["cloud.bill.run"].create(
            {"cutoff_date": "2026-03-12", "invoice_date": "2026-03-12", "accounting_date": "2026-03-12"}
        )
        return self.env["cloud.charge.correction"]._get_changed(run, None).subscription_line_id

    def test_are_rated_again_by_one_run_only(self):
        line = self.subscribe()
        self.bill("2026-03-01")
        line._apply_quantity(self.day("2026-03-11"), D(10), "refund")
        self.assertEqual(self.get_concerned(), line)
        self.assertTrue(line.subscription_id.is_refund_due)
        self.assertEqual(self.look("2026-03-11"), [])
        self.assertFalse(self.get_concerned())
        line.subscription_id.invalidate_recordset(["is_refund_due"])
        self.assertFalse(line.subscription_id.is_refund_due)

    def test_the_next_one_that_does_is_corrected(self):
        line = self.subscribe()
        self.bill("2026-03-01")
        line._apply_quantity(self.day("2026-03-11"), D(10), "credit")
        self.look("2026-03-11")
        line._apply_quantity(self.day("2026-03-11"), D(14), "credit")
        self.assertEqual(self.look("2026-03-12"), [("2026-03-11", "2026-04-01", "4", "32.52")])

    def test_count_again_when_a_correction_that_made_them_equal_is_freed(self):
        line = self.subscribe()
        self.bill("2026-03-01")
        line._apply_quantity(self.day("2026-03-11"), D(14), "credit")
        correction = self.bill("2026-03-11")
        line._apply_quantity(self.day("2026-03-11"), D(14), "credit", "Said twice")
        self.assertEqual(self.look("2026-03-12"), [])
        self.assertFalse(self.get_concerned())
        self.free(correction, "2026-03-12")
        self.assertEqual(self.look("2026-03-13"), [("2026-03-11", "2026-04-01", "4", "32.52")])


class TestEndsInBilledDays(SeatsCase):
    def test_the_end_of_a_line_credits_its_unused_days(self):
        line = self.subscribe()
        self.bill("2026-03-01")
        line._apply_end(self.day("2026-03-16"), "credit", "Too small")
        # 120.00 x 16/31 = 61.935
        self.assertEqual(self.look("2026-03-16"), [("2026-03-16", "2026-04-01", "-10", "-61.94")])

    def test_the_end_of_a_subscription_credits_all_its_lines(self):
        line = self.subscribe()
        self.bill("2026-03-01")
        line.subscription_id._apply_notice(self.day("2026-03-16"), self.now, policy="credit")
        self.assertEqual(self.look("2026-03-16"), [("2026-03-16", "2026-04-01", "-10", "-61.94")])

    def test_an_end_that_is_taken_back_is_charged_again(self):
        line = self.subscribe()
        self.bill("2026-03-01")
        line._apply_end(self.day("2026-03-16"), "credit")
        self.bill("2026-03-16")
        line._apply_end(None)
        self.assertEqual(self.look("2026-03-17"), [("2026-03-16", "2026-04-01", "10", "61.94")])

    def test_what_is_billed_piece_by_piece_is_given_back_to_the_last_cent(self):
        # Each piece rounded by itself gives back two cents less than the lines came to.
        line = self.subscribe(quantity="1")
        self.bill("2026-03-01")
        for day in ("2026-03-04", "2026-03-08", "2026-03-13", "2026-03-22", "2026-03-29"):
            line._apply_quantity(self.day(day), line.quantity_today + D("0.5"), "credit")
            self.bill(day)
        line._apply_quantity(self.day("2026-03-01"), D(0), "credit")
        for dated in line.quantity_ids:
            line._apply_quantity(dated.date_start, D(0), "credit")
        self.bill("2026-03-30")
        charges = self.env["cloud.charge"].search([("subscription_line_id", "=", line.id)])
        self.assertEqual(sum(charges.mapped("amount")), 0)

    def test_under_the_policy_nothing_a_line_runs_as_long_as_it_is_billed(self):
        line = self.subscribe()
        self.bill("2026-03-01")
        line._apply_end(self.day("2026-03-16"), "nothing")
        self.assertEqual(str(line.date_end), "2026-04-01")
        self.assertEqual(self.look("2026-03-31"), [])

    def test_under_the_policy_nothing_a_line_never_runs_longer_than_it_would_have(self):
        line = self.subscribe()
        self.bill("2026-03-01")
        line._apply_end(self.day("2026-03-21"), "credit")
        # The 21st to the 31st are given back already; what is billed and kept are the days up to the 21st.
        line._apply_end(self.day("2026-03-16"), "nothing")
        self.assertEqual(str(line.date_end), "2026-03-21")

    def test_without_a_policy_billed_days_are_refused_with_a_way_out(self):
        line = self.subscribe()
        self.bill("2026-03-01")
        for place in (line, line.subscription_id):
            with self.assertRaisesRegex(
                RedirectWarning, "charged up to 2026-04-01. End it on that day or later, or choose"
            ):
                place.date_end = "2026-03-16"
        line._apply_end(self.day("2026-04-01"))


class TestEndsByOtherMeasuresOfAPeriod(SeatsCase):
    """10 seats at 12.00: 120.00 for March 2026, whose 29th has 23 hours in Amsterdam."""

    def credit_from(self, day, proration):
        """The credit note of an end inside billed days: (its kind, its amount, (quantity, from, to) of its line)."""
        line = self.subscribe(proration=proration)
        self.bill("2026-03-01")
        line.subscription_id._apply_notice(self.day(day), self.now, policy="credit")
        note = self.bill("2026-03-30")
        rated = note.invoice_line_ids.cloud_rated_line_ids
        return (
            note.move_type,
            str(sum(rated.mapped("amount"))),
            [(str(one.quantity), str(one.service_start), str(one.service_end)) for one in rated],
        )

    def test_by_second(self):
        # 16 to 31 March: 16 x 24 - 1 = 383 of 743 hours: 120.00 x 383/743 = 61.857. By days it would be 61.94.
        self.assertEqual(
            self.credit_from("2026-03-16", "second"),
            ("out_refund", "-61.86", [("-10", "2026-03-16", "2026-04-01")]),
        )

    def test_by_months_of_30_days(self):
        # From the 16th on 15 of 30 days: 120.00 x 15/30 = 60.00.
        self.assertEqual(
            self.credit_from("2026-03-16", "thirty"),
            ("out_refund", "-60.00", [("-10", "2026-03-16", "2026-04-01")]),
        )

    def test_a_period_that_is_not_shared_gives_nothing_back(self):
        # Who began March owes all of it.
        line = self.subscribe(proration="none")
        self.bill("2026-03-01")
        line.subscription_id._apply_notice(self.day("2026-03-16"), self.now, policy="credit")
        self.assertEqual(self.look("2026-03-30"), [])

    def test_a_period_that_is_not_shared_comes_back_whole_where_no_day_of_it_is_left(self):
        line = self.subscribe(proration="none")
        self.bill("2026-04-01")
        line.subscription_id._apply_notice(self.day("2026-04-01"), self.now, policy="credit")
        note = self.bill("2026-04-30")
        # April, billed in advance on 1 April.
        self.assertEqual((note.move_type, note.amount_total), ("out_refund", 120.0))


class TestCreditNotesOfFees(SeatsCase):
    def test_a_total_below_zero_is_a_credit_note(self):
        line = self.subscribe()
        invoice = self.bill("2026-03-01")
        line.subscription_id._apply_notice(self.day("2026-03-16"), self.now, policy="refund")
        credit = self.bill("2026-03-16")
        self.assertEqual((credit.move_type, credit.state), ("out_refund", "posted"))
        self.assertEqual(credit.amount_total, 61.94)
        corrected = credit.invoice_line_ids.cloud_rated_line_ids.corrects_id
        self.assertEqual(corrected.move_id, invoice)

    def test_a_total_below_zero_of_gross_prices_is_a_credit_note(self):
        tax = self.env["account.tax"].create(
            {"name": "21 % included", "amount": 21, "price_include_override": "tax_included", "type_tax_use": "sale"}
        )
        self.support.taxes_id = tax
        plan = self.make_plan("Gross prices", tax_basis="gross")
        self.make_version({"product_id": self.support.id, "unit_price": "12"}, plan=plan)
        line = {"product_id": self.support.id, "name": "Seat", "quantity": "10", "timing": "advance"}
        subscription = self.make_subscription(self.customer, line, plan=plan, date_start="2026-03-01")
        self.bill("2026-03-01")
        subscription._apply_notice(self.day("2026-03-16"), self.now, policy="credit")
        credit = self.bill("2026-03-16")
        self.assertEqual((credit.move_type, credit.amount_total), ("out_refund", 61.94))
        # 61.94 / 1.21 = 51.190
        self.assertEqual(credit.amount_untaxed, 51.19)

    def test_the_text_says_what_was_billed_and_what_is_right(self):
        line = self.subscribe()
        invoice = self.bill("2026-03-01")
        line._apply_quantity(self.day("2026-03-16"), D(6), "credit")
        credit = self.bill("2026-03-16")
        self.assertEqual(
            credit.invoice_line_ids.name,
            f"Seat\nOf invoice {invoice.name}\nCorrection: 10 Units were billed, 6 Units are right\n"
            "03/16/2026 to 03/31/2026",
        )


class TestTypedQuantities(SeatsCase):
    def test_two_of_one_day_are_refused(self):
        line = self.subscribe()
        line.write({"quantity_ids": [(0, 0, {"date_start": "2026-03-11", "quantity": "14"})]})
        with self.assertRaisesRegex(UserError, "has a quantity from 2026-03-11 already"):
            line.write({"quantity_ids": [(0, 0, {"date_start": "2026-03-11", "quantity": "15"})]})
        with self.assertRaisesRegex(UserError, "has a quantity from 2026-03-12 already"):
            line.write(
                {"quantity_ids": [(0, 0, {"date_start": "2026-03-12", "quantity": quantity}) for quantity in (1, 2)]}
            )

    def test_a_day_outside_the_line_is_refused(self):
        line = self.subscribe(date_end="2026-06-01")
        for day in ("2026-02-28", "2026-06-01"):
            with self.assertRaisesRegex(ValidationError, f"the day {day} lies outside"):
                line._apply_quantity(self.day(day), D(14))

    def test_a_quantity_below_0_is_refused(self):
        line = self.subscribe()
        with self.assertRaises(psycopg2.errors.CheckViolation), mute_logger("odoo.sql_db"):
            line._apply_quantity(self.day("2026-03-11"), D(-1))

    def test_what_is_not_billed_yet_is_changed_and_deleted(self):
        line = self.subscribe()
        dated = line._apply_quantity(self.day("2026-04-11"), D(14))
        self.bill("2026-03-01")
        dated.quantity = 15
        dated.unlink()
        self.assertEqual(
            line.subscription_id.change_ids.mapped("text"),
            [
                "Seat: 10 instead of 15 from 04/11/2026",
                "Seat: 15 instead of 10 from 04/11/2026",
                "Seat: 14 instead of 10 from 04/11/2026",
            ],
        )

    def test_what_is_billed_stays(self):
        line = self.subscribe()
        dated = line._apply_quantity(self.day("2026-03-11"), D(14))
        self.bill("2026-03-01")
        with self.assertRaisesRegex(RedirectWarning, "was charged already, so it stays"):
            dated.quantity = 15
        with self.assertRaisesRegex(RedirectWarning, "was charged already, so it stays"):
            dated.unlink()
        with self.assertRaises(psycopg2.errors.RestrictViolation), mute_logger("odoo.sql_db"):
            self.env.cr.execute("UPDATE cloud_subscription_quantity SET quantity = 1 WHERE id = %s", [dated.id])

    def test_todays_quantity_is_that_of_the_day(self):
        line = self.subscribe()
        line._apply_quantity(self.day("2026-03-11"), D(14))
        line._apply_quantity(self.day("9000-01-01"), D(99))
        self.assertEqual(line.quantity_today, 14)

    def test_the_timeline_is_never_edited(self):
        line = self.subscribe()
        line._apply_quantity(self.day("2026-03-11"), D(14))
        self.env.flush_all()
        for statement in ("UPDATE cloud_subscription_change SET reason = 'x'", "DELETE FROM cloud_subscription_change"):
            with (
                self.assertRaises(psycopg2.errors.RestrictViolation),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(statement)
