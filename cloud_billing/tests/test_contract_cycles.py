from datetime import date

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation

from ..models.billing.charge.cloud_charge_due_cycle import get_open_periods
from .billing_common import BillingCase, D


class CycleCase(BillingCase):
    """A fee of 70.00 per billing period, whatever a period is; in arrears unless told otherwise."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_version({"product_id": cls.support.id, "unit_price": "70"})
        cls.customer = cls.make_customer("Acme")

    def subscribe(self, date_start, timing="arrears", line=None, **vals):
        line = {"product_id": self.support.id, "name": "Support", "timing": timing, **(line or {})}
        return self.make_subscription(self.customer, line, date_start=date_start, **vals)

    def bill(self, cutoff, subscription=None):
        """(first day, first day after, amount) of what a run charges, in order."""
        charges = self.make_run(cutoff).bill_ids.charge_ids
        if subscription:
            charges = charges.filtered(lambda charge: charge.subscription_id == subscription)
        return [
            (str(charge.service_start), str(charge.service_end), str(charge.amount))
            for charge in charges.sorted(lambda charge: (charge.service_start, charge.id))
        ]


@tagged("post_install", "-at_install")
class TestAFeeOfEachCycle(CycleCase):
    def test_weeks_begin_on_monday(self):
        self.subscribe("2026-03-18", cycle_unit="week")
        # Wednesday 18 to Sunday 22 March: 70 x 5 / 7
        self.assertEqual(
            self.bill("2026-04-06"),
            [
                ("2026-03-18", "2026-03-23", "50.00"),
                ("2026-03-23", "2026-03-30", "70.00"),
                ("2026-03-30", "2026-04-06", "70.00"),
            ],
        )

    def test_every_ten_days(self):
        self.subscribe("2026-03-18", cycle_unit="day", cycle_count=10)
        self.assertEqual(
            self.bill("2026-04-07"), [("2026-03-18", "2026-03-28", "70.00"), ("2026-03-28", "2026-04-07", "70.00")]
        )

    def test_quarters_in_advance(self):
        self.subscribe("2026-02-10", "advance", cycle_unit="quarter")
        # 10 February to 31 March: 19 + 31 = 50 of 31 + 28 + 31 = 90 days; 70 x 50 / 90 = 38.888...
        self.assertEqual(
            self.bill("2026-04-01"), [("2026-02-10", "2026-04-01", "38.89"), ("2026-04-01", "2026-07-01", "70.00")]
        )

    def test_years_in_advance_from_the_day_of_the_start(self):
        self.subscribe("2026-03-18", "advance", cycle_unit="year", cycle_kind="anniversary")
        self.assertEqual(
            self.bill("2027-03-18"), [("2026-03-18", "2027-03-18", "70.00"), ("2027-03-18", "2028-03-18", "70.00")]
        )

    def test_an_anniversary_on_the_31st(self):
        self.subscribe("2026-01-31", cycle_kind="anniversary")
        self.assertEqual(
            self.bill("2026-04-30"),
            [
                ("2026-01-31", "2026-02-28", "70.00"),
                ("2026-02-28", "2026-03-31", "70.00"),
                ("2026-03-31", "2026-04-30", "70.00"),
            ],
        )

    def test_an_anniversary_on_the_28th_that_stands_for_the_31st(self):
        self.subscribe("2026-02-28", cycle_kind="anniversary", anchor_day=31)
        self.assertEqual([start for start, _end, _amount in self.bill("2026-04-30")], ["2026-02-28", "2026-03-31"])

    def test_the_cycle_stays_once_something_was_charged(self):
        subscription = self.subscribe("2026-03-01")
        self.make_run("2026-04-01")
        for vals in (
            {"cycle_unit": "week"},
            {"cycle_count": 2},
            {"cycle_kind": "aligned", "anchor_date": "2026-01-01"},
            {"first_period": "full"},
        ):
            with self.assertRaisesRegex(UserError, "was charged already"):
                subscription.write(vals)

    def test_a_period_of_nothing_is_refused(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation):
            self.subscribe("2026-03-01", cycle_count=0)
            self.env.flush_all()

    def test_the_form_says_it_in_words(self):
        subscription = self.subscribe("2026-03-15", "advance", cycle_count=3, cycle_kind="anniversary", activate=False)
        self.assertEqual(
            subscription._get_cycle_text(self.day("2026-10-01")),
            "Every 3 months from day 15 of the month, in advance; this period 09/15/2026 to 12/14/2026; "
            "next period 12/15/2026 to 03/14/2027",
        )
        subscription.date_end = "2026-12-01"
        self.assertEqual(
            subscription._get_cycle_text(self.day("2026-10-01")),
            "Every 3 months from day 15 of the month, in advance; this period 09/15/2026 to 11/30/2026",
        )


@tagged("post_install", "-at_install")
class TestACommonDate(CycleCase):
    def test_several_subscriptions_share_their_periods(self):
        self.customer.billing_date = "2026-01-15"
        first, second = self.subscribe("2026-03-20"), self.subscribe("2026-04-02")
        self.assertEqual(first.cycle_kind, "aligned")
        # 15 March to 14 April has 31 days: 26 of them, 70 x 26 / 31 = 58.709..., and 13, 70 x 13 / 31 = 29.354...
        self.assertEqual(
            self.bill("2026-05-15"),
            [
                ("2026-03-20", "2026-04-15", "58.71"),
                ("2026-04-02", "2026-04-15", "29.35"),
                ("2026-04-15", "2026-05-15", "70.00"),
                ("2026-04-15", "2026-05-15", "70.00"),
            ],
        )
        self.assertEqual(len(second.line_ids), 1)

    def test_quarters_from_the_customers_first(self):
        self.customer.billing_date = "2026-01-01"
        self.subscribe("2026-03-16", cycle_unit="quarter")
        # 16 to 31 March of the quarter's 90 days: 70 x 16 / 90 = 12.444...
        self.assertEqual(self.bill("2026-04-01"), [("2026-03-16", "2026-04-01", "12.44")])

    def test_another_date_of_the_customer_moves_nothing_that_was_agreed(self):
        self.customer.billing_date = "2026-01-15"
        subscription = self.subscribe("2026-03-20")
        self.customer.billing_date = "2026-01-20"
        self.assertEqual(str(subscription.anchor_date), "2026-01-15")
        self.customer.billing_date = False
        self.assertEqual((subscription.cycle_kind, str(subscription.anchor_date)), ("aligned", "2026-01-15"))

    def test_without_a_date_there_is_nothing_to_align_with(self):
        self.assertEqual(self.subscribe("2026-03-20", activate=False).cycle_kind, "calendar")
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation):
            self.subscribe("2026-03-20", cycle_kind="aligned")
            self.env.flush_all()


@tagged("post_install", "-at_install")
class TestPartsOfAPeriod(CycleCase):
    def first(self, cutoff="2026-04-01", subscription=None):
        return [amount for _start, _end, amount in self.bill(cutoff, subscription)]

    def test_each_method_of_a_product(self):
        amounts = {}
        for method in ("day", "second", "thirty", "none"):
            self.support.cloud_proration = method
            amounts[method] = self.first(subscription=self.subscribe("2026-03-16"))
        self.assertEqual(
            amounts,
            {
                # 70 x 16 / 31 = 36.129...
                "day": ["36.13"],
                # Amsterdam's clocks lose an hour on the 29th: 16 x 24 - 1 = 383 of 743 hours; 36.083...
                "second": ["36.08"],
                # 30 - 16 + 1 = 15 of 30
                "thirty": ["35.00"],
                "none": ["70.00"],
            },
        )

    def test_a_line_has_its_own(self):
        self.support.cloud_proration = "thirty"
        subscription = self.subscribe("2026-03-16", line={"proration": "none"})
        self.assertEqual(self.first(), ["70.00"])
        charge = self.env["cloud.charge"].search([("subscription_id", "=", subscription.id)])
        self.assertEqual(charge.proration, "none")

    def test_what_was_billed_keeps_its_method_and_its_zone(self):
        self.support.cloud_proration = "second"
        subscription = self.subscribe("2026-03-16")
        self.post(self.make_run("2026-04-01"))
        self.support.cloud_proration = "none"
        self.customer.tz = "Asia/Tokyo"
        charge = self.env["cloud.charge"].search([("subscription_id", "=", subscription.id)])
        items = self.env["cloud.rating"]._fetch_items(charge)
        priced, _errors = self.env["cloud.rating"]._price(items, 0)
        self.assertEqual([str(part.result.amount) for part in priced[charge.id]], ["36.08"])

    def test_a_short_first_period_in_full(self):
        self.subscribe("2026-03-16", first_period="full")
        self.assertEqual(
            self.bill("2026-05-01"), [("2026-03-16", "2026-04-01", "70.00"), ("2026-04-01", "2026-05-01", "70.00")]
        )

    def test_a_short_last_period_in_full(self):
        self.subscribe("2026-03-01", last_period="full", date_end="2026-03-11")
        self.assertEqual(self.bill("2026-04-01"), [("2026-03-01", "2026-03-11", "70.00")])

    def test_a_short_last_period_by_its_share(self):
        # 1 to 10 March: 70 x 10 / 31 = 22.580...
        self.subscribe("2026-03-01", date_end="2026-03-11")
        self.assertEqual(self.bill("2026-04-01"), [("2026-03-01", "2026-03-11", "22.58")])

    def test_a_price_that_changes_in_a_period_counts_by_days(self):
        self.make_version({"product_id": self.support.id, "unit_price": "100"}, date_start="2026-03-16")
        self.subscribe("2026-03-01")
        # 70 x 15 / 31 = 33.870..., 100 x 16 / 31 = 51.612...
        self.assertEqual(self.first(), ["85.48"])

    def test_without_parts_the_price_of_the_first_day_is_that_of_the_period(self):
        self.make_version({"product_id": self.support.id, "unit_price": "100"}, date_start="2026-03-16")
        self.support.cloud_proration = "none"
        self.subscribe("2026-03-01")
        self.assertEqual(self.first("2026-05-01"), ["70.00", "100.00"])

    def test_without_parts_more_units_count_from_the_next_period(self):
        self.support.cloud_proration = "none"
        line = self.subscribe("2026-03-01").line_ids
        self.env["cloud.subscription.quantity"].create(
            {"line_id": line.id, "date_start": "2026-03-16", "quantity": "3"}
        )
        # 1 x 70 for March, 3 x 70 for April
        self.assertEqual(self.first("2026-05-01"), ["70.00", "210.00"])

    def test_by_months_of_thirty_days_more_units_are_two_shares(self):
        self.support.cloud_proration = "thirty"
        line = self.subscribe("2026-02-01").line_ids
        self.env["cloud.subscription.quantity"].create(
            {"line_id": line.id, "date_start": "2026-02-11", "quantity": "3"}
        )
        # 70 x 10 / 30 = 23.333..., 210 x 20 / 30 = 140.00
        self.assertEqual(self.first("2026-03-01"), ["163.33"])

    def test_a_billed_period_with_fewer_units_is_worth_their_parts_or_all_of_it(self):
        """What a correction compares with what was billed: 210.00."""
        lines = {
            method: self.subscribe("2026-03-01", "advance", {"quantity": "3", "proration": method}).line_ids
            for method in ("day", "thirty", "none")
        }
        charges = self.make_run("2026-03-01").bill_ids.charge_ids
        for line in lines.values():
            line._apply_quantity(date(2026, 3, 16), D(1), "credit")
        rating = self.env["cloud.rating"]
        priced, _errors = rating._price(rating._fetch_items(charges), 0)
        worth = {
            method: [
                (str(part.stretch.start), str(part.stretch.end), str(part.result.amount))
                for part in priced[charges.filtered(lambda charge, line=line: charge.subscription_line_id == line).id]
            ]
            for method, line in lines.items()
        }
        self.assertEqual(
            worth,
            {
                # 210 x 15 / 31 = 101.612..., 70 x 16 / 31 = 36.129...
                "day": [("2026-03-01", "2026-03-16", "101.61"), ("2026-03-16", "2026-04-01", "36.13")],
                "thirty": [("2026-03-01", "2026-03-16", "105.00"), ("2026-03-16", "2026-04-01", "35.00")],
                "none": [("2026-03-01", "2026-04-01", "210.00")],
            },
        )

    def test_the_invoice_says_which_part(self):
        texts = {}
        for method in ("day", "second", "thirty"):
            self.subscribe("2026-03-16", line={"name": method, "proration": method})
        for line in self.post(self.make_run("2026-04-01")).invoice_line_ids:
            for method in ("day", "second", "thirty"):
                if line.name.startswith(method):
                    texts[method] = line.name
        self.assertIn("16 of 31 days", texts["day"])
        self.assertIn("383 of 743 hours", texts["second"])
        self.assertIn("15 of 30 days (months of 30 days)", texts["thirty"])


@tagged("post_install", "-at_install")
class TestUsageOfLongAndShortPeriods(CycleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stream = cls.make_stream("Acme disk", source=cls.own_source)
        cls.provided = cls.make_stream("Acme provided")

    def make_ladder(self):
        return self.make_version(
            {"product_id": self.support.id, "unit_price": "70"},
            {
                "product_id": self.disk.id,
                "charge_model": "graduated",
                "counter_cycle": "month",
                "tier_ids": [(0, 0, {"up_to": "500", "unit_price": "1"}), (0, 0, {"unit_price": "0.50"})],
            },
            date_start="2026-01-02",
        )

    def use(self, *rows):
        for day, quantity in rows:
            self.deliver(
                {"stream": self.stream, "quantity": quantity, "start": f"{day} 12:00:00"},
                source=self.own_source,
            )

    def subscribe_usage(self, stream=None, support=False, date_start="2026-01-05", **vals):
        lines = [self.disk]
        if support:
            lines.append({"product_id": self.support.id, "name": "Support", "timing": "advance"})
        subscription = self.make_subscription(self.customer, *lines, date_start=date_start, **vals)
        self.map_stream(stream or self.stream, subscription.line_ids[0])
        return subscription

    def lines(self, run):
        return [
            (str(line.service_start), str(line.measured_quantity), str(line.amount))
            for line in run.bill_ids.rated_line_ids.sorted(lambda line: (line.service_start, line.id))
            if line.measured_quantity is not None
        ]

    def test_a_fee_in_advance_and_usage_in_arrears_of_one_quarter(self):
        self.make_ladder()
        self.subscribe_usage(support=True, date_start="2026-04-01", cycle_unit="quarter")
        self.assertEqual(self.bill("2026-04-01"), [("2026-04-01", "2026-07-01", "70.00")])
        self.use(("2026-04-10", "800"), ("2026-05-10", "800"), ("2026-06-10", "200"))
        run = self.make_run("2026-07-01")
        # Tiers of a month: 500 x 1.00 + 300 x 0.50 = 650.00, twice; then 200.00.
        self.assertEqual(
            self.lines(run),
            [("2026-04-01", "800", "650.00"), ("2026-05-01", "800", "650.00"), ("2026-06-01", "200", "200.00")],
        )
        # 1,500.00 of usage, and the fee of the third quarter
        self.assertEqual(sum(self.post(run).mapped("amount_total")), 1570.0)

    def test_a_week_that_lies_in_two_months_counts_on_both(self):
        self.make_ladder()
        self.subscribe_usage(date_start="2026-03-23", cycle_unit="week")
        self.use(("2026-03-25", "200"), ("2026-03-31", "400"), ("2026-04-02", "400"))
        # March: 200.00; of 400 more 300 x 1.00 + 100 x 0.50. April begins anew: 400.00.
        self.assertEqual(
            self.lines(self.make_run("2026-04-06")),
            [("2026-03-23", "200", "200.00"), ("2026-03-30", "400", "350.00"), ("2026-04-01", "400", "400.00")],
        )

    def test_a_week_after_another_run_counts_on_in_its_month(self):
        self.make_ladder()
        self.subscribe_usage(date_start="2026-03-23", cycle_unit="week")
        self.use(("2026-03-25", "200"))
        self.post(self.make_run("2026-03-30"))
        self.use(("2026-03-31", "400"), ("2026-04-02", "400"))
        self.assertEqual(
            self.lines(self.make_run("2026-04-06")), [("2026-03-30", "400", "350.00"), ("2026-04-01", "400", "400.00")]
        )

    def test_what_a_quarter_includes_is_included_twice_in_half_a_year(self):
        state = self.company.cloud_billing_state
        self.set_company_state("setup")
        self.env["cloud.price.plan.version"].create(
            {
                "name": "With 100 GB a quarter",
                "plan_id": self.plan.id,
                "date_start": "2026-01-02",
                "rule_ids": [(0, 0, {"product_id": self.disk.id, "unit_price": "1"})],
                "allowance_ids": [(0, 0, {"product_id": self.disk.id, "quantity": "100", "cycle": "quarter"})],
            }
        ).action_approve_directly()
        self.set_company_state(state)
        self.subscribe_usage(date_start="2026-07-01", cycle_count=6)
        self.use(("2026-08-10", "150"), ("2026-11-10", "120"))
        # 150 - 100, 120 - 100
        self.assertEqual(
            [amount for _start, _quantity, amount in self.lines(self.make_run("2027-01-01"))], ["50.00", "20.00"]
        )

    def test_a_providers_months_are_billed_with_the_quarter(self):
        self.make_version({"product_id": self.disk.id, "unit_price": "1"}, date_start="2026-01-02")
        self.subscribe_usage(self.provided, date_start="2026-04-01", cycle_unit="quarter")
        for month, quantity in (("2026-04-01", "10"), ("2026-05-01", "20"), ("2026-06-01", "30")):
            self.deliver({"stream": self.provided, "quantity": quantity}, month=month)
        self.assertEqual(self.bill("2026-06-30"), [])
        self.assertEqual(
            self.bill("2026-07-01"),
            [
                ("2026-04-01", "2026-05-01", "10.00"),
                ("2026-05-01", "2026-06-01", "20.00"),
                ("2026-06-01", "2026-07-01", "30.00"),
            ],
        )

    def test_a_providers_month_goes_with_the_week_in_which_it_ends(self):
        self.make_version({"product_id": self.disk.id, "unit_price": "1"}, date_start="2026-01-02")
        self.subscribe_usage(self.provided, date_start="2026-03-09", cycle_unit="week")
        self.deliver({"stream": self.provided, "quantity": "10"}, month="2026-03-01")
        self.assertEqual(self.bill("2026-04-05"), [])
        self.assertEqual(self.bill("2026-04-06"), [("2026-03-01", "2026-04-01", "10.00")])
        self.assertEqual(self.bill("2026-04-13"), [])


@tagged("post_install", "-at_install")
class TestAFeeWithPeriodsOfItsOwn(CycleCase):
    """One contract, billed by the month, with a fee of 70.00 for longer."""

    def subscribe(self, date_start, timing="arrears", line=None, **vals):
        line = {"product_id": self.support.id, "name": "Support", "timing": timing, **(line or {})}
        self.make_version(
            {"product_id": self.support.id, "unit_price": "70"},
            {"product_id": self.disk.id, "unit_price": "1"},
            date_start="2026-01-02",
        )
        subscription = self.make_subscription(self.customer, self.disk, line, date_start=date_start, **vals)
        self.stream = self.make_stream("Acme disk", source=self.own_source)
        self.map_stream(self.stream, subscription.line_ids[0])
        return subscription

    def fees(self, cutoff):
        return [row for row in self.bill(cutoff) if row[2] != "0.00"]

    def test_a_year_in_advance_beside_usage_by_the_month(self):
        subscription = self.subscribe("2026-03-16", "advance", {"cycle_unit": "year"}, cycle_kind="anniversary")
        self.assertEqual(self.bill("2026-03-16"), [("2026-03-16", "2027-03-16", "70.00")])
        self.deliver({"stream": self.stream, "quantity": "10", "start": "2026-03-20 12:00:00"}, source=self.own_source)
        run = self.make_run("2026-04-16")
        self.assertEqual(
            [(str(charge.service_end), str(charge.amount)) for charge in run.bill_ids.charge_ids],
            [("2026-04-16", "10.00")],
        )
        self.assertEqual(self.fees("2027-03-16"), [("2027-03-16", "2028-03-16", "70.00")])
        periods = self.env["cloud.billing.period"].search([("subscription_id", "=", subscription.id)])
        self.assertEqual(len(periods), 13)
        self.assertEqual(
            set(periods.filtered(lambda period: str(period.date_end) <= "2027-03-16").mapped("state")), {"rated"}
        )

    def test_a_run_steps_over_what_was_charged_long_ago(self):
        line = {
            "date_start": self.day("2016-01-04"), "date_end": None, "life_start": self.day("2016-01-04"),
            "cycle_unit": "week", "cycle_count": 1, "cycle_kind": "calendar", "anchor_day": None, "anchor_date": None,
            # Ten years but for three days in 2020, as of a pause.
            "ranges": [
                [self.day("2016-01-04"), self.day("2020-06-03")],
                [self.day("2020-06-06"), self.day("2026-03-02")],
            ],
        }  # fmt: skip
        found = get_open_periods(line, self.day("2026-03-16"))
        # Monday to Monday: the week of the pause, and the two weeks that follow what is charged.
        self.assertEqual([str(one.start) for one in found], ["2020-06-01", "2026-03-02", "2026-03-09"])
        self.assertEqual(len(list(get_open_periods({**line, "ranges": None}, self.day("2016-02-01")))), 4)

    def test_a_calendar_year_that_begins_in_march_owes_its_share(self):
        self.subscribe("2026-03-16", "advance", {"cycle_unit": "year"})
        # 16 + 275 = 291 of 365 days: 70 x 291 / 365 = 55.808...
        self.assertEqual(self.bill("2026-03-16"), [("2026-03-16", "2027-01-01", "55.81")])

    def test_a_quarter_in_arrears_is_due_when_it_is_over(self):
        self.subscribe("2026-02-10", line={"cycle_unit": "quarter"}, date_end="2026-05-11")
        self.assertEqual(self.fees("2026-03-01"), [])
        # 50 of 90 days, then 1 April to 10 May: 70 x 40 / 91 = 30.769...
        self.assertEqual(self.fees("2026-04-01"), [("2026-02-10", "2026-04-01", "38.89")])
        self.assertEqual(self.fees("2026-05-11"), [("2026-04-01", "2026-05-11", "30.77")])
        self.assertEqual(self.fees("2026-09-01"), [])

    def test_weeks_on_a_contract_of_months(self):
        self.subscribe("2026-03-18", line={"cycle_unit": "week", "cycle_count": 2})
        # 18 to 29 March: 12 of 14 days, 70 x 12 / 14
        self.assertEqual(
            self.fees("2026-05-01"),
            [
                ("2026-03-18", "2026-03-30", "60.00"),
                ("2026-03-30", "2026-04-13", "70.00"),
                ("2026-04-13", "2026-04-27", "70.00"),
            ],
        )

    def test_as_many_statements_for_many_lines(self):
        due = self.env["cloud.charge.due"]
        self.subscribe("2026-03-16", "advance", {"cycle_unit": "year"})
        self.env["cloud.billing.period"]._create_due(self.company, self.day("2026-05-01"))

        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            rows = list(due._get_rows(self.company, self.day("2026-05-01")))
            return len(rows), self.env.cr.sql_log_count - before

        count()
        one = count()
        line = {"product_id": self.support.id, "name": "Support", "timing": "advance", "cycle_unit": "year"}
        for number in range(10):
            self.make_subscription(self.make_customer(f"Customer {number}"), line)
        self.env["cloud.billing.period"]._create_due(self.company, self.day("2026-05-01"))
        many = count()
        self.assertEqual((many[0] - one[0], many[1]), (10, one[1]))

    def test_a_start_at_a_months_end_may_stand_for_the_31st(self):
        shown = {
            start: self.subscribe_fee(start, kind).is_month_end
            for start, kind in (
                ("2026-02-28", "anniversary"),
                ("2026-03-31", "anniversary"),
                ("2026-03-15", "anniversary"),
                ("2026-04-30", "calendar"),
            )
        }
        self.assertEqual([start for start, is_shown in shown.items() if is_shown], ["2026-02-28"])

    def subscribe_fee(self, start, kind):
        return self.make_subscription(self.customer, self.support, date_start=start, cycle_kind=kind, activate=False)

    def test_what_was_charged_keeps_its_length(self):
        subscription = self.subscribe("2026-03-16", "advance", {"cycle_unit": "year"})
        self.make_run("2026-03-16")
        with self.assertRaisesRegex(UserError, "was charged already"):
            subscription.line_ids[1].cycle_unit = "month"

    def test_usage_has_no_length_of_its_own(self):
        subscription = self.subscribe("2026-03-16")
        with self.assertRaisesRegex(ValidationError, "only a recurring fee"):
            subscription.line_ids[0].cycle_unit = "year"
