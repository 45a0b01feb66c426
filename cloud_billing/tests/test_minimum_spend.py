from odoo.tests import freeze_time, tagged

from .spend_common import SpendCase


@tagged("post_install", "-at_install")
class TestMinimumOfACustomer(SpendCase):
    def test_what_two_subscriptions_were_billed_less_is_billed_as_a_true_up(self):
        self.make_fee(self.customer, "320", date_start="2026-03-01")
        self.make_fee(self.customer, "90", date_start="2026-03-01")
        self.make_minimum("500.00")
        run = self.make_run()
        # 500.00 - (320.00 + 90.00) = 90.00
        self.assertEqual(self.true_ups(run), [("Acme", "90.00", "2026-03-01")])
        self.assertEqual(self.amounts(run.bill_ids), ["500.00"])

    def test_who_spends_enough_owes_nothing_more(self):
        self.make_fee(self.customer, "500", date_start="2026-03-01")
        self.make_minimum("500.00")
        run = self.make_run()
        self.assertEqual(self.true_ups(run), [("Acme", "0.00", "2026-03-01")])
        # Nothing is printed of it.
        self.assertEqual(len(run.bill_ids._get_invoice_groups()), 1)

    def test_a_short_first_month_owes_the_share_of_its_days(self):
        self.make_fee(self.customer, "100", date_start="2026-03-16")
        self.make_minimum("500.00", date_start="2026-03-16")
        # Fee 100 x 16 / 31 = 51.61; minimum 500 x 16 / 31 = 258.0645...; 258.0645... - 51.61 = 206.4545... -> 206.45
        self.assertEqual(self.true_ups(self.make_run()), [("Acme", "206.45", "2026-03-16")])

    def test_a_minimum_that_is_not_prorated_is_due_in_full(self):
        self.make_fee(self.customer, "100", date_start="2026-03-16")
        self.make_minimum("500.00", date_start="2026-03-16", is_prorated=False)
        # 500 - 51.61 = 448.39
        self.assertEqual(self.true_ups(self.make_run()), [("Acme", "448.39", "2026-03-16")])

    def test_a_short_last_month_owes_its_share_and_counts_the_fee_of_the_whole_month(self):
        self.make_fee(self.customer, "100", date_start="2026-03-01")
        self.make_minimum("310.00", date_end="2026-03-20")
        # 310 x 19 / 31 = 190.00; 190 - 100 = 90.00
        self.assertEqual(self.true_ups(self.make_run()), [("Acme", "90.00", "2026-03-01")])

    def test_each_month_has_its_own_true_up_and_a_second_run_makes_none(self):
        self.make_fee(self.customer, "320", date_start="2026-03-01")
        self.make_minimum("500.00")
        run = self.make_run("2026-05-01")
        self.assertEqual(self.true_ups(run), [("Acme", "180.00", "2026-03-01"), ("Acme", "180.00", "2026-04-01")])
        self.assertFalse(self.make_run("2026-05-01").bill_ids)

    def test_before_the_month_is_over_nothing_is_due(self):
        self.make_fee(self.customer, "320", date_start="2026-03-01")
        self.make_minimum("500.00")
        self.assertFalse(self.true_ups(self.make_run("2026-03-31")))

    def test_a_draft_minimum_is_not_billed(self):
        self.make_fee(self.customer, "320", date_start="2026-03-01")
        self.make_minimum("500.00", approve=False)
        self.assertFalse(self.true_ups(self.make_run()))

    def test_a_customer_without_any_charge_owes_all_of_it(self):
        self.make_minimum("500.00")
        self.assertEqual(self.true_ups(self.make_run()), [("Acme", "500.00", "2026-03-01")])

    def test_only_products_and_categories_that_count_are_counted(self):
        other = self.env["product.category"].create({"name": "Other"})
        training = self.make_product("Training", "recurring", categ_id=other.id)
        self.make_version({"product_id": training.id, "unit_price": "1.00"}, plan=self.make_plan("Other"))
        self.make_fee(self.customer, "320", date_start="2026-03-01")
        self.make_fee(self.customer, "90", self.set_up, date_start="2026-03-01")
        self.make_minimum("500.00", item_ids=[(0, 0, {"product_id": self.support.id})])
        self.make_minimum("600.00", name="Cloud only", item_ids=[(0, 0, {"categ_id": self.categ.id})])
        # 500 - 320 = 180.00; 600 - 320 - 90 = 190.00. Neither true-up counts for the other: they are equally wide.
        self.assertEqual(
            self.true_ups(self.make_run()), [("Acme", "180.00", "2026-03-01"), ("Acme", "190.00", "2026-03-01")]
        )

    def test_what_children_are_billed_counts_where_it_was_agreed(self):
        child = self.make_customer("Acme Child", parent_id=self.customer.id)
        self.make_fee(self.customer, "320", date_start="2026-03-01")
        self.make_fee(child, "90", date_start="2026-03-01")
        self.make_minimum("500.00", include_children=True)
        self.make_minimum("400.00", name="Alone")
        # With the child 500 - 320 - 90 = 90, less the narrower true-up of 400 - 320 = 80: 10.00
        self.assertEqual(
            sorted(self.true_ups(self.make_run())), [("Acme", "10.00", "2026-03-01"), ("Acme", "80.00", "2026-03-01")]
        )

    def test_other_customers_are_not_counted(self):
        self.make_fee(self.make_customer("Other"), "320", date_start="2026-03-01")
        self.make_minimum("500.00")
        self.assertEqual(self.true_ups(self.make_run()), [("Acme", "500.00", "2026-03-01")])

    def test_it_waits_for_the_last_period_with_something_to_count(self):
        # The period of 15 March to 15 April begins in March, but its fee counts in April, on its last day.
        self.make_fee(self.customer, "320", date_start="2026-02-15", cycle_kind="anniversary")
        self.make_minimum("500.00")
        self.assertFalse(self.true_ups(self.make_run("2026-04-01")))
        # March: the fee of 15 February to 15 March, 320: 180.00
        self.assertEqual(self.true_ups(self.make_run("2026-04-15")), [("Acme", "180.00", "2026-03-01")])

    def test_what_cannot_be_rated_yet_blocks_the_true_up(self):
        self.make_fee(self.customer, "320", date_start="2026-03-01")
        unpriced = self.make_product("Unpriced", "recurring")
        self.make_fee(self.customer, "90", unpriced, date_start="2026-03-01")
        self.make_minimum("500.00")
        bill = self.make_run().bill_ids
        self.assertEqual(bill.state, "blocked")
        self.assertIn("counts charges that cannot be rated yet", bill.reason_text)
        self.make_version(
            {"product_id": self.support.id, "unit_price": "1.00"},
            {"product_id": unpriced.id, "unit_price": "1.00"},
            date_start="2026-03-01",
        )
        bill.action_recalculate()
        self.assertEqual(self.true_ups(bill.run_id), [("Acme", "90.00", "2026-03-01")])
        self.assertNotEqual(bill.state, "blocked")


