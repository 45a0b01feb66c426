from datetime import date
from decimal import Decimal

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from ..models.trial.price_question import PriceQuestion
from .catalog_common import CatalogCase

LADDER = {
    "charge_model": "graduated",
    "tier_ids": [(0, 0, {"up_to": "1000", "unit_price": "0.10"}), (0, 0, {"unit_price": "0.08"})],
}


class CalculatorCase(CatalogCase):
    """Disk by a ladder, support at 31.00 a month, an exception for Acme, all from 2026-01-01 on."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.currency_id = cls.env.ref("base.EUR")
        cls.plan.currency_id = cls.env.ref("base.EUR")
        cls.acme = cls.make_customer("Acme", plan_id=cls.plan.id, currency_id=cls.plan.currency_id.id)
        cls.version = cls.make_version(
            [
                {"name": "Disk for all", "product_id": cls.metered.id, **LADDER},
                {
                    "name": "Disk for Acme",
                    "product_id": cls.metered.id,
                    "customer_id": cls.acme.id,
                    "unit_price": "0.05",
                },
                {"name": "Support", "product_id": cls.recurring.id, "unit_price": "31.00"},
            ]
        )

    def calculate(self, user=None, **request):
        request = {"product_id": self.metered.id, "date": "2026-03-01", **request}
        return self.env["cloud.price.calculator"].with_user(user or self.user_viewer).calculate(request)

    def amount(self, **request):
        return self.calculate(**request)["amount"]

    def question(self, **values):
        none = self.env["cloud.subscription"]
        given = {
            "plan": self.plan, "product": self.metered, "customer": self.acme, "subscription": none,
            "line": none.line_ids, "day": date(2026, 3, 1), **values,
        }  # fmt: skip
        return PriceQuestion(**given)


@tagged("post_install", "-at_install")
class TestWhatItCosts(CalculatorCase):
    def test_everyone_pays_by_the_ladder(self):
        # 1,000 x 0.10 + 500 x 0.08 = 100.00 + 40.00
        answer = self.calculate(plan_id=self.plan.id, quantity="1500")
        self.assertEqual((answer["amount"], answer["currency"], answer["tax_basis"]), ("140.00", "EUR", "net"))

    def test_a_customer_pays_what_was_agreed_with_him_by_his_own_plan(self):
        # 1,500 x 0.05
        self.assertEqual(self.amount(customer_id=self.acme.id, quantity="1500"), "75.00")

    def test_a_fee_is_that_of_a_whole_period(self):
        # 3 x 31.00, whatever the days of the month
        self.assertEqual(self.amount(plan_id=self.plan.id, product_id=self.recurring.id, quantity=3), "93.00")

    def test_no_usage_and_usage_of_zero_are_two_answers(self):
        self.assertEqual(self.calculate(plan_id=self.plan.id)["statements"][0]["usage"], "none")
        self.assertEqual(self.calculate(plan_id=self.plan.id, quantity=0)["statements"][0]["usage"], "zero")

    def test_the_prices_of_the_day_answer(self):
        self.make_version([{"product_id": self.metered.id, "unit_price": "1"}], date_start="2026-04-01")
        self.assertEqual(self.amount(plan_id=self.plan.id, quantity=10, date="2026-03-31"), "1.00")
        self.assertEqual(self.amount(plan_id=self.plan.id, quantity=10, date="2026-04-01"), "10.00")

    def test_a_draft_says_what_it_would_say(self):
        draft = self.make_version(
            [{"product_id": self.metered.id, "unit_price": "2"}], date_start="2026-04-01", approve=False
        )
        asked = {"version_id": draft.id, "quantity": 10}
        self.assertEqual(self.amount(**asked, date="2026-04-01"), "20.00")
        # The draft begins in April: until then what is approved holds.
        self.assertEqual(self.amount(**asked, date="2026-03-31"), "1.00")

    def test_a_percentage_of_the_cost_asks_for_the_cost(self):
        plan = self.make_plan("Resale", currency_id=self.plan.currency_id.id)
        self.make_version([{"charge_model": "cost_plus", "percent": "20"}], plan=plan)
        with self.refused("is made of the provider's cost"):
            self.calculate(plan_id=plan.id, quantity=5)
        # 100.10 + 20 % = 120.12
        self.assertEqual(self.amount(plan_id=plan.id, quantity=5, cost="100.10"), "120.12")

    def test_a_cost_in_another_currency_is_exchanged_at_the_rate_of_the_day(self):
        usd = self.env.ref("base.USD")
        usd.rate_ids.unlink()
        usd.rate_ids = [(0, 0, {"name": "2026-01-01", "rate": 1.25, "company_id": self.company.id})]
        plan = self.make_plan("Resale", currency_id=self.plan.currency_id.id)
        self.make_version([{"charge_model": "cost_plus", "percent": "20"}], plan=plan)
        # 100 USD / 1.25 = 80 EUR; + 20 % = 96
        self.assertEqual(self.amount(plan_id=plan.id, cost="100", cost_currency="USD"), "96.00")

    def test_what_has_no_price_is_refused_with_what_to_do(self):
        with self.refused("Set-up of everyone has no price on 2026-03-01 in Public prices. Add a price"):
            self.calculate(plan_id=self.plan.id, product_id=self.one_time.id, quantity=1)

    def test_what_is_not_chosen_is_asked_for(self):
        with self.refused("Choose a price plan"):
            self.calculate(quantity=1)
        with self.refused("Choose the product"):
            self.calculate(product_id=None, plan_id=self.plan.id)
        with self.refused("abc is no number"):
            self.calculate(plan_id=self.plan.id, quantity="abc")
        with self.refused("0.1 is no number. Give digits as text"):
            self.calculate(plan_id=self.plan.id, quantity=0.1)

    def test_the_workings_say_which_price_won_and_why_the_other_lost(self):
        workings = self.calculate(customer_id=self.acme.id, quantity="1500")["workings"][0]
        self.assertEqual(workings["rule"]["rule_name"], "Disk for Acme")
        lost = [(entry["rule"]["rule_name"], entry["reason"]) for entry in workings["resolution"]["lost"]]
        self.assertEqual(lost, [("Disk for all", "less_specific_scope")])

    def test_many_questions_take_as_many_statements_as_few(self):
        def count(number):
            self.env.invalidate_all()
            self.env.flush_all()
            before = self.cr.sql_log_count
            answers = self.env["cloud.price.calculator"]._calculate(
                [self.question(quantity=Decimal(place)) for place in range(number)]
            )
            # 0.05 for each of 0 + 1 + ... + (number - 1)
            self.assertEqual(sum(answer.amount for answer in answers), Decimal("0.025") * number * (number - 1))
            return self.cr.sql_log_count - before

        count(2)
        self.assertEqual(count(40), count(4))

    def test_a_question_has_every_key_that_the_rating_reads_of_a_charge(self):
        line = self.make_subscription(self.acme, [self.metered]).line_ids
        charge = self.make_charge(line, "2026-03-01", "2026-04-01", state="draft")
        (item,) = self.env["cloud.rating"]._fetch_items(charge)
        question = self.question()
        asked = self.env["cloud.price.calculator"]._make_item(0, question, question.make_scope(), None)
        self.assertEqual(sorted(asked), sorted([*item, "question", "scope", "proposal"]))


@tagged("post_install", "-at_install")
class TestWhoMayAsk(CalculatorCase):
    """A customer in the portal knows his own prices of today and before, and nothing else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = new_test_user(cls.env, "acme_portal", groups="base.group_portal")
        cls.portal.partner_id.parent_id = cls.acme.partner_id
        cls.subscription = cls.make_subscription(cls.acme, [cls.metered])
        cls.subscription.action_activate()
        cls.asked = {"customer_id": cls.acme.id, "quantity": "1500"}

    def test_he_is_told_his_price_and_no_workings(self):
        answer = self.calculate(self.portal, **self.asked)
        self.assertEqual((answer["amount"], answer["workings"]), ("75.00", None))
        self.assertIn(["Unit price", "0.05 EUR"], answer["explanation"])
        self.assertNotIn("Disk for all", str(answer))

    def test_another_customer_plan_version_or_cost_is_refused(self):
        other = self.make_customer("Other", plan_id=self.plan.id)
        draft = self.make_version([{"unit_price": "9"}], date_start="2026-04-01", approve=False)
        for more in (
            {"customer_id": other.id},
            {"customer_id": 0},
            {"customer_id": [self.acme.id, other.id]},
            {"plan_id": self.plan.id},
            {"version_id": draft.id},
            {"cost": "1"},
            {"date": "2099-01-01"},
        ):
            with self.assertRaises(AccessError, msg=str(more)):
                self.calculate(self.portal, **{**self.asked, **more})

    def test_a_price_on_the_cost_is_not_told_for_it_would_tell_the_margin(self):
        self.make_version([{"charge_model": "cost_plus", "percent": "20"}], date_start="2026-02-01")
        with self.assertRaisesRegex(UserError, "see your invoice|no price for"):
            self.calculate(self.portal, **self.asked)
        with self.assertRaisesRegex(UserError, "see your invoice|no price for"):
            self.calculate(self.portal, customer_id=self.acme.id)

    def test_a_refusal_does_not_name_the_plan(self):
        self.make_version([{"product_id": self.recurring.id, "unit_price": "1"}], date_start="2026-02-01")
        with self.assertRaises(UserError) as refused:
            self.calculate(self.portal, **self.asked)
        self.assertNotIn(self.plan.name, str(refused.exception))

    def test_a_person_without_a_role_is_refused(self):
        nobody = new_test_user(self.env, "nobody", groups="base.group_user")
        for user in (nobody, self.user_integration):
            with self.assertRaisesRegex(AccessError, "Cloud Billing role"):
                self.calculate(user, plan_id=self.plan.id, quantity=1)

    def test_a_viewer_of_another_company_sees_no_price_of_this_one(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            "stranger",
            groups="cloud_billing.group_viewer",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        calculator = (
            self.env["cloud.price.calculator"].with_user(stranger).with_context(allowed_company_ids=company.ids)
        )
        with self.assertRaises(AccessError):
            calculator.calculate({"product_id": self.metered.id, "plan_id": self.plan.id, "quantity": 1})


@tagged("post_install", "-at_install")
class TestTheWindow(CalculatorCase):
    def open(self, **values):
        context = {f"default_{name}": value for name, value in values.items()}
        return Form(self.env["cloud.price.calculation"].with_user(self.user_viewer).with_context(**context))

    def test_it_says_what_is_missing_until_it_can_answer(self):
        form = self.open()
        self.assertEqual(form.problem, "Choose a product.")
        form.product_id = self.metered
        self.assertIn("Choose a price plan", form.problem)
        form.plan_id = self.plan
        form.date = "2026-03-01"
        form.quantity = "1500"
        self.assertFalse(form.problem)
        self.assertEqual(form.amount, "140.00")
        self.assertEqual(form.rule_id.name, "Disk for all")
        self.assertIn("What the customer sees", form.statement_html)

    def test_a_customer_brings_his_plan_and_his_prices(self):
        form = self.open(product_id=self.metered.id, date="2026-03-01", quantity="1500")
        form.customer_id = self.acme
        self.assertEqual((form.plan_id, form.amount), (self.plan, "75.00"))

    def test_a_draft_is_opened_on_its_first_day(self):
        draft = self.make_version([{"unit_price": "2"}], date_start="2099-04-01", approve=False)
        form = self.open(version_id=draft.id, product_id=self.metered.id, quantity="3")
        self.assertEqual((form.date, form.amount), (date(2099, 4, 1), "6.00"))

    def test_the_chart_bends_at_the_bounds_of_the_ladder(self):
        form = self.open(plan_id=self.plan.id, product_id=self.metered.id, date="2026-03-01", quantity="1500")
        chart = form.chart
        # From 0 to twice the quantity, the bound of 1,000 among them: 1,000 x 0.10, and 3,000: 100 + 2,000 x 0.08.
        self.assertEqual((chart["points"][0], chart["points"][-1]), (["0", "0.00"], ["3000", "260.00"]))
        self.assertIn(["1000", "100.00"], chart["points"])
        self.assertEqual(
            (chart["marker"], chart["x_label"], chart["y_label"]), (["1500", "140.00"], "GB-Months", "EUR")
        )


@tagged("post_install", "-at_install")
class TestWhatElseAPriceLooksAt(CalculatorCase):
    """Prices by region, and a percentage of payments with a fixed amount each."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.make_plan("By region", currency_id=cls.plan.currency_id.id)

    def make(self, *rules):
        self.make_version(rules, plan=self.other)

    def eu(self, price):
        return {"unit_price": price, "condition_ids": [(0, 0, {"dimension": "region", "accepted": "eu"})]}

    def test_a_quantity_is_taken_apart_by_region(self):
        self.make(self.eu("0.10"), {"unit_price": "0.20"})
        parts = [
            {"values": {"region": "eu"}, "quantity": "300"},
            {"values": {"region": "us"}, "quantity": "700"},
        ]
        # 300 x 0.10 + 700 x 0.20 = 30.00 + 140.00; all of 1,000 in no region: 200.00.
        self.assertEqual(self.amount(plan_id=self.other.id, dimensions=parts), "170.00")
        self.assertEqual(self.amount(plan_id=self.other.id, quantity=1000), "200.00")

    def test_a_percentage_of_payments_with_a_fixed_amount_for_each(self):
        self.make({"charge_model": "percentage", "percent": "2", "fixed_per_event": "0.25"})
        # 2 % of 100 + 250.50 + 30 = 380.50 is 7.61, and 3 x 0.25.
        self.assertEqual(self.amount(plan_id=self.other.id, events=["100", "250.50", 30]), "8.36")

    def test_the_window_reads_both_from_a_line_of_text(self):
        self.make(self.eu("0.10"), {"unit_price": "0.20"})
        form = Form(
            self.env["cloud.price.calculation"].with_context(
                default_plan_id=self.other.id, default_product_id=self.metered.id, default_date="2026-03-01"
            )
        )
        form.quantity = False
        form.is_detailed = True
        form.dimensions = "region=eu: 300; region=us: 700"
        self.assertEqual((form.amount, form.chart), ("170.00", False))
        form.dimensions = "eu 300"
        self.assertIn("eu 300 is not understood. Write it like this", form.problem)
        form.dimensions = "tag:env=prod, region=eu: 5"
        self.assertEqual(form.amount, "0.50")

    def test_what_is_included_is_taken_off_once_for_each_question(self):
        self.make({"product_id": self.metered.id, "unit_price": "0.10"})
        draft = self.make_version([{"unit_price": "0.10"}], plan=self.other, date_start="2026-07-01", approve=False)
        vals = {"product_id": self.metered.id, "unit": "GB-Months"}
        Allowance = self.env["cloud.price.allowance"]
        Allowance.create({**vals, "version_id": draft.id, "name": "Included", "quantity": "100"})
        asked = {"quantity": 300, "version_id": draft.id, "date": "2026-07-01"}
        # (300 - 100) x 0.10; before the draft begins nothing is included.
        self.assertEqual(self.amount(**asked), "20.00")
        self.assertEqual(self.amount(**{**asked, "date": "2026-06-30"}), "30.00")
        question = self.question(plan=self.other, day=date(2026, 7, 1), quantity=Decimal(300))
        answers = self.env["cloud.price.calculator"]._calculate([question, question], draft._as_proposal())
        self.assertEqual([answer.amount for answer in answers], [Decimal("20.00")] * 2)

    def test_what_is_included_for_each_seat_asks_for_the_seats(self):
        draft = self.make_version([{"unit_price": "0.10"}], plan=self.other, date_start="2026-07-01", approve=False)
        self.env["cloud.price.allowance"].create(
            {
                "version_id": draft.id,
                "product_id": self.metered.id,
                "unit": "GB-Months",
                "name": "Per seat",
                "quantity": "10",
                "unit_product_id": self.recurring.id,
            }
        )
        asked = {"quantity": 300, "version_id": draft.id, "date": "2026-07-15"}
        # (300 - 12 x 10) x 0.10; without seats nothing is included.
        self.assertEqual(self.amount(**asked, seats=12), "18.00")
        self.assertEqual(self.amount(**asked), "30.00")
