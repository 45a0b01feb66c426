from odoo.tests import tagged

from .billing_common import BillingCase


class CounterCase(BillingCase):
    """A year's ladder: the first 1,000 GB at 1.00, all above at 0.50; usage of the provider's months."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.make_customer("Acme")
        cls.stream = cls.make_stream("Acme disk")

    def make_ladder(self, cycle="year", first="1000", prices=("1", "0.50"), **vals):
        return self.make_version(
            {
                "product_id": self.disk.id,
                "charge_model": "graduated",
                "counter_cycle": cycle,
                "tier_ids": [(0, 0, {"up_to": first, "unit_price": prices[0]}), (0, 0, {"unit_price": prices[1]})],
            },
            **vals,
        )

    def use(self, month, quantity):
        return self.deliver({"stream": self.stream, "quantity": quantity}, month=month)

    def subscribe(self, **vals):
        subscription = self.make_subscription(self.customer, self.disk, **vals)
        self.map_stream(self.stream, subscription.line_ids)
        return subscription

    def lines(self, run):
        return [
            (str(line.service_start), str(line.measured_quantity), str(line.amount))
            for line in run.bill_ids.rated_line_ids.sorted(lambda line: (line.service_start, line.id))
        ]


@tagged("post_install", "-at_install")
class TestTiersOfAYear(CounterCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.subscription = cls.subscribe(cls)
        cls.make_ladder(cls)

    def test_each_month_is_the_years_price_less_what_was_billed_of_it(self):
        self.use("2026-01-01", "600")
        self.use("2026-02-01", "600")
        self.use("2026-03-01", "100")
        # January 600 x 1.00 = 600.00. February: of 1,200 in all 1,000 x 1.00 + 200 x 0.50 = 1,100.00, less 600.00.
        # March: 1,300 cost 1,000.00 + 150.00, less 1,100.00.
        self.assertEqual(
            self.lines(self.make_run()),
            [("2026-01-01", "600", "600.00"), ("2026-02-01", "600", "500.00"), ("2026-03-01", "100", "50.00")],
        )

    def test_month_by_month_in_runs_of_their_own_comes_to_the_same(self):
        self.use("2026-01-01", "600")
        self.post(self.make_run("2026-02-01"))
        self.use("2026-02-01", "600")
        self.post(self.make_run("2026-03-01"))
        self.use("2026-03-01", "100")
        line = self.make_run("2026-04-01").bill_ids.rated_line_ids
        self.assertEqual((str(line.amount), str(line.counter_start)), ("50.00", "2026-01-01"))
        self.assertEqual(line.statement["counter"], {"before": "1200", "after": "1300"})

    def test_a_month_without_usage_owes_nothing_and_the_count_goes_on(self):
        self.use("2026-01-01", "900")
        self.use("2026-03-01", "200")
        # 900 x 1.00; nothing; 100 x 1.00 + 100 x 0.50.
        self.assertEqual(
            self.lines(self.make_run()),
            [("2026-01-01", "900", "900.00"), ("2026-02-01", "None", "0.00"), ("2026-03-01", "200", "150.00")],
        )

    def test_the_next_year_begins_anew(self):
        self.use("2026-12-01", "1500")
        self.use("2027-01-01", "300")
        run = self.make_run("2027-02-01")
        # 1,000 x 1.00 + 500 x 0.50; 300 x 1.00.
        self.assertEqual(self.lines(run)[-2:], [("2026-12-01", "1500", "1250.00"), ("2027-01-01", "300", "300.00")])

    def test_a_new_price_in_the_year_counts_on(self):
        self.make_ladder(prices=("2", "1"), date_start="2026-02-01")
        self.use("2026-01-01", "600")
        self.use("2026-02-01", "600")
        # February: 400 x 2.00 + 200 x 1.00 = 1,000.00, as 600 of the first tier are used up.
        self.assertEqual(self.lines(self.make_run("2026-03-01"))[1], ("2026-02-01", "600", "1000.00"))


@tagged("post_install", "-at_install")
class TestWhereACycleBegins(CounterCase):
    def test_a_quarter(self):
        self.subscribe()
        self.make_ladder("quarter")
        self.use("2026-03-01", "1500")
        self.use("2026-04-01", "300")
        # 1,000.00 + 250.00; April is another quarter.
        self.assertEqual(
            self.lines(self.make_run("2026-05-01"))[-2:],
            [("2026-03-01", "1500", "1250.00"), ("2026-04-01", "300", "300.00")],
        )

    def test_a_year_from_the_start_of_the_subscription(self):
        self.subscribe(date_start="2026-03-01", cycle_kind="anniversary")
        self.make_ladder()
        self.use("2026-12-01", "900")
        self.use("2027-01-01", "200")
        self.use("2027-03-01", "200")
        run = self.make_run("2027-04-01")
        amounts = {start: amount for start, _quantity, amount in self.lines(run)}
        # January 2027 is in the year from March 2026: 100 x 1.00 + 100 x 0.50. March 2027 begins the next one.
        self.assertEqual((amounts["2027-01-01"], amounts["2027-03-01"]), ("150.00", "200.00"))

    def test_the_whole_contract(self):
        self.subscribe()
        self.make_ladder("contract")
        self.use("2026-12-01", "900")
        self.use("2027-01-01", "200")
        self.assertEqual(self.lines(self.make_run("2027-02-01"))[-1], ("2027-01-01", "200", "150.00"))

    def test_a_subscription_that_begins_within_the_providers_month(self):
        self.subscribe(date_start="2026-01-20")
        self.make_ladder()
        self.use("2026-01-01", "900")
        self.use("2026-02-01", "200")
        self.assertEqual(self.lines(self.make_run("2026-03-01"))[1], ("2026-02-01", "200", "150.00"))


@tagged("post_install", "-at_install")
class TestCorrectionsWithinAYear(CounterCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.subscription = cls.subscribe(cls)
        cls.make_ladder(cls)

    def total(self):
        lines = self.env["cloud.rated.line"].search([("company_id", "=", self.company.id)])
        return str(sum(lines.mapped("amount")))

    def test_late_usage_moves_the_months_after_it(self):
        self.use("2026-01-01", "800")
        self.use("2026-02-01", "400")
        self.post(self.make_run("2026-03-01"))
        # 800.00; then 200 x 1.00 + 200 x 0.50 = 300.00.
        self.use("2026-01-01", "1000")
        run = self.make_run("2026-03-02")
        # January is 1,000.00 now: +200.00. February lies above the first tier altogether: 200.00, so -100.00.
        self.assertEqual(self.lines(run), [("2026-01-01", "200", "200.00"), ("2026-02-01", "0", "-100.00")])
        # 1,400 in all: 1,000 x 1.00 + 400 x 0.50.
        self.assertEqual(self.total(), "1200.00")

    def test_late_usage_is_known_to_the_month_that_is_billed_with_it(self):
        self.use("2026-01-01", "800")
        self.post(self.make_run("2026-02-01"))
        self.use("2026-01-01", "1000")
        self.use("2026-02-01", "400")
        run = self.make_run("2026-03-01")
        # January +200.00; February 400 x 0.50.
        self.assertEqual(self.lines(run), [("2026-01-01", "200", "200.00"), ("2026-02-01", "400", "200.00")])
        self.assertEqual(run.bill_ids.amount, sum(run.bill_ids.rated_line_ids.mapped("amount")))
        run.bill_ids.action_recalculate()
        self.assertEqual(self.lines(run), [("2026-01-01", "200", "200.00"), ("2026-02-01", "400", "200.00")])

    def test_late_usage_that_moves_no_tier_corrects_its_own_month_alone(self):
        self.use("2026-01-01", "1200")
        self.use("2026-02-01", "400")
        self.post(self.make_run("2026-03-01"))
        self.use("2026-01-01", "1300")
        self.assertEqual(self.lines(self.make_run("2026-03-02")), [("2026-01-01", "100", "50.00")])

    def test_usage_that_is_taken_back_walks_back_through_the_years_tiers(self):
        self.use("2026-01-01", "800")
        self.use("2026-02-01", "400")
        self.post(self.make_run("2026-03-01"))
        self.use("2026-01-01", "100")
        self.post(self.make_run("2026-03-02"))
        # 500 in all at 1.00.
        self.assertEqual(self.total(), "500.00")
        self.use("2026-01-01", "900")
        self.post(self.make_run("2026-03-03"))
        # 1,300: 1,000.00 + 150.00.
        self.assertEqual(self.total(), "1150.00")


@tagged("post_install", "-at_install")
class TestANewPriceInMidMonth(CounterCase):
    def test_the_second_stretch_goes_on_where_the_first_one_ended(self):
        self.subscribe(date_start="2026-03-01")
        self.make_ladder("period")
        self.make_ladder("period", prices=("2", "1"), date_start="2026-03-16")
        self.deliver(
            {"stream": self.stream, "quantity": "800", "start": "2026-03-10 00:00:00"},
            {"stream": self.stream, "quantity": "800", "start": "2026-03-20 00:00:00"},
        )
        # 800 x 1.00; then 200 x 2.00 + 600 x 1.00.
        self.assertEqual(
            self.lines(self.make_run()), [("2026-03-01", "800", "800.00"), ("2026-03-16", "800", "1000.00")]
        )


@tagged("post_install", "-at_install")
class TestStatements(CounterCase):
    def test_rating_with_counters_takes_as_many_statements_for_many_charges(self):
        self.make_ladder()
        rows = []
        for number in range(22):
            subscription = self.make_subscription(self.make_customer(f"C{number}"), self.disk)
            stream = self.make_stream(f"s{number}")
            self.map_stream(stream, subscription.line_ids)
            rows.append({"stream": stream, "quantity": "700"})
        self.deliver(*rows, month="2026-01-01")
        self.deliver(*rows, month="2026-02-01")
        self.make_run("2026-02-01")
        self.env["cloud.billing.period"]._create_due(self.company, self.day("2026-03-01"))
        run = self.env["cloud.bill.run"].create({"company_id": self.company.id, "cutoff_date": "2026-03-01"})
        run._start_rating()
        charges = self.env["cloud.charge"].search([("run_id", "=", run.id)])

        def count(some):
            return self.count_statements_of(lambda: self.env["cloud.rating"]._rate(some, run.usage_number))

        count(charges[:1])
        few, many = count(charges[1:3]), count(charges[3:])
        self.assertEqual(few, many)
        # 300 x 1.00 + 400 x 0.50
        self.assertEqual(set(self.amounts(charges.rated_line_ids)), {"500.00"})
