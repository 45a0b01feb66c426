from datetime import date

import psycopg2
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.cutover.opening_facts import OpeningFacts, OpeningProblems
from .billing_common import BillingCase, D


class CutoverCase(BillingCase):
    """Contracts that began in January and are moved here in July; what the former system billed is said of each."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.make_customer("Acme")
        cls.stream = cls.make_stream("Acme disk")

    def open(self, line, **facts):
        days = {name: date.fromisoformat(facts[name]) for name in ("billed_through", "counter_since") if name in facts}
        numbers = {name: D(facts[name]) for name in ("counter", "allowance_used", "deferred") if name in facts}
        return self.env["cloud.opening"]._apply({line.id: OpeningFacts(**days, **numbers)})

    def use(self, month, quantity):
        return self.deliver({"stream": self.stream, "quantity": quantity}, month=month)

    def lines(self, run):
        return [
            (str(line.service_start), str(line.service_end), str(line.amount))
            for line in run.bill_ids.rated_line_ids.sorted(lambda line: (line.service_start, line.id))
        ]


@tagged("post_install", "-at_install")
class TestUsageCountedOverTheYear(CutoverCase):
    """The first 1,000 GB of a year at 1.00, all above at 0.50; 900 GB were counted by the former system up to July."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_version(
            {
                "product_id": cls.disk.id,
                "charge_model": "graduated",
                "counter_cycle": "year",
                "tier_ids": [(0, 0, {"up_to": "1000", "unit_price": "1"}), (0, 0, {"unit_price": "0.50"})],
            }
        )
        cls.subscription = cls.make_subscription(cls.customer, cls.disk)
        cls.line = cls.subscription.line_ids
        cls.map_stream(cls.stream, cls.line)

    def test_the_tiers_go_on_from_the_opening_counter_and_no_month_is_billed_twice(self):
        self.open(self.line, billed_through="2026-07-01", counter="900", counter_since="2026-01-01")
        self.use("2026-06-01", "150")
        self.use("2026-07-01", "300")
        # July: 100 x 1.00 fill the first tier, 200 x 0.50. June was billed by the former system, whatever comes of it.
        self.assertEqual(self.lines(self.make_run("2026-08-01")), [("2026-07-01", "2026-08-01", "200.00")])

    def test_the_count_goes_on_with_what_we_bill(self):
        self.open(self.line, billed_through="2026-07-01", counter="900", counter_since="2026-01-01")
        self.use("2026-07-01", "300")
        self.post(self.make_run("2026-08-01"))
        self.use("2026-08-01", "10")
        line = self.make_run("2026-09-01").bill_ids.rated_line_ids
        # 1,200 were counted: 10 x 0.50.
        self.assertEqual(str(line.amount), "5.00")
        self.assertEqual(line.statement["counter"], {"before": "1200", "after": "1210"})

    def test_the_next_year_begins_anew(self):
        self.open(self.line, billed_through="2026-07-01", counter="900", counter_since="2026-01-01")
        self.use("2027-01-01", "300")
        self.assertEqual(self.lines(self.make_run("2027-02-01"))[-1][-1], "300.00")

    def test_late_usage_of_our_months_is_corrected_and_the_counter_stays(self):
        self.open(self.line, billed_through="2026-07-01", counter="900", counter_since="2026-01-01")
        self.use("2026-07-01", "50")
        self.post(self.make_run("2026-08-01"))
        self.use("2026-07-01", "150")
        # 150 after 900: 100 x 1.00 + 50 x 0.50 = 125.00, of which 50.00 are billed.
        self.assertEqual(self.lines(self.make_run("2026-09-01"))[0], ("2026-07-01", "2026-08-01", "75.00"))

    def test_another_start_of_the_cycle_is_refused_with_the_right_one(self):
        with self.assertRaisesRegex(OpeningProblems, "began on 01/01/2026"):
            self.open(self.line, billed_through="2026-07-01", counter="900", counter_since="2026-02-01")

    def test_no_periods_are_made_of_days_that_are_not_ours(self):
        self.open(self.line, billed_through="2026-07-01", counter="900", counter_since="2026-01-01")
        self.make_run("2026-08-01")
        periods = self.env["cloud.billing.period"].search([("subscription_id", "=", self.subscription.id)])
        self.assertEqual([str(period.date_start) for period in periods], ["2026-07-01"])

    def test_a_change_that_gives_money_back_of_those_days_is_refused(self):
        self.open(self.line, billed_through="2026-07-01")
        with self.assertRaisesRegex(UserError, "billed by the former system up to 07/01/2026"):
            self.subscription._apply_pause(date(2026, 6, 1), date(2026, 8, 1), policy="credit")
        with self.assertRaisesRegex(UserError, "billed by the former system up to 07/01/2026"):
            self.subscription.action_end(date(2026, 6, 15))

    def test_it_is_frozen_and_never_corrected(self):
        opening = self.open(self.line, billed_through="2026-07-01", counter="900", counter_since="2026-01-01")
        charge = opening.charge_id
        for statement in (
            "UPDATE cloud_opening SET counter_quantity = 0 WHERE id = %(opening)s",
            "DELETE FROM cloud_opening WHERE id = %(opening)s",
            "UPDATE cloud_charge SET service_end = '2026-08-01' WHERE id = %(charge)s",
            "UPDATE cloud_rated_line SET counted_quantity = 0 WHERE charge_id = %(charge)s",
            "DELETE FROM cloud_charge WHERE id = %(charge)s",
            (
                "INSERT INTO cloud_charge (company_id, customer_id, component_id, kind, product_id, service_start,"
                " service_end, utc_start, utc_end, full_start, full_end, state, is_live, is_rated, currency_id,"
                " corrects_id, correction_number, subscription_id, subscription_line_id)"
                " SELECT company_id, customer_id, component_id, kind, product_id, service_start, service_end,"
                " utc_start, utc_end, full_start, full_end, 'draft', TRUE, FALSE, currency_id, id, 1, subscription_id,"
                " subscription_line_id FROM cloud_charge WHERE id = %(charge)s"
            ),
        ):
            with (
                self.subTest(statement[:30]),
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.errors.RestrictViolation),
                self.cr.savepoint(),
            ):
                self.cr.execute(statement, {"opening": opening.id, "charge": charge.id})

    def test_undone_it_is_billed_here_and_not_while_something_of_ours_is_on_top(self):
        opening = self.open(self.line, billed_through="2026-07-01", counter="900", counter_since="2026-01-01")
        self.use("2026-07-01", "300")
        run = self.make_run("2026-08-01")
        self.assertRegex(self.subscription._get_charged_problems()[0], "has 1 charges of ours on top")
        run.action_cancel()
        self.assertFalse(self.subscription._get_charged_problems())
        opening._undo(date(2026, 8, 1))
        self.assertEqual(opening.charge_id.state, "voided")