@tagged("post_install", "-at_install")
class TestMinimumOfASubscription(SpendCase):
    def test_only_its_own_charges_count(self):
        subscription = self.make_fee(self.customer, "320", date_start="2026-03-01")
        self.make_fee(self.customer, "90", date_start="2026-03-01")
        self.make_minimum("500.00", scope="subscription", subscription_id=subscription.id)
        run = self.make_run()
        self.assertEqual(self.true_ups(run), [("Acme", "180.00", "2026-03-01")])
        charge = run.bill_ids.charge_ids.filtered("commitment_id")
        self.assertEqual((charge.subscription_id, charge.period_id.subscription_id), (subscription, subscription))

    def test_its_periods_are_those_of_the_subscription(self):
        subscription = self.make_fee(self.customer, "320", date_start="2026-03-15", cycle_kind="anniversary")
        self.make_minimum("500.00", scope="subscription", subscription_id=subscription.id)
        # 15 March to 15 April is a whole period: 500 - 320 = 180.00
        self.assertEqual(self.true_ups(self.make_run("2026-04-15")), [("Acme", "180.00", "2026-03-15")])

    def test_a_subscription_that_begins_and_ends_in_mid_month_owes_shares(self):
        subscription = self.make_fee(self.customer, "31", date_start="2026-03-16")
        subscription.action_end(self.day("2026-04-11"))
        self.make_minimum("500.00", scope="subscription", subscription_id=subscription.id)
        # March: 500 x 16 / 31 - 31 x 16 / 31 = 258.0645... - 16.00 = 242.06
        # April: 500 x 10 / 30 - 31 x 10 / 30 = 166.666... - 10.33 = 156.3366... = 156.34
        self.assertEqual(
            self.true_ups(self.make_run("2026-05-01")),
            [("Acme", "242.06", "2026-03-16"), ("Acme", "156.34", "2026-04-01")],
        )

    def test_the_true_up_of_a_line_counts_for_its_subscription_and_that_for_the_customer(self):
        subscription = self.make_fee(self.customer, "20", date_start="2026-03-01")
        self.make_minimum("100.00", name="Line", scope="line", subscription_line_id=subscription.line_ids.id)
        self.make_minimum("250.00", name="Subscription", scope="subscription", subscription_id=subscription.id)
        self.make_minimum("600.00", name="Customer")
        run = self.make_run()
        # Line: 100 - 20 = 80. Subscription: 250 - 20 - 80 = 150. Customer: 600 - 20 - 80 - 150 = 350.
        self.assertEqual([amount for _name, amount, _day in self.true_ups(run)], ["80.00", "150.00", "350.00"])
        self.assertEqual(self.amounts(run.bill_ids), ["600.00"])


