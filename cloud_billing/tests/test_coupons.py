from odoo.exceptions import UserError
from odoo.tests import tagged
from psycopg2.errors import CheckViolation, RestrictViolation

from .billing_common import BillingCase, D


class CouponCase(BillingCase):
    """One customer in Amsterdam. Support costs 1.00 a month and disk 0.10 per GB, so quantities are amounts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.make_customer("Acme")
        cls.make_version(
            {"product_id": cls.support.id, "unit_price": "1.00"},
            {"product_id": cls.set_up.id, "unit_price": "1.00"},
            {"product_id": cls.disk.id, "unit_price": "0.10"},
        )

    @classmethod
    def make_fee(cls, amount, customer=None, product=None, date_start="2026-03-01", **vals):
        product = product or cls.support
        line = {"product_id": product.id, "name": product.name, "quantity": amount}
        return cls.make_subscription(customer or cls.customer, line, date_start=date_start, **vals)

    @classmethod
    def make_coupon(cls, approve=True, **vals):
        return cls._make(
            "cloud.coupon",
            approve,
            {
                "code": "SPRING",
                "name": "Spring",
                "company_id": cls.company.id,
                "currency_id": cls.currency.id,
                **vals,
            },
        )

    @classmethod
    def redeem(cls, coupon, customer=None, approve=True, **vals):
        return cls._make(
            "cloud.coupon.redemption",
            approve,
            {
                "coupon_id": coupon.id,
                "customer_id": (customer or cls.customer).id,
                "date_start": "2026-03-01",
                **vals,
            },
        )

    @classmethod
    def _make(cls, model, approve, vals):
        state = cls.company.cloud_billing_state
        cls.set_company_state("setup")
        record = cls.env[model].create(vals)
        if approve:
            record.action_approve_directly()
        cls.env.flush_all()
        cls.set_company_state(state)
        return record

    def billed(self, run):
        """The amounts of the rated lines of a run, by day and id."""
        lines = run.bill_ids.rated_line_ids.sorted(lambda line: (line.service_start, line.id))
        return self.amounts(lines)

    def used(self, redemption):
        redemption.invalidate_recordset(["used_amount", "rest_amount"])
        return str(redemption.used_amount), str(redemption.rest_amount)


@tagged("post_install", "-at_install")
class TestAPercentage(CouponCase):
    def test_for_three_months_and_at_most_fifty(self):
        coupon = self.make_coupon(percent="20", periods=3, customer_limit="50.00")
        redemption = self.redeem(coupon)
        self.make_fee("100.00")
        # 20 % of 100.00 is 20.00: 20 and 20 of 50.00, then the 10.00 that are left; from June on nothing.
        run = self.make_run("2026-07-01")
        self.assertEqual(self.billed(run), ["80.00", "80.00", "90.00", "100.00"])
        self.assertEqual(self.used(redemption), ("50.00", "0.00"))

    def test_over_runs_that_follow_each_other_the_rest_is_what_lines_have_used(self):
        redemption = self.redeem(self.make_coupon(percent="20", periods=3, customer_limit="50.00"))
        self.make_fee("100.00")
        amounts = []
        for cutoff in ("2026-04-01", "2026-05-01", "2026-06-01", "2026-07-01"):
            run = self.make_run(cutoff)
            self.post(run)
            amounts += self.billed(run)
        self.assertEqual(amounts, ["80.00", "80.00", "90.00", "100.00"])
        self.assertEqual(redemption.date_end, self.day("2026-06-01"))

    def test_without_a_limit_it_goes_on(self):
        self.redeem(self.make_coupon(percent="25"))
        self.make_fee("100.00")
        self.assertEqual(self.billed(self.make_run("2026-05-01")), ["75.00", "75.00"])

    def test_before_its_day_and_for_others_nothing_is_taken_off(self):
        self.redeem(self.make_coupon(percent="20"), date_start="2026-04-01")
        self.make_fee("100.00")
        self.make_fee("50.00", customer=self.make_customer("Other"))
        self.assertEqual(sorted(self.billed(self.make_run("2026-05-01"))), ["100.00", "50.00", "50.00", "80.00"])

    def test_only_what_it_is_for(self):
        other = self.env["product.category"].create({"name": "Other"})
        self.set_up.categ_id = other
        self.redeem(self.make_coupon(percent="50", item_ids=[(0, 0, {"categ_id": self.categ.id})]))
        self.make_fee("100.00")
        self.make_fee("40.00", product=self.set_up)
        self.assertEqual(sorted(self.billed(self.make_run())), ["40.00", "50.00"])

    def test_one_subscription_only(self):
        first = self.make_fee("100.00")
        self.make_fee("60.00")
        self.redeem(self.make_coupon(percent="50"), subscription_id=first.id)
        self.assertEqual(sorted(self.billed(self.make_run())), ["50.00", "60.00"])

    def test_the_customer_reads_of_it_on_the_invoice(self):
        self.redeem(self.make_coupon(percent="20", name="Spring offer", customer_limit="50"))
        self.make_fee("100.00")
        move = self.post(self.make_run())
        self.assertIn("Spring offer", move.invoice_line_ids.name)
        self.assertEqual(move.amount_untaxed, 80.0)

    def test_a_bundle_is_discounted_as_a_whole_and_split_after(self):
        starter = self.make_product("Starter", "recurring")
        self.make_version({"product_id": starter.id, "unit_price": "100.00"}, date_start="2026-02-01")
        parts = [(0, 0, {"product_id": product.id, "standalone_price": price}) for product, price in (
            (self.support, "60"), (self.set_up, "40"),
        )]  # fmt: skip
        self._make("cloud.bundle", True, {
            "company_id": self.company.id, "product_id": starter.id, "date_start": "2026-01-01",
            "currency_id": self.currency.id, "part_ids": parts,
        })  # fmt: skip
        self.redeem(self.make_coupon(percent="10", item_ids=[(0, 0, {"product_id": starter.id})]))
        self.make_fee("1", product=starter)
        # 100.00 less 10 % is 90.00, split 60 to 40
        self.assertEqual(self.billed(self.make_run()), ["54.00", "36.00"])


@tagged("post_install", "-at_install")
class TestAnAmount(CouponCase):
    def test_is_taken_off_once_a_month_whatever_it_is_spread_over(self):
        redemption = self.redeem(self.make_coupon(amount="30.00", periods=2))
        self.make_fee("20.00")
        self.make_fee("50.00")
        # March and April: 20 - 20 and 50 - 10; May: 20 and 50
        run = self.make_run("2026-06-01")
        self.assertEqual(sum(map(D, self.billed(run))), D("150.00"))
        self.assertEqual(self.used(redemption)[0], "60.00")
        by_month = {}
        for line in run.bill_ids.rated_line_ids:
            by_month[str(line.service_start)] = by_month.get(str(line.service_start), 0) + line.amount
        self.assertEqual(by_month, {"2026-03-01": D("40.00"), "2026-04-01": D("40.00"), "2026-05-01": D("70.00")})

    def test_never_more_than_the_price(self):
        self.redeem(self.make_coupon(amount="30.00"))
        self.make_fee("20.00")
        self.assertEqual(self.billed(self.make_run()), ["0.00"])


@tagged("post_install", "-at_install")
class TestLimits(CouponCase):
    def test_the_money_of_all_customers_together(self):
        coupon = self.make_coupon(percent="50", amount_limit="70.00")
        for name in ("One", "Two"):
            customer = self.make_customer(name)
            self.redeem(coupon, customer=customer)
            self.make_fee("100.00", customer=customer)
        # 50.00 for the first, the 20.00 that are left for the second
        self.assertEqual(sorted(self.billed(self.make_run())), ["50.00", "80.00"])

    def test_the_number_of_redemptions(self):
        coupon = self.make_coupon(percent="50", max_redemptions=1)
        self.redeem(coupon)
        second = self.redeem(coupon, customer=self.make_customer("Second"), approve=False)
        with self.assertRaisesRegex(UserError, "as often as it may be"), self.cr.savepoint():
            second.action_approve_directly()
        self.env.flush_all()
        with self.assertRaises(CheckViolation), self.cr.savepoint():
            self.cr.execute(
                "UPDATE cloud_coupon_redemption SET state = 'approved', number = 2, max_number = 1 WHERE id = %s",
                [second.id],
            )

    def test_once_per_customer_and_on_its_days(self):
        coupon = self.make_coupon(percent="50", date_end="2026-04-01")
        self.redeem(coupon)
        for vals, sentence in (({}, "redeemed this coupon already"), ({"date_start": "2026-04-01"}, "not redeemed on")):
            with self.assertRaisesRegex(UserError, sentence), self.cr.savepoint():
                self.redeem(coupon, **vals)

    def test_raw_sql_cannot_use_more_than_the_limit(self):
        redemption = self.redeem(self.make_coupon(percent="20", customer_limit="20.00"))
        self.make_fee("50.00")
        line = self.make_run().bill_ids.rated_line_ids
        self.env.flush_all()
        self.cr.execute("DELETE FROM cloud_coupon_use WHERE rated_line_id = %s", [line.id])
        with self.assertRaisesRegex(CheckViolation, "more than its limit"), self.cr.savepoint():
            self.cr.execute(
                "INSERT INTO cloud_coupon_use (rated_line_id, redemption_id, coupon_id, company_id, amount, period)"
                " VALUES (%s, %s, %s, %s, 20.01, 0)",
                [line.id, redemption.id, redemption.coupon_id.id, self.company.id],
            )

    def test_what_an_approved_line_used_is_frozen(self):
        self.redeem(self.make_coupon(percent="20", customer_limit="50.00"))
        self.make_fee("50.00")
        self.post(self.make_run())
        self.env.flush_all()
        for statement in ("UPDATE cloud_coupon_use SET amount = 0", "DELETE FROM cloud_coupon_use"):
            with self.assertRaises(RestrictViolation), self.cr.savepoint():
                self.cr.execute(statement)

    def test_rating_again_uses_the_limit_once(self):
        redemption = self.redeem(self.make_coupon(percent="20", customer_limit="50.00"))
        self.make_fee("100.00")
        run = self.make_run()
        run.bill_ids.action_recalculate()
        self.assertEqual(self.used(redemption), ("20.00", "30.00"))
        run.action_back_to_draft()
        self.assertEqual(self.used(redemption), ("0", "50.00"))


@tagged("post_install", "-at_install")
class TestCorrectionsGiveBack(CouponCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.subscription = cls.make_subscription(cls.customer, cls.disk, date_start="2026-03-01")
        cls.stream = cls.make_stream("Acme disk")
        cls.map_stream(cls.stream, cls.subscription.line_ids)
        cls.redemption = cls.redeem(cls.make_coupon(percent="20", customer_limit="50.00"))

    def test_usage_that_is_taken_back_gives_its_discount_back(self):
        self.deliver({"stream": self.stream, "quantity": "2000"})
        self.post(self.make_run())
        # 20 % of 200.00
        self.assertEqual(self.used(self.redemption), ("40.00", "10.00"))
        self.deliver({"stream": self.stream, "quantity": "500"})
        later = self.make_run("2026-04-02")
        # 50.00 less 10.00 is 40.00; 160.00 were billed.
        self.assertEqual(self.billed(later), ["-120.00"])
        self.assertEqual(self.used(self.redemption), ("10.00", "40.00"))

    def test_late_usage_draws_on_what_the_charge_has_used_and_what_is_left(self):
        self.deliver({"stream": self.stream, "quantity": "2000"})
        self.post(self.make_run())
        self.deliver({"stream": self.stream, "quantity": "4000"})
        # 20 % of 400.00 would be 80.00; 50.00 may be taken off: 350.00, of which 160.00 were billed.
        self.assertEqual(self.billed(self.make_run("2026-04-02")), ["190.00"])
        self.assertEqual(self.used(self.redemption), ("50.00", "0.00"))

    def test_a_freed_invoice_gives_all_of_it_back(self):
        self.deliver({"stream": self.stream, "quantity": "2000"})
        move = self.post(self.make_run())
        self.free(move)
        self.assertEqual(self.used(self.redemption), ("0", "50.00"))
        self.assertEqual(self.billed(self.make_run("2026-04-02")), ["160.00"])


@tagged("post_install", "-at_install")
class TestAgreeingOnCoupons(CouponCase):
    def test_coupon_and_redemption_are_approved_by_another_person(self):
        coupon = self.make_coupon(approve=False, percent="20", customer_limit="50")
        self.set_company_state("live")
        coupon.with_user(self.user_price_manager).action_submit()
        self.assertEqual(coupon.request_id.kind, "coupon")
        self.vote(coupon.request_id)
        redemption = self.env["cloud.coupon.redemption"].create(
            {"coupon_id": coupon.id, "customer_id": self.customer.id, "date_start": "2026-03-01"}
        )
        redemption.with_user(self.user_accountant).action_submit()
        self.vote(redemption.request_id)
        self.assertEqual((redemption.state, redemption.number), ("approved", 1))
        for record, vals in ((coupon, {"percent": "90"}), (redemption, {"date_start": "2026-01-01"})):
            with self.assertRaisesRegex(UserError, "approved"), self.cr.savepoint():
                record.sudo().write(vals)

    def test_a_draft_takes_nothing_off(self):
        self.redeem(self.make_coupon(percent="20"), approve=False)
        self.make_fee("100.00")
        self.assertEqual(self.billed(self.make_run()), ["100.00"])

    def test_a_coupon_is_a_percentage_or_an_amount_within_bounds(self):
        for vals in ({}, {"percent": "10", "amount": "1"}, {"percent": "101"}, {"amount": "0"},
                     {"percent": "10", "amount_limit": "-1"}):  # fmt: skip
            with self.assertRaises(CheckViolation), self.cr.savepoint():
                self.make_coupon(**vals)


@tagged("post_install", "-at_install")
class TestStatementsOfCoupons(CouponCase):
    def count(self, coupon, number):
        for place in range(number):
            customer = self.make_customer(f"Customer {number} {place}")
            self.make_fee("10", customer=customer)
            self.redeem(coupon, customer=customer)
        run = self.start_run()
        before = self.cr.sql_log_count
        self.assertEqual(run._rate_chunk(), number)
        self.env.flush_all()
        return self.cr.sql_log_count - before

    def test_many_coupons_take_as_many_statements_as_few(self):
        coupon = self.make_coupon(percent="20", amount_limit="1000", item_ids=[(0, 0, {"categ_id": self.categ.id})])
        self.count(coupon, 1)
        self.assertEqual(self.count(coupon, 15), self.count(coupon, 2))