@tagged("post_install", "-at_install")
class TestAFeeBilledInAdvance(CutoverCase):
    """Ten seats at 31.00 a month, billed by the former system up to 15 August."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_version({"product_id": cls.support.id, "unit_price": "31"})

    def seats(self, **vals):
        line = {"product_id": self.support.id, "name": "Seats", "quantity": "10", "timing": "advance"}
        return self.make_subscription(self.customer, line, **vals).line_ids

    def test_by_the_calendar_the_rest_of_august_is_prorated(self):
        self.open(self.seats(), billed_through="2026-08-15", deferred="140")
        # Due on the 15th, not before. 310.00 x 17/31 = 170.00.
        self.assertFalse(self.make_run("2026-08-14").bill_ids)
        self.assertEqual(self.lines(self.make_run("2026-08-15")), [("2026-08-15", "2026-09-01", "170.00")])

    def test_beside_usage_the_fee_still_waits_for_its_day(self):
        line = self.seats()
        other = self.make_subscription(self.customer, self.support).line_ids
        self.open(line, billed_through="2026-08-15")
        self.open(other, billed_through="2026-08-01")
        other.subscription_id.line_ids.create(
            {"subscription_id": other.subscription_id.id, "product_id": self.set_up.id, "date_start": "2026-09-20"}
        )
        self.assertFalse(self.make_run("2026-08-14").bill_ids)

    def test_with_its_own_day_the_next_period_is_whole(self):
        line = self.seats(cycle_kind="anniversary", date_start="2026-01-15")
        self.open(line, billed_through="2026-08-15")
        self.assertEqual(self.lines(self.make_run("2026-08-15")), [("2026-08-15", "2026-09-15", "310.00")])

    def test_a_fee_that_is_not_shared_is_not_owed_twice_for_one_period(self):
        line = self.seats()
        line.proration = "none"
        self.open(line, billed_through="2026-08-15")
        # August is borne by whoever billed its first days.
        amounts = [amount for _start, _end, amount in self.lines(self.make_run("2026-09-01"))]
        self.assertEqual(amounts[-1], "310.00")
        self.assertNotIn("310.00", amounts[:-1])

    def test_what_begins_later_or_was_charged_once_is_billed_by_whom_it_is_due(self):
        self.make_version(
            {"product_id": self.support.id, "unit_price": "31"},
            {"product_id": self.set_up.id, "unit_price": "99"},
            date_start="2026-02-01",
        )
        subscription = self.make_subscription(
            self.customer, self.set_up, {"product_id": self.set_up.id, "date_start": "2026-08-10"}
        )
        for line in subscription.line_ids:
            self.open(line, billed_through="2026-08-01")
        self.assertEqual(self.lines(self.make_run("2026-09-01")), [("2026-08-10", "2026-08-11", "99.00")])

    def test_it_is_on_no_bill_run_or_revenue(self):
        opening = self.open(self.seats(), billed_through="2026-08-15")
        charge = opening.charge_id
        self.assertFalse(charge.bill_id | charge.run_id.bill_ids)
        bill = self.make_run("2026-08-15").bill_ids
        self.assertFalse(bill.previous_amount)
        self.assertNotIn(charge, bill.charge_ids)


@tagged("post_install", "-at_install")
class TestAnAllowanceHalfUsed(CutoverCase):
    """1,000 GB a year are included, each above it costs 1.00; 500 GB of them were used up to July."""

    def include(self, **vals):
        state = self.company.cloud_billing_state
        self.set_company_state("setup")
        version = self.env["cloud.price.plan.version"].create(
            {
                "name": "With included disk",
                "plan_id": self.plan.id,
                "date_start": "2026-01-01",
                "rule_ids": [(0, 0, {"product_id": self.disk.id, "unit_price": "1"})],
                "allowance_ids": [(0, 0, {"product_id": self.disk.id, **vals})],
            }
        )
        version.action_approve_directly()
        self.env.flush_all()
        self.set_company_state(state)
        line = self.make_subscription(self.customer, self.disk).line_ids
        self.map_stream(self.stream, line)
        return line

    def test_what_is_left_of_the_year_is_used_up_first(self):
        line = self.include(quantity="1000", cycle="year")
        self.open(line, billed_through="2026-07-01", allowance_used="500")
        self.use("2026-07-01", "620")
        # 620 less the 500 that are left: 120 x 1.00.
        self.assertEqual(self.lines(self.make_run("2026-08-01")), [("2026-07-01", "2026-08-01", "120.00")])

    def test_more_than_was_included_is_refused(self):
        line = self.include(quantity="1000", cycle="year")
        with self.assertRaisesRegex(OpeningProblems, "200 more than is included"):
            self.open(line, billed_through="2026-07-01", allowance_used="1200")

    def test_a_period_that_begins_with_us_has_used_nothing(self):
        line = self.include(quantity="100")
        with self.assertRaisesRegex(OpeningProblems, "more than is included"):
            self.open(line, billed_through="2026-07-01", allowance_used="50")

    def test_nothing_is_carried_over_from_before(self):
        line = self.include(quantity="100", rollover_periods=1)
        self.open(line, billed_through="2026-07-01")
        self.use("2026-07-01", "130")
        # June's 100 would come on top, were they known to be left: 30 above July's own.
        self.assertEqual(self.lines(self.make_run("2026-08-01"))[0][-1], "30.00")
