from odoo.exceptions import UserError
from odoo.tests import Form, new_test_user, tagged

from .billing_common import D
from .spend_common import SpendCase


class BillOfAPriceCase(SpendCase):
    """Acme has support for 30.00 a month and disk at 0.10 per GB; quantities are amounts of support."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.subscription = cls.make_subscription(
            cls.customer, {"product_id": cls.support.id, "name": "Support", "quantity": "30"}, cls.disk
        )
        cls.fee, cls.usage = cls.subscription.line_ids

    def ask(self, line=None, user=None, **request):
        request = {"subscription_line_id": (line or self.fee).id, "quantity": "30", "date": "2026-03-10", **request}
        return self.env["cloud.price.calculator"].with_user(user or self.user_viewer).calculate(request)

    def missing(self, answer):
        return [(one["scope"], one["missing"]) for one in answer["minimums"]]

    def redeem(self, **vals):
        """A coupon of 20 % that Acme redeemed on 1 March 2026, unless told otherwise."""
        redeemed = {name: vals.pop(name) for name in ("customer_id", "subscription_id") if name in vals}
        off = {} if "amount" in vals else {"percent": "20"}
        self.set_company_state("setup")
        coupon = self.env["cloud.coupon"].create(
            {"code": "SPRING", "name": "Spring", "company_id": self.company.id, "currency_id": self.currency.id,
             **off, **vals}
        )  # fmt: skip
        coupon.action_approve_directly()
        redemption = self.env["cloud.coupon.redemption"].create(
            {"coupon_id": coupon.id, "customer_id": self.customer.id, "date_start": "2026-03-01", **redeemed}
        )
        redemption.action_approve_directly()
        self.env.flush_all()
        self.set_company_state("live")
        return redemption


@tagged("post_install", "-at_install")
class TestCouponsInTheCalculator(BillOfAPriceCase):
    def test_a_percentage_is_taken_off(self):
        self.redeem()
        answer = self.ask()
        # 30.00 less 20 % = 24.00
        self.assertEqual((answer["amount"], answer["total"], answer["minimums"]), ("24.00", "24.00", []))
        self.assertIn("Spring", str(answer["explanation"]))
        self.assertIn("discount", [step["step"] for step in answer["workings"][0]["steps"]])

    def test_it_holds_on_its_days_for_its_customer_and_its_products(self):
        self.redeem(periods=1, item_ids=[(0, 0, {"product_id": self.support.id})])
        self.assertEqual(self.ask(date="2026-02-28")["amount"], "30.00")
        self.assertEqual(self.ask(date="2026-03-01")["amount"], "24.00")
        self.assertEqual(self.ask(date="2026-04-01")["amount"], "30.00")
        # 300 GB x 0.10: the coupon is for support.
        self.assertEqual(self.ask(self.usage, quantity="300")["amount"], "30.00")
        other = self.make_subscription(self.make_customer("Other"), self.support)
        self.assertEqual(self.ask(other.line_ids)["amount"], "30.00")
        everyone = {"subscription_line_id": None, "plan_id": self.plan.id, "product_id": self.support.id}
        self.assertEqual(self.ask(**everyone)["amount"], "30.00")

    def test_what_bills_have_used_of_a_limit_is_gone(self):
        self.redeem(customer_limit="8.00")
        # 20 % of 30.00 = 6.00, within 8.00
        self.assertEqual(self.ask()["amount"], "24.00")
        self.make_run(cutoff="2026-04-01")
        # March has used 6.00: of April's 6.00 there are 2.00 left.
        self.assertEqual(self.ask(date="2026-04-01")["amount"], "28.00")

    def test_an_amount_for_a_month_is_what_bills_have_left_of_it(self):
        self.redeem(amount="25.00")
        # 30.00 - 25.00
        self.assertEqual(self.ask()["amount"], "5.00")

    def test_two_questions_do_not_share_a_limit_and_nothing_is_used(self):
        redemption = self.redeem(customer_limit="6.00")
        calculator = self.env["cloud.price.calculator"]
        question, _version = calculator._parse_request(
            {"subscription_line_id": self.fee.id, "quantity": "30", "date": "2026-03-10"}
        )
        before = redemption.coupon_id.use_version
        answers = calculator._calculate([question, question])
        self.assertEqual([answer.amount for answer in answers], [D("24.00"), D("24.00")])
        redemption.invalidate_recordset()
        self.env.invalidate_all()
        self.assertEqual((redemption.coupon_id.use_version, redemption.used_amount), (before, 0))

    def test_a_sample_says_what_the_price_is_without_it(self):
        self.redeem()
        calculation = self.env["cloud.price.calculation"].create(
            {"subscription_line_id": self.fee.id, "quantity": "30", "date": "2026-03-10"}
        )
        self.assertEqual(calculation.amount, D("24.00"))
        action = calculation.action_keep()
        self.assertEqual(self.env["cloud.price.sample"].browse(action["res_id"]).expected_amount, D("30.00"))


@tagged("post_install", "-at_install")
class TestMinimumsInTheCalculator(BillOfAPriceCase):
    def test_what_is_missing_of_a_line_a_subscription_and_a_customer(self):
        self.make_minimum("50.00", scope="line", subscription_line_id=self.fee.id)
        self.make_minimum("80.00", scope="subscription", subscription_id=self.subscription.id)
        self.make_minimum("200.00")
        answer = self.ask()
        # 30.00 of the line's 50.00: 20.00. With them 50.00 of 80.00: 30.00. With them 80.00 of 200.00: 120.00.
        self.assertEqual(self.missing(answer), [("line", "20.00"), ("subscription", "30.00"), ("customer", "120.00")])
        self.assertEqual((answer["amount"], answer["total"]), ("30.00", "200.00"))
        # 45.00 more on the same bill: nothing is missing of 80.00, and 200.00 - 30.00 - 20.00 - 45.00 = 105.00.
        answer = self.ask(besides="45.00")
        self.assertEqual(self.missing(answer), [("line", "20.00"), ("subscription", "0.00"), ("customer", "105.00")])
        steps = answer["minimums"][2]["workings"]["steps"]
        self.assertEqual((steps[0]["before"], steps[0]["billed"]), ("200.00", "95.00"))

    def test_the_bill_comes_to_the_same(self):
        self.make_minimum("50.00", scope="line", subscription_line_id=self.fee.id)
        self.make_minimum("200.00")
        run = self.make_run(cutoff="2026-04-01")
        march = run.bill_ids.rated_line_ids.filtered(lambda line: line.service_start >= self.day("2026-03-01"))
        self.assertEqual(sum(march.mapped("amount")), D(self.ask()["total"]))

    def test_a_coupon_comes_first(self):
        self.redeem()
        self.make_minimum("50.00", scope="line", subscription_line_id=self.fee.id)
        # 24.00 are billed: 26.00 are missing of 50.00.
        self.assertEqual(self.missing(self.ask()), [("line", "26.00")])

    def test_only_what_it_is_about_counts(self):
        minimum = self.make_minimum("100.00", item_ids=[(0, 0, {"product_id": self.disk.id})])
        self.assertEqual(self.missing(self.ask()), [])
        # 300 GB x 0.10 = 30.00
        self.assertEqual(self.missing(self.ask(self.usage, quantity="300")), [("customer", "70.00")])
        self.assertEqual(self.missing(self.ask(self.usage, quantity="300", date="2026-02-28")), [])
        self.set_company_state("setup")
        minimum.item_ids = [(5,), (0, 0, {"categ_id": self.categ.id})]
        self.env.flush_all()
        self.set_company_state("live")
        self.assertEqual(self.missing(self.ask()), [("customer", "70.00")])

    def test_another_line_subscription_or_customer_has_none_of_it(self):
        other = self.make_subscription(self.make_customer("Other"), self.support)
        self.make_minimum("50.00", scope="line", subscription_line_id=self.usage.id)
        self.make_minimum("80.00", scope="subscription", subscription_id=other.id)
        self.make_minimum("90.00", customer=other.customer_id, include_children=True)
        self.assertEqual(self.missing(self.ask()), [])

    def test_a_payer_with_his_children(self):
        payer = self.make_customer("Holding")
        child = self.make_customer("Daughter", parent_id=payer.id)
        line = self.make_fee(child, "30.00").line_ids
        self.make_minimum("100.00", customer=payer, include_children=True)
        self.assertEqual(self.missing(self.ask(line)), [("customer", "70.00")])
        # In the portal the daughter is not told what was agreed with the holding.
        portal = new_test_user(self.env, "daughter_portal", groups="base.group_portal")
        portal.partner_id.parent_id = child.partner_id
        asked = {"subscription_line_id": None, "customer_id": child.id, "product_id": self.support.id}
        self.assertEqual(self.ask(user=portal, **asked)["minimums"], [])

    def test_the_minimum_of_a_price_is_in_its_amount(self):
        self.make_version(
            {"product_id": self.support.id, "unit_price": "1.00", "minimum": "40.00"}, date_start="2026-03-01"
        )
        # At least 40.00 by the rule, of the line's 50.00 there are 10.00 missing.
        self.make_minimum("50.00", scope="line", subscription_line_id=self.fee.id)
        answer = self.ask()
        self.assertEqual((answer["amount"], self.missing(answer)), ("40.00", [("line", "10.00")]))

    def test_a_commitment_over_a_term_is_of_no_period(self):
        self.make_minimum("9000.00", kind="term", date_end="2027-03-01")
        self.assertEqual(self.ask()["minimums"], [])

    def test_a_customer_in_the_portal_is_told_his_own_without_workings(self):
        self.redeem()
        self.make_minimum("50.00", name="At least fifty")
        portal = new_test_user(self.env, "acme_bill_portal", groups="base.group_portal")
        portal.partner_id.parent_id = self.customer.partner_id
        asked = {"subscription_line_id": None, "customer_id": self.customer.id, "product_id": self.support.id}
        answer = self.ask(user=portal, **asked)
        # 30.00 less 20 % = 24.00; 26.00 are missing.
        self.assertEqual((answer["amount"], answer["total"]), ("24.00", "50.00"))
        (minimum,) = answer["minimums"]
        self.assertEqual((minimum["name"], minimum["workings"]), ("At least fifty", None))
        self.assertIn(["Agreed", f"50.00 {self.currency.name}"], minimum["explanation"])

    def test_what_is_billed_besides_is_a_number(self):
        with self.assertRaisesRegex(UserError, "much is no number"):
            self.ask(besides="much")

    def test_the_window_says_both(self):
        self.make_minimum("50.00", name="At least fifty")
        context = {"default_subscription_line_id": self.fee.id, "default_date": "2026-03-10"}
        form = Form(self.env["cloud.price.calculation"].with_user(self.user_viewer).with_context(**context))
        form.quantity = "30"
        self.assertEqual((form.amount, form.total), ("30.00", "50.00"))
        self.assertIn("At least fifty", form.statement_html)
        self.assertIn("Still due", form.workings_html)
        form.is_detailed = True
        form.besides = "15"
        self.assertEqual(form.total, "35.00")

    def test_many_questions_take_as_many_statements_as_few(self):
        self.redeem()
        self.make_minimum("50.00", item_ids=[(0, 0, {"categ_id": self.categ.id})])
        calculator = self.env["cloud.price.calculator"]

        def count(number):
            question, _version = calculator._parse_request(
                {"subscription_line_id": self.fee.id, "quantity": "30", "date": "2026-03-10"}
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            calculator._calculate([question] * number)
            return self.cr.sql_log_count - before

        count(2)
        self.assertEqual(count(40), count(4))
