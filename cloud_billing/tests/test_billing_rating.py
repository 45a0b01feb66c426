from unittest.mock import patch

from odoo.exceptions import ConcurrencyError
from odoo.tests import Form, tagged

from .billing_common import BillingCase, D


class RatingCase(BillingCase):
    """One customer in Amsterdam with one subscription; usage of a provider's month."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.make_customer("Acme")

    def rated(self, run):
        """(quantity, amount, service start) of the rated lines of a run, by day."""
        return [
            (None if line.quantity is None else str(line.quantity), str(line.amount), str(line.service_start))
            for line in run.bill_ids.rated_line_ids.sorted(lambda line: (line.service_start, line.id))
        ]


@tagged("post_install", "-at_install")
class TestUsageOfAProvidersMonth(RatingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.subscription = cls.make_subscription(cls.customer, cls.disk, date_start="2026-03-01")
        cls.stream = cls.make_stream("Acme disk")
        cls.map_stream(cls.stream, cls.subscription.line_ids)

    def test_a_price_per_unit_times_the_sum(self):
        self.make_version({"product_id": self.disk.id, "unit_price": "0.10"})
        self.deliver({"stream": self.stream, "quantity": "1000"}, {"stream": self.stream, "quantity": "500.5"})
        # 1,000 + 500.5 = 1,500.5 GB x 0.10 = 150.05
        self.assertEqual(self.rated(self.make_run()), [("1500.5", "150.05", "2026-03-01")])

    def test_a_ladder(self):
        self.make_version(
            {
                "product_id": self.disk.id,
                "charge_model": "graduated",
                "tier_ids": [
                    (0, 0, {"up_to": "1000", "unit_price": "0.10", "flat_amount": "5"}),
                    (0, 0, {"unit_price": "0.08"}),
                ],
            }
        )
        self.deliver({"stream": self.stream, "quantity": "1500"})
        # 1,000 x 0.10 + 5 once + 500 x 0.08 = 100 + 5 + 40 = 145.00
        self.assertEqual(self.rated(self.make_run()), [("1500", "145.00", "2026-03-01")])

    def test_no_usage_is_a_line_without_a_quantity_and_marks_the_month(self):
        self.make_version({"product_id": self.disk.id, "unit_price": "0.10"})
        run = self.make_run()
        self.assertEqual(self.rated(run), [(None, "0.00", "2026-03-01")])
        self.assertEqual(run.bill_ids.rated_line_ids.statement["usage"], "none")
        self.assertTrue(run.bill_ids.charge_ids.is_rated)

    def test_usage_of_zero_is_not_no_usage(self):
        self.make_version({"product_id": self.disk.id, "unit_price": "0.10"})
        self.deliver({"stream": self.stream, "quantity": "0"})
        run = self.make_run()
        self.assertEqual(self.rated(run), [("0", "0.00", "2026-03-01")])
        self.assertEqual(run.bill_ids.rated_line_ids.statement["usage"], "zero")

    def test_a_month_without_usage_needs_no_price(self):
        run = self.make_run()
        self.assertEqual(self.rated(run), [(None, "0.00", "2026-03-01")])

    def test_a_new_price_in_mid_month_cuts_the_usage_at_the_customers_midnight(self):
        self.make_version({"product_id": self.disk.id, "unit_price": "0.10"})
        self.make_version({"product_id": self.disk.id, "unit_price": "0.20"}, date_start="2026-03-16")
        self.deliver(
            {"stream": self.stream, "quantity": "100", "start": "2026-03-10 00:00:00"},
            # Amsterdam is at UTC+1: 22:59:59 is the last second of the 15th there, 23:00:00 the first of the 16th.
            {"stream": self.stream, "quantity": "10", "start": "2026-03-15 22:59:59"},
            {"stream": self.stream, "quantity": "1", "start": "2026-03-15 23:00:00"},
            # Of the provider's March, though it is April already in Amsterdam.
            {"stream": self.stream, "quantity": "1000", "start": "2026-03-31 23:30:00"},
        )
        # 110 x 0.10 = 11.00; 1,001 x 0.20 = 200.20
        self.assertEqual(
            self.rated(self.make_run()), [("110", "11.00", "2026-03-01"), ("1001", "200.20", "2026-03-16")]
        )

    def test_rows_of_the_month_whose_service_was_earlier_are_of_the_first_stretch(self):
        self.make_version({"product_id": self.disk.id, "unit_price": "0.10"})
        self.make_version({"product_id": self.disk.id, "unit_price": "0.20"}, date_start="2026-03-16")
        self.deliver({"stream": self.stream, "quantity": "7", "start": "2026-02-27 00:00:00"})
        self.assertEqual(self.rated(self.make_run())[0], ("7", "0.70", "2026-03-01"))

    def test_the_anniversary_period_takes_the_month_that_ends_in_it(self):
        # From 15 March: the period to 15 April holds the end of March; the period to 15 May the end of April.
        self.make_version({"product_id": self.disk.id, "unit_price": "1"})
        subscription = self.make_subscription(
            self.make_customer("Anni"), self.disk, date_start="2026-03-15", cycle_kind="anniversary"
        )
        self.map_stream(self.make_stream("Anni"), subscription.line_ids)

        def charges(run):
            return run.bill_ids.charge_ids.filtered(lambda charge: charge.subscription_id == subscription)

        self.assertFalse(charges(self.make_run("2026-04-14")))
        first = charges(self.make_run("2026-04-15"))
        self.assertEqual(
            [(str(charge.service_start), str(charge.service_end)) for charge in first], [("2026-03-01", "2026-04-01")]
        )
        second = charges(self.make_run("2026-05-15"))
        self.assertEqual([str(charge.service_start) for charge in second], ["2026-04-01"])

    def test_the_month_in_which_a_subscription_ends_is_billed_when_the_month_is_over(self):
        self.make_version({"product_id": self.disk.id, "unit_price": "1"})
        self.subscription.action_end(self.day("2026-03-20"))
        self.deliver({"stream": self.stream, "quantity": "5"})
        self.assertFalse(self.make_run("2026-03-31").bill_ids)
        run = self.make_run("2026-04-01")
        self.assertEqual(self.rated(run), [("5", "5.00", "2026-03-01")])
        self.assertFalse(self.make_run("2026-05-01").bill_ids)

    def test_a_second_run_over_the_same_month_makes_nothing(self):
        self.make_version({"product_id": self.disk.id, "unit_price": "1"})
        self.deliver({"stream": self.stream, "quantity": "5"})
        self.assertEqual(len(self.make_run().bill_ids.charge_ids), 1)
        second = self.make_run()
        self.assertFalse(second.bill_ids)
        self.assertIn("Nothing is due", second.message_ids[0].body)

    def test_held_and_kept_rows_are_not_billed(self):
        self.make_version({"product_id": self.disk.id, "unit_price": "1"})
        tax = self.make_stream("Acme tax", charge_kind="tax")
        tax.policy = "keep"
        self.map_stream(tax, self.subscription.line_ids)
        self.deliver({"stream": self.stream, "quantity": "5"}, {"stream": tax, "quantity": "3"})
        self.assertEqual(self.rated(self.make_run()), [("5", "5.00", "2026-03-01")])

    def test_the_books_keep_all_digits_of_a_tiny_price_and_a_huge_quantity(self):
        self.make_version({"product_id": self.disk.id, "unit_price": "0.000000123456"})
        self.deliver({"stream": self.stream, "quantity": "999999999999999.123456789012"})
        line = self.make_run().bill_ids.rated_line_ids
        # 999999999999999123456789012 x 123456 = 123455999999999891785481344265472, then 24 decimals
        self.env.invalidate_all()
        self.assertEqual(str(line.amount_exact), "123455999.999999891785481344265472")
        self.assertEqual(str(line.quantity), "999999999999999.123456789012")
        self.assertEqual(str(line.amount), "123456000.00")

    def test_names_with_tabs_line_breaks_and_backslashes_stay_as_they_are(self):
        self.make_version({"product_id": self.disk.id, "unit_price": "1"})
        name = "C:\\disk\tfast\nand \u00e9\\N"
        self.subscription.line_ids.name = name
        self.deliver({"stream": self.stream, "quantity": "1"})
        line = self.make_run().bill_ids.rated_line_ids
        self.env.invalidate_all()
        self.assertEqual(line.name, name)
        self.assertEqual(line.workings["rule"]["rule_name"], "Disk")


@tagged("post_install", "-at_install")
class TestUsageOfTheCustomersPeriod(RatingCase):
    def test_rows_are_counted_by_the_customers_midnight(self):
        self.make_version({"product_id": self.disk.id, "unit_price": "1"})
        subscription = self.make_subscription(self.customer, self.disk, date_start="2026-03-01")
        stream = self.make_stream("own", source=self.own_source)
        self.map_stream(stream, subscription.line_ids)
        # March in Amsterdam: from 28 February 23:00 UTC to 31 March 22:00 UTC, summer time having begun on the 29th.
        self.deliver(
            {"stream": stream, "quantity": "1000", "start": "2026-02-28 22:59:59.999999"},
            {"stream": stream, "quantity": "1", "start": "2026-02-28 23:00:00"},
            {"stream": stream, "quantity": "10", "start": "2026-03-31 21:59:59.999999"},
            {"stream": stream, "quantity": "100", "start": "2026-03-31 22:00:00"},
            source=self.own_source,
        )
        self.assertEqual(self.rated(self.make_run()), [("11", "11.00", "2026-03-01")])
        self.assertEqual(self.rated(self.make_run("2026-05-01")), [("100", "100.00", "2026-04-01")])

    def test_a_line_with_both_calendars_is_blocked(self):
        self.make_version({"product_id": self.disk.id, "unit_price": "1"})
        subscription = self.make_subscription(self.customer, self.disk, date_start="2026-03-01")
        self.map_stream(self.make_stream("own", source=self.own_source), subscription.line_ids)
        self.map_stream(self.make_stream("provider"), subscription.line_ids)
        bill = self.make_run().bill_ids
        self.assertEqual(bill.state, "blocked")
        self.assertIn("one subscription line for each kind of source", bill.reason_text)

    def test_a_line_that_nothing_is_mapped_to_is_not_charged_until_something_is(self):
        self.make_version({"product_id": self.disk.id, "unit_price": "1"})
        subscription = self.make_subscription(self.customer, self.disk, date_start="2026-03-01")
        self.assertFalse(self.make_run().bill_ids)
        stream = self.make_stream("late")
        self.deliver({"stream": stream, "quantity": "5"})
        self.map_stream(stream, subscription.line_ids)
        self.assertEqual(self.rated(self.make_run()), [("5", "5.00", "2026-03-01")])


@tagged("post_install", "-at_install")
class TestFees(RatingCase):
    def test_a_fee_in_a_short_first_month_is_prorated_by_days(self):
        self.make_version({"product_id": self.support.id, "unit_price": "31.00"})
        self.make_subscription(
            self.customer, {"product_id": self.support.id, "name": "Support", "quantity": "2"}, date_start="2026-03-22"
        )
        # 22 to 31 March are 10 of 31 days: 2 x 31.00 x 10 / 31 = 20.00; then 62.00 for April.
        self.assertEqual(
            self.rated(self.make_run("2026-05-01")), [("2", "20.00", "2026-03-22"), ("2", "62.00", "2026-04-01")]
        )

    def test_a_new_price_in_mid_month_is_prorated_on_both_sides(self):
        self.make_version({"product_id": self.support.id, "unit_price": "31.00"})
        self.make_version({"product_id": self.support.id, "unit_price": "62.00"}, date_start="2026-03-11")
        self.make_subscription(self.customer, self.support, date_start="2026-03-01")
        # 10 days of 31 at 31.00 = 10.00; 21 days of 31 at 62.00 = 42.00
        self.assertEqual(self.rated(self.make_run()), [("1", "10.00", "2026-03-01"), ("1", "42.00", "2026-03-11")])

    def test_in_advance_the_period_that_begins_is_billed(self):
        self.make_version({"product_id": self.support.id, "unit_price": "30.00"})
        self.make_subscription(
            self.customer,
            {"product_id": self.support.id, "name": "Support", "timing": "advance"},
            date_start="2026-03-01",
        )
        self.assertEqual(self.rated(self.make_run("2026-03-01")), [("1", "30.00", "2026-03-01")])
        self.assertEqual(self.rated(self.make_run("2026-04-01")), [("1", "30.00", "2026-04-01")])

    def test_a_fee_in_advance_and_usage_in_arrears_meet_on_one_bill(self):
        self.make_version({"unit_price": "1.00"})
        subscription = self.make_subscription(
            self.customer,
            {"product_id": self.support.id, "name": "Support", "timing": "advance"},
            self.disk,
            date_start="2026-03-01",
        )
        stream = self.make_stream("disk")
        self.map_stream(stream, subscription.line_ids[1])
        self.deliver({"stream": stream, "quantity": "7"})
        self.make_run("2026-03-01")
        run = self.make_run("2026-04-01")
        self.assertEqual(len(run.bill_ids), 1)
        self.assertEqual(self.rated(run), [("7", "7.00", "2026-03-01"), ("1", "1.00", "2026-04-01")])

    def test_a_one_time_charge_is_made_once_whatever_its_date_becomes(self):
        self.make_version({"product_id": self.set_up.id, "unit_price": "99.00"})
        subscription = self.make_subscription(self.customer, self.set_up, date_start="2026-03-05")
        self.assertEqual(self.rated(self.make_run("2026-04-01")), [("1", "99.00", "2026-03-05")])
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE cloud_subscription_line SET date_start = '2026-03-20' WHERE subscription_id = %s", [subscription.id]
        )
        self.env.invalidate_all()
        self.assertFalse(self.make_run("2026-06-01").bill_ids)

    def test_a_line_that_is_added_late_is_billed_from_its_start(self):
        self.make_version({"unit_price": "10.00"})
        subscription = self.make_subscription(self.customer, self.support, date_start="2026-02-01")
        self.make_run("2026-04-01")
        self.env["cloud.subscription.line"].create(
            {
                "subscription_id": subscription.id,
                "product_id": self.support.id,
                "name": "Second",
                "date_start": "2026-03-01",
            }
        )
        run = self.make_run("2026-04-01")
        self.assertEqual([line.name for line in run.bill_ids.rated_line_ids], ["Second"])
        self.assertEqual(self.rated(run), [("1", "10.00", "2026-03-01")])

    def test_a_line_that_goes_on_after_it_was_billed_to_its_end_is_billed_for_the_rest(self):
        self.make_version({"unit_price": "31.00"})
        subscription = self.make_subscription(
            self.customer,
            {"product_id": self.support.id, "name": "Support", "date_end": "2026-03-11"},
            date_start="2026-03-01",
        )
        self.assertEqual(self.rated(self.make_run()), [("1", "10.00", "2026-03-01")])
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE cloud_subscription_line SET date_end = NULL WHERE subscription_id = %s", [subscription.id]
        )
        self.env.invalidate_all()
        # 11 to 31 March: 21 of 31 days
        self.assertEqual(self.rated(self.make_run()), [("1", "21.00", "2026-03-11")])

    def test_a_missing_price_blocks_the_bill_and_names_the_day(self):
        self.make_version({"product_id": self.support.id, "unit_price": "1"}, date_start="2026-03-10")
        self.make_subscription(self.customer, self.support, date_start="2026-03-01")
        bill = self.make_run().bill_ids
        self.assertEqual(bill.state, "blocked")
        self.assertEqual(bill.reasons[0]["code"], "price_missing")
        self.assertIn("has no price on 2026-03-01 in Public prices", bill.reason_text)
        # Who cannot add prices is led to the plan.
        reason = self.env["cloud.bill.reason"].with_user(self.user_viewer)
        self.assertEqual(reason._get_action(bill.reasons[0])["res_model"], "cloud.price.plan")

    def test_the_button_of_a_missing_price_opens_the_rule_to_add(self):
        self.make_version({"product_id": self.support.id, "unit_price": "1"}, date_start="2026-02-01")
        self.make_subscription(self.customer, self.set_up, date_start="2026-03-01")
        other = self.make_subscription(self.make_customer("Bolt"), self.support, date_start="2026-03-01")
        run = self.make_run()
        bill = run.bill_ids.filtered(lambda bill: bill.customer_id == self.customer)
        self.assertEqual(run.bill_ids.filtered(lambda one: one.charge_ids.subscription_id == other).state, "look")
        action = bill.action_resolve()
        form = Form(
            self.env["cloud.price.rule"].with_context(**action["context"]),
            view=self.env["ir.ui.view"].browse(action["views"][0][0]),
        )
        self.assertEqual((form.product_id, form.customer_id), (self.set_up, self.customer))
        form.unit_price = "40"
        version = form.save().version_id
        self.assertEqual((version.plan_id, version.state, str(version.date_start)), (self.plan, "draft", "2026-03-01"))
        # Pressed once more it leads to the same draft.
        self.assertEqual(bill.action_resolve()["context"]["default_version_id"], version.id)
        version.action_approve_directly()
        bill.action_recalculate()
        self.assertEqual(self.amounts(bill), ["40.00"])

    def test_the_rule_to_add_for_some_values_names_them(self):
        self.make_version({"product_id": self.support.id, "unit_price": "1"}, date_start="2026-02-01")
        reason = {
            "code": "price_missing_for",
            "plan_id": self.plan.id,
            "product_id": self.disk.id,
            "customer_id": self.customer.id,
            "day": "2026-03-01",
            "dimensions": [["region", "us"], ["tag:env", "prod"]],
        }
        action = self.env["cloud.bill.reason"]._get_action(reason)
        rule = self.env["cloud.price.rule"].with_context(**action["context"]).create({"unit_price": "1"})
        self.assertEqual(rule._get_matches(), (("region", ("us",)), ("tag:env", ("prod",))))


@tagged("post_install", "-at_install")
class TestCostPlus(RatingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.subscription = cls.make_subscription(cls.customer, cls.resale, date_start="2026-03-01")
        cls.own = cls.company.currency_id.name
        cls.stream = cls.make_stream("resale", currency=cls.own)
        cls.map_stream(cls.stream, cls.subscription.line_ids)
        cls.make_version({"product_id": cls.resale.id, "charge_model": "cost_plus", "percent": "20"})

    def set_rate(self, code, day, rate, active=True):
        currency = self.env["res.currency"].with_context(active_test=False).search([("name", "=", code)])
        currency.active = active
        currency.rate_ids.unlink()
        self.env["res.currency.rate"].create(
            {"currency_id": currency.id, "name": day, "rate": rate, "company_id": self.company.id}
        )
        return currency

    def test_cost_and_twenty_percent(self):
        self.deliver({"stream": self.stream, "quantity": "3", "cost": "20.52022672899"})
        line = self.make_run().bill_ids.rated_line_ids
        # 20.52022672899 x 1.20 = 24.624272074788, rounded 24.62
        self.assertEqual((line.amount_exact, str(line.amount)), (D("24.624272074788"), "24.62"))
        # The cost keeps every digit: the costs of a run add up to the provider's own total.
        self.assertEqual(line.cost_amount, D("20.52022672899"))

    def test_the_statement_and_the_quantity_say_nothing_of_the_cost(self):
        self.deliver({"stream": self.stream, "quantity": "3", "cost": "77.77"})
        line = self.make_run().bill_ids.rated_line_ids
        self.assertIsNone(line.quantity)
        self.assertNotIn("77.77", str(line.statement))
        self.assertIn("77.77", str(line.workings))

    def test_a_cost_in_another_currency_is_exchanged_at_the_last_day_of_service(self):
        # One unit of the company is 2 XAF on 1 March and 4 XAF from 1 April; March is billed in April.
        currency = self.set_rate("XAF", "2026-03-01", 2)
        self.env["res.currency.rate"].create(
            {"currency_id": currency.id, "name": "2026-04-01", "rate": 4, "company_id": self.company.id}
        )
        stream = self.make_stream("foreign", currency="XAF")
        self.map_stream(stream, self.subscription.line_ids)
        self.deliver({"stream": stream, "cost": "100"})
        line = self.make_run().bill_ids.rated_line_ids
        # 100 XAF / 2 = 50.00, and 20 percent: 60.00
        self.assertEqual(str(line.amount), "60.00")
        self.assertEqual((str(line.exchange_rate), str(line.exchange_date)), ("0.5", "2026-03-01"))
        self.assertEqual(line.exchange_source, "Odoo currency rates")

    def test_two_currencies_of_cost_are_two_lines(self):
        self.set_rate("XAF", "2026-03-01", 2)
        stream = self.make_stream("foreign", currency="XAF")
        self.map_stream(stream, self.subscription.line_ids)
        # The meter counts costs, which have no sum in two currencies: a meter of quantities takes both.
        self.cost_meter.basis = "quantity"
        self.deliver({"stream": self.stream, "cost": "10"}, {"stream": stream, "cost": "100"})
        run = self.make_run()
        # 10 x 1.20 = 12.00; 100 / 2 x 1.20 = 60.00
        self.assertEqual(sorted(self.amounts(run.bill_ids.rated_line_ids)), ["12.00", "60.00"])

    def test_what_is_due_once_is_not_due_for_each_currency(self):
        self.set_rate("XAF", "2026-03-01", 2)
        stream = self.make_stream("foreign", currency="XAF")
        self.map_stream(stream, self.subscription.line_ids)
        self.cost_meter.basis = "quantity"
        self.deliver({"stream": self.stream, "cost": "10"}, {"stream": stream, "cost": "100"})
        for day, name in enumerate(("fixed", "minimum", "maximum"), 2):
            with self.subTest(name):
                rule = {"product_id": self.resale.id, "charge_model": "cost_plus", "percent": "20", name: "50"}
                self.make_version(rule, date_start=f"2026-01-{day:02d}")
                run = self.make_run()
                self.assertEqual(run.bill_ids.charge_ids.mapped("error_code"), ["several_currencies"])
                run.action_cancel()

    def test_a_currency_without_a_rate_on_the_day_blocks_and_is_named(self):
        # A rate that begins after the service is no rate: Odoo's own conversion would take it.
        self.set_rate("XAF", "2026-04-01", 2)
        stream = self.make_stream("foreign", currency="XAF")
        self.map_stream(stream, self.subscription.line_ids)
        self.deliver({"stream": stream, "cost": "100"})
        bill = self.make_run().bill_ids
        self.assertEqual(bill.state, "blocked")
        self.assertIn("no exchange rate of XAF on or before 2026-03-31", bill.reason_text)

    def test_the_margin_does_not_wait_for_a_rate(self):
        plan_line = self.make_subscription(self.make_customer("Other"), self.disk, date_start="2026-03-01").line_ids
        self.make_version({"product_id": self.disk.id, "unit_price": "1"}, date_start="2026-02-01")
        stream = self.make_stream("foreign", currency="XAF")
        self.map_stream(stream, plan_line)
        self.deliver({"stream": stream, "quantity": "4", "cost": "100"})
        run = self.make_run()
        line = run.bill_ids.rated_line_ids.filtered(lambda line: line.product_id == self.disk)
        self.assertEqual((str(line.amount), line.cost_amount), ("4.00", None))


@tagged("post_install", "-at_install")
class TestUnits(RatingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_version({"unit_price": "1"})
        cls.subscription = cls.make_subscription(cls.customer, cls.disk, date_start="2026-03-01")

    def test_usage_in_another_unit_blocks_and_names_both(self):
        stream = self.make_stream("hours", unit="Hours")
        self.map_stream(stream, self.subscription.line_ids)
        self.deliver({"stream": stream, "quantity": "1"})
        bill = self.make_run().bill_ids
        self.assertEqual(bill.reasons[0]["code"], "unit_mismatch")
        self.assertIn("counts GB, but usage in Hours", bill.reason_text)

    def test_one_broken_customer_does_not_stop_the_other(self):
        other = self.make_subscription(self.make_customer("Other"), self.disk, date_start="2026-03-01")
        good, bad = self.make_stream("good"), self.make_stream("bad", unit="Hours")
        self.map_stream(good, other.line_ids)
        self.map_stream(bad, self.subscription.line_ids)
        self.deliver({"stream": good, "quantity": "2"}, {"stream": bad, "quantity": "1"})
        states = {bill.customer_id.name: (bill.state, str(bill.amount)) for bill in self.make_run().bill_ids}
        self.assertEqual(states, {"Acme": ("blocked", "0"), "Other": ("look", "2.00")})

    def test_a_failure_nobody_foresaw_stays_with_its_charge(self):
        other = self.make_subscription(self.make_customer("Other"), self.disk, date_start="2026-03-01")
        good, bad = self.make_stream("good"), self.make_stream("bad")
        self.map_stream(good, other.line_ids)
        self.map_stream(bad, self.subscription.line_ids)
        self.deliver({"stream": good, "quantity": "2"}, {"stream": bad, "quantity": "13"})
        Rating = self.env.registry["cloud.rating"]
        original = Rating._prepare_line_values

        def fail(rating, item, sequence, part, number):
            if str(part.result.quantity) == "13":
                raise ZeroDivisionError("thirteen")
            return original(rating, item, sequence, part, number)

        self.patch(Rating, "_prepare_line_values", fail)
        with self.assertLogs("odoo.addons.cloud_billing", "ERROR"):
            run = self.make_run()
        by_name = {bill.customer_id.name: bill for bill in run.bill_ids}
        self.assertEqual(str(by_name["Other"].amount), "2.00")
        self.assertIn("thirteen", by_name["Acme"].reason_text)

    def test_who_was_overtaken_by_another_worker_starts_again_and_blocks_nobody(self):
        self.map_stream(self.make_stream("disk"), self.subscription.line_ids)

        def overtaken(*_args):
            raise ConcurrencyError("somebody else drew on the same included quantity")

        self.patch(self.env.registry["cloud.rating"], "_rate", overtaken)
        with self.assertRaises(ConcurrencyError):
            self.make_run()


@tagged("post_install", "-at_install")
class TestManyCharges(RatingCase):
    def test_statements_do_not_grow_with_the_charges(self):
        self.make_version({"product_id": self.disk.id, "unit_price": "0.10"})
        rows = []
        for number in range(30):
            subscription = self.make_subscription(self.make_customer(f"C{number}"), self.disk, date_start="2026-03-01")
            stream = self.make_stream(f"s{number}")
            self.map_stream(stream, subscription.line_ids)
            rows.append({"stream": stream, "quantity": "10"})
        self.deliver(*rows)
        self.env["cloud.billing.period"]._create_due(self.company, self.day("2026-04-01"))
        run = self.env["cloud.bill.run"].create({"company_id": self.company.id, "cutoff_date": "2026-04-01"})
        run._start_rating()
        charges = self.env["cloud.charge"].search([("run_id", "=", run.id)])
        self.assertEqual(len(charges), 30)

        def count(some):
            return self.count_statements_of(lambda: self.env["cloud.rating"]._rate(some, run.usage_number))

        # The first call reads what Odoo keeps for good (currencies, languages).
        count(charges[:1])
        few, many = count(charges[1:4]), count(charges[4:])
        self.assertEqual(few, many)


@tagged("post_install", "-at_install")
class TestScheduledAction(RatingCase):
    def test_one_whose_time_is_over_leaves_its_run_to_the_next_call(self):
        self.make_version({"product_id": self.support.id, "unit_price": "31.00"})
        self.make_subscription(self.customer, self.support, date_start="2026-03-01")
        run = self.env["cloud.bill.run"].create({"company_id": self.company.id, "cutoff_date": "2026-04-01"})
        run._start_rating()
        # A test cannot commit, and a scheduled action has ten seconds: each call here ends after its first chunk.
        module = "odoo.addons.cloud_billing.models.billing.run.cloud_bill_run_rating"
        self.patch(
            self.registry["ir.cron"], "_commit_progress", lambda cron, *_args, **_kwargs: cron.env.flush_all() or 0
        )
        with patch(f"{module}.retrying", lambda work, _env: work()):
            self.env["cloud.bill.run"]._cron_rate_runs()
            self.assertEqual((run.state, run.claim_token), ("rating", False))
            self.env["cloud.bill.run"]._cron_rate_runs()
        self.assertEqual(run.state, "review")