@tagged("post_install", "-at_install")
class TestLateUsage(SpendCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_fee(cls.customer, "350", date_start="2026-03-01")
        cls.subscription = cls.make_subscription(cls.customer, cls.disk, date_start="2026-03-01")
        cls.stream = cls.make_stream("Acme disk")
        cls.map_stream(cls.stream, cls.subscription.line_ids)
        cls.make_minimum("500.00", date_end="2026-04-01")

    def test_late_usage_is_credited_on_the_true_up(self):
        self.deliver({"stream": self.stream, "quantity": "600"})
        run = self.make_run()
        # 500 - 350 - 60.00 = 90.00
        self.assertEqual(self.true_ups(run), [("Acme", "90.00", "2026-03-01")])
        self.post(run)
        self.deliver({"stream": self.stream, "quantity": "1000"})
        later = self.make_run("2026-05-01")
        # 400 GB more: 40.00 of usage, and 40.00 less of a true-up: 500 - 350 - 100 = 50.00, of which 90.00 were billed.
        self.assertEqual(self.true_ups(later), [("Acme", "-40.00", "2026-03-01")])
        corrections = later.bill_ids.charge_ids.filtered("corrects_id")
        self.assertEqual(sorted(self.amounts(corrections)), ["-40.00", "40.00"])
        line = corrections.rated_line_ids.filtered(lambda line: line.charge_id.kind == "minimum")
        self.assertEqual(line.corrects_id.amount, 90)
        # April's fee of 350 is all that is left to pay.
        self.assertEqual(self.amounts(later.bill_ids), ["350.00"])
        self.post(later)
        self.assertFalse(self.true_ups(self.make_run("2026-06-01")))

    def test_more_late_usage_than_was_missing_credits_all_of_the_true_up(self):
        self.deliver({"stream": self.stream, "quantity": "600"})
        self.post(self.make_run())
        self.deliver({"stream": self.stream, "quantity": "6000"})
        self.assertEqual(self.true_ups(self.make_run("2026-05-01")), [("Acme", "-90.00", "2026-03-01")])

    def test_usage_that_is_taken_back_raises_the_true_up(self):
        self.deliver({"stream": self.stream, "quantity": "600"})
        self.post(self.make_run())
        self.deliver({"stream": self.stream, "quantity": "500"})
        self.assertEqual(self.true_ups(self.make_run("2026-05-01")), [("Acme", "10.00", "2026-03-01")])

    def test_recalculating_the_bill_with_the_correction_gives_the_same(self):
        self.deliver({"stream": self.stream, "quantity": "600"})
        self.post(self.make_run())
        self.deliver({"stream": self.stream, "quantity": "1000"})
        run = self.make_run("2026-05-01")
        before = sorted((line.name, str(line.amount)) for line in run.bill_ids.rated_line_ids)
        run.bill_ids.action_recalculate()
        self.assertEqual(sorted((line.name, str(line.amount)) for line in run.bill_ids.rated_line_ids), before)

    def test_a_freed_invoice_is_billed_anew_with_its_true_up(self):
        self.deliver({"stream": self.stream, "quantity": "600"})
        move = self.post(self.make_run())
        self.free(move)
        self.deliver({"stream": self.stream, "quantity": "1000"})
        # 500 - 350 - 100 = 50.00: a new original, no correction.
        run = self.make_run("2026-04-02")
        self.assertEqual(self.true_ups(run), [("Acme", "50.00", "2026-03-01")])
        self.assertFalse(run.bill_ids.charge_ids.corrects_id)


@tagged("post_install", "-at_install")
class TestBillsBySubscription(SpendCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.invoice_grouping = "subscription"
        cls.first = cls.make_fee(cls.customer, "320", date_start="2026-03-01")
        cls.second = cls.make_fee(cls.customer, "90", date_start="2026-03-01")
        cls.make_minimum("500.00")

    def test_a_customers_true_up_is_a_bill_of_its_own(self):
        self.assertEqual(sorted(self.amounts(self.make_run().bill_ids)), ["320.00", "90.00", "90.00"])

    def test_excluding_a_bill_takes_the_true_up_out_until_all_is_charged(self):
        run = self.make_run()
        bill = run.bill_ids.filtered(lambda bill: bill.charge_ids.subscription_id == self.first)
        bill.action_exclude("Not yet")
        self.assertFalse(self.true_ups(run))
        later = self.make_run()
        # The fee of 320 is due again, and with it the true-up, which counts the 90 of the open run.
        self.assertEqual(self.true_ups(later), [("Acme", "90.00", "2026-03-01")])

    def test_recalculating_one_bill_renews_the_true_up_of_the_other(self):
        run = self.make_run()
        self.first.line_ids.quantity = "400"
        run.bill_ids.filtered(lambda bill: bill.charge_ids.subscription_id == self.first).action_recalculate()
        # 500 - 400 - 90 = 10.00
        self.assertEqual(self.true_ups(run), [("Acme", "10.00", "2026-03-01")])
        self.assertEqual(sorted(self.amounts(run.bill_ids)), ["10.00", "400.00", "90.00"])


@tagged("post_install", "-at_install")
class TestCommitment(SpendCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # 12 x 950.00 + 0.55 = 11,400.55
        cls.subscription = cls.make_fee(cls.customer, "950")
        cls.make_fee(cls.customer, "0.55", cls.set_up)
        cls.commitment = cls.make_minimum(
            "12000", name="Commitment 2026", kind="term", date_start="2026-01-01", date_end="2027-01-01"
        )

    def test_the_shortfall_is_billed_at_the_end_of_the_term(self):
        first = self.make_run("2026-12-01")
        self.assertFalse(self.true_ups(first))
        last = self.make_run("2027-01-01")
        # 12,000 - 11,400.55 = 599.45
        self.assertEqual(self.true_ups(last), [("Acme", "599.45", "2026-01-01")])

    def test_more_than_was_committed_goes_on_at_the_prices(self):
        self.make_fee(self.customer, "100")
        run = self.make_run("2027-02-01")
        self.assertEqual(self.true_ups(run), [("Acme", "0.00", "2026-01-01")])
        # 13 months of 950 + 100, and 0.55 once
        self.assertEqual(self.amounts(run.bill_ids), ["13650.55"])

    def test_its_progress_is_what_was_posted(self):
        commitment = self.commitment
        self.make_run("2026-04-01")
        self.assertEqual(str(commitment.billed_amount), "0")
        self.env["cloud.bill.run"].search([]).action_cancel()
        self.post(self.make_run("2026-04-01"))
        commitment.invalidate_recordset()
        # 3 x 950.00 + 0.55 = 2,850.55 of 12,000: 23.8 per cent, 9,149.45 missing
        self.assertEqual(
            (str(commitment.billed_amount), str(commitment.due_amount), str(commitment.open_amount)),
            ("2850.55", "12000", "9149.45"),
        )
        self.assertAlmostEqual(commitment.progress, 23.8)
        self.assertIn(commitment, self.subscription.commitment_ids)

    def test_the_days_that_are_left_are_counted_from_today(self):
        with freeze_time("2026-12-01"):
            self.assertEqual(self.commitment.days_left, 31)


@tagged("post_install", "-at_install")
class TestTrueUpInTheLedger(SpendCase):
    def test_the_true_up_has_its_products_account_and_tax_and_the_minimums_analytics(self):
        tax = self.company_data["default_tax_sale"]
        self.minimum.taxes_id = tax
        plan = self.env["account.analytic.plan"].create({"name": "Departments"})
        account = self.env["account.analytic.account"].create({"name": "Sales", "plan_id": plan.id})
        self.make_fee(self.customer, "320", date_start="2026-03-01")
        self.make_minimum("500.00", analytic_distribution={str(account.id): 100})
        move = self.post(self.make_run())
        line = move.invoice_line_ids.filtered(lambda line: line.product_id == self.minimum)
        # 180.00 net, and 15 % tax on it: 27.00; with the fee of 320: 527.00
        self.assertEqual((line.price_subtotal, line.tax_ids, move.amount_total), (180.0, tax, 527.0))
        self.assertEqual(line.account_id, self.minimum.property_account_income_id)
        self.assertEqual(line.analytic_distribution, {str(account.id): 100})
        self.assertIn("Minimum spend", line.name)
        self.assertEqual((str(line.cloud_service_start), str(line.cloud_service_end)), ("2026-03-01", "2026-04-01"))

    def test_two_live_true_ups_of_one_minimum_never_overlap(self):
        self.make_minimum("500.00")
        run = self.make_run()
        charge = run.bill_ids.charge_ids
        self.env.flush_all()
        with self.assertRaisesRegex(Exception, "cloud_charge_billed_once"), self.cr.savepoint():
            self.cr.execute(
                """
                INSERT INTO cloud_charge (company_id, customer_id, commitment_id, component_id, kind, product_id,
                       currency_id, service_start, service_end, utc_start, utc_end, full_start, full_end, state,
                       is_live, is_rated, correction_number)
                SELECT company_id, customer_id, commitment_id, component_id, kind, product_id, currency_id,
                       '2026-03-31', '2026-05-01', utc_start, utc_end, full_start, full_end, 'draft', TRUE, FALSE, 0
                  FROM cloud_charge WHERE id = %s
                """,
                [charge.id],
            )

    def test_the_invoice_says_what_was_agreed_and_what_was_billed(self):
        self.make_fee(self.customer, "320", date_start="2026-03-01")
        self.make_minimum("500.00")
        move = self.post(self.make_run())
        line = move.invoice_line_ids.filtered(lambda line: line.product_id == self.minimum)
        self.assertIn("500.00", line.name)
        self.assertIn("320.00", line.name)


@tagged("post_install", "-at_install")
class TestStatementsOfMinimums(SpendCase):
    def count(self, number):
        """Statements of making and rating the true-ups of so many customers, each with one of a subscription too."""
        for place in range(number):
            customer = self.make_customer(f"Customer {number} {place}")
            subscription = self.make_fee(customer, "10", date_start="2026-03-01")
            self.make_minimum("50", customer=customer)
            self.make_minimum("30", scope="subscription", subscription_id=subscription.id)
        run = self.start_run()
        while run._rate_chunk():
            pass
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        self.env["cloud.spend.true.up"]._make(run)
        self.env.flush_all()
        count = self.cr.sql_log_count - before
        charges = self.env["cloud.charge"].search([("run_id", "=", run.id), ("kind", "=", "minimum")])
        self.assertEqual(sorted(set(self.amounts(charges))), ["20.00"])
        self.assertEqual(len(charges), 2 * number)
        return count

    def test_many_minimums_take_as_many_statements_as_few(self):
        self.count(1)
        self.assertEqual(self.count(12), self.count(3))
