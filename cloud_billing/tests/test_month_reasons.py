from odoo.exceptions import UserError
from odoo.tests import tagged

from .test_billing_runs import RunCase


def codes(bill):
    return {reason["code"] for reason in bill.reasons or ()}


def reason(bill, code):
    return next(reason for reason in bill.reasons if reason["code"] == code)


class ReasonCase(RunCase):
    """March is posted: Acme 1,000 GB x 0.10 = 100.00, Bolt 50 GB x 0.10 = 5.00."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write({"cloud_look_percent": "25", "cloud_look_amount": "20"})

    def post_march(self):
        self.deliver_march()
        return self.post(self.make_run())

    def make_april(self, *rows):
        self.deliver(*rows, month="2026-04-01")
        return self.by_customer(self.make_run("2026-05-01"))


@tagged("post_install", "-at_install")
class TestUsageMissing(ReasonCase):
    def test_a_stream_that_had_usage_and_has_none_is_looked_at(self):
        self.post_march()
        bills = self.make_april({"stream": self.acme_stream, "quantity": "1000"})
        found = reason(bills["Bolt"], "usage_missing")
        self.assertEqual((found["count"], found["streams"]), (1, "bolt · bolt"))
        self.assertIn("had some in what was billed last: 1 (bolt · bolt)", bills["Bolt"].reason_text)
        self.assertEqual(codes(bills["Acme"]), set())

    def test_one_of_two_streams_of_a_line_is_enough(self):
        second = self.make_stream("acme 2")
        self.map_stream(second, self.acme_line)
        self.deliver({"stream": self.acme_stream, "quantity": "990"}, {"stream": second, "quantity": "10"})
        self.post(self.make_run())
        bill = self.make_april({"stream": self.acme_stream, "quantity": "1000"})["Acme"]
        self.assertEqual((bill.state, codes(bill)), ("look", {"usage_missing"}))

    def test_usage_of_zero_is_not_missing(self):
        self.post_march()
        bills = self.make_april(
            {"stream": self.acme_stream, "quantity": "1000"}, {"stream": self.bolt_stream, "quantity": "0"}
        )
        self.assertNotIn("usage_missing", codes(bills["Bolt"]))

    def test_a_stream_that_was_given_to_somebody_else_is_missed_by_nobody(self):
        mapping = self.env["cloud.usage.mapping"].search([("stream_id", "=", self.bolt_stream.id)])
        self.post_march()
        mapping.sudo().write({"date_end": "2026-04-01"})
        self.map_stream(self.bolt_stream, self.acme_line, date_start="2026-04-01")
        bills = self.make_april({"stream": self.acme_stream, "quantity": "1000"})
        self.assertNotIn("Bolt", bills)
        self.assertEqual(codes(bills["Acme"]), set())

    def test_own_meters_are_asked_by_the_days_of_the_period(self):
        stream = self.make_stream("own", source=self.own_source)
        line = self.make_subscription(self.make_customer("Coda"), self.disk, date_start="2026-03-01").line_ids
        self.map_stream(stream, line)
        # The last row of March, 23:59:59 in Amsterdam, and the first of May: none of them is April's.
        self.deliver(
            {"stream": stream, "quantity": "10", "start": "2026-03-31 21:59:59"},
            {"stream": stream, "quantity": "10", "start": "2026-04-30 22:00:00"},
            source=self.own_source,
        )
        self.post(self.make_run())
        self.assertIn("usage_missing", codes(self.by_customer(self.make_run("2026-05-01"))["Coda"]))


@tagged("post_install", "-at_install")
class TestUnusualBills(ReasonCase):
    def test_usage_of_the_customers_accounts_that_belongs_to_nobody(self):
        self.deliver_march()
        stream = self.make_stream("new disk")
        stream.sudo().write({"sub_account": "acme", "unmatched_rows": 3, "unmatched_cost": "12.50"})
        bills = self.by_customer(self.make_run())
        found = reason(bills["Acme"], "unmatched_usage")
        self.assertEqual((found["count"], found["cost"], found["stream_ids"]), (1, "12.50", stream.ids))
        self.assertIn("accounts that belong to nobody: 1, at a cost of 12.50 EUR", bills["Acme"].reason_text)
        self.assertEqual(self.env["cloud.bill.reason"]._get_action(found)["domain"], [("id", "in", stream.ids)])
        self.assertNotIn("unmatched_usage", codes(bills["Bolt"]))

    def test_a_bill_below_the_providers_cost(self):
        (self.acme_stream | self.bolt_stream).sudo().write({"currency": self.currency.name})
        # 1,000 x 0.10 = 100.00 at a cost of 60; 50 x 0.10 = 5.00 at a cost of 5.01.
        self.deliver(
            {"stream": self.acme_stream, "quantity": "1000", "cost": "60"},
            {"stream": self.bolt_stream, "quantity": "50", "cost": "5.01"},
        )
        bills = self.by_customer(self.make_run())
        self.assertNotIn("margin_negative", codes(bills["Acme"]))
        told = f"5.00 {self.currency.name} is less than the provider's cost of 5.01 {self.currency.name}"
        self.assertIn(told, bills["Bolt"].reason_text)

    def test_a_bill_below_the_cost_by_a_part_of_a_cent_tells_that_part(self):
        (self.acme_stream | self.bolt_stream).sudo().write({"currency": self.currency.name})
        # 1,000 x 0.10 = 100.00 at a cost of 100.004, which is 100.00 too; 50 x 0.10 = 5.00 at one of 5.006: 5.01.
        self.deliver(
            {"stream": self.acme_stream, "quantity": "1000", "cost": "100.004"},
            {"stream": self.bolt_stream, "quantity": "50", "cost": "5.006"},
        )
        bills, code = self.by_customer(self.make_run()), self.currency.name
        for name, told in (("Acme", f"100.00 {code} is less than the provider's cost of 100.004 {code}"),
                           ("Bolt", f"5.00 {code} is less than the provider's cost of 5.01 {code}")):  # fmt: skip
            self.assertIn(told, bills[name].reason_text)

    def test_a_subscription_that_has_ended_by_the_cut_off(self):
        self.acme_line.subscription_id.write({"date_end": "2026-04-01"})
        self.bolt_line.subscription_id.write({"date_end": "2026-04-02"})
        self.deliver_march()
        bills = self.by_customer(self.make_run())
        self.assertEqual(reason(bills["Acme"], "ended_contract")["day"], "2026-04-01")
        self.assertNotIn("ended_contract", codes(bills["Bolt"]))

    def test_a_last_bill_in_another_currency(self):
        self.post_march()
        francs = self.env.ref("base.CHF")
        francs.active = True
        plan = self.make_plan("Francs", currency=francs)
        self.make_version({"unit_price": "0.10"}, plan=plan)
        contact = self.env["res.partner"].create({"name": "Acme, francs", "parent_id": self.acme.partner_id.id})
        acme_in_francs = self.make_customer("Acme in francs", partner=contact, currency_id=francs.id)
        self.make_subscription(acme_in_francs, self.support, plan=plan, date_start="2026-04-01")
        self.deliver_april()
        run = self.make_run("2026-05-01")
        bill = run.bill_ids.filtered(lambda bill: bill.currency_id == francs)
        self.assertEqual(codes(bill), {"first_bill", "currency_change"})
        self.assertIn(f"The last bill was in {self.currency.name}, this one is in CHF.", bill.reason_text)


@tagged("post_install", "-at_install")
class TestFiscalPosition(ReasonCase):
    """A delivery address in France: Odoo takes the fiscal position of France for what Acme in Austria is billed."""

    def setUp(self):
        super().setUp()
        self.acme.partner_id.country_id = self.env.ref("base.at")
        self.env["account.fiscal.position"].search([("company_id", "=", self.company.id)]).auto_apply = False
        self.abroad = self.env["account.fiscal.position"].create(
            {
                "name": "Abroad",
                "company_id": self.company.id,
                "auto_apply": True,
                "country_id": self.env.ref("base.fr").id,
            }
        )

    def move_to_france(self):
        self.env["res.partner"].create(
            {
                "name": "Stock",
                "type": "delivery",
                "parent_id": self.acme.partner_id.id,
                "country_id": self.env.ref("base.fr").id,
            }
        )

    def test_another_one_than_that_of_the_last_invoice_is_told_to_the_checker(self):
        self.post_march()
        self.move_to_france()
        rows = ({"stream": stream, "quantity": "1000"} for stream in (self.acme_stream, self.bolt_stream))
        bills = self.make_april(*rows)
        self.assertEqual(reason(bills["Acme"], "position_change")["position"], "Abroad")
        self.assertIn("Its taxes follow Abroad, those of invoice", bills["Acme"].reason_text)
        self.assertIn("followed no fiscal position", bills["Acme"].reason_text)
        self.assertNotIn("position_change", codes(bills["Bolt"]))
        notes = " ".join(bills["Acme"].run_id._get_effect_notes(bills["Acme"] | bills["Bolt"]))
        self.assertIn("1 follow another fiscal position, so other taxes, than the customer's last invoice: Acme", notes)

    def test_the_same_again_and_a_first_bill_are_not(self):
        self.move_to_france()
        self.post_march()
        bills = self.make_april({"stream": self.acme_stream, "quantity": "1000"})
        self.assertNotIn("position_change", codes(bills["Acme"]))

    def test_an_address_that_comes_after_the_run_was_approved_is_not_posted(self):
        self.deliver_march()
        run = self.make_run()
        self.approve(run)
        self.move_to_france()
        bill = self.by_customer(run)["Acme"]
        with self.assertRaisesRegex(UserError, "would follow Abroad, and they followed no fiscal position when"):
            bill._check_positions()
        run.with_user(self.user_accountant).action_post()
        self.assertEqual(bill.state, "parked")
        self.assertIn("would follow Abroad", bill.error)
        self.assertEqual(self.by_customer(run)["Bolt"].state, "posted")


@tagged("post_install", "-at_install")
class TestMedian(ReasonCase):
    def bill_months(self, *quantities):
        """Post a month each from January 2027 on, of so many GB; returns Acme's bill of the last, in review."""
        for month, quantity in enumerate(quantities, 3):
            self.deliver(
                {"stream": self.acme_stream, "quantity": quantity},
                {"stream": self.bolt_stream, "quantity": "50"},
                month=f"2026-{month:02}-01",
            )
            run = self.make_run(f"2026-{month + 1:02}-01")
            if month - 2 < len(quantities):
                self.post(run)
        return self.by_customer(run)["Acme"]

    def test_more_than_five_times_the_middle_of_the_last_bills(self):
        # 10.00, 30.00, 20.00: the middle is 20.00, five times that 100.00; 100.10 is above.
        bill = self.bill_months("100", "300", "200", "1001")
        found = reason(bill, "above_median")
        self.assertEqual((found["median"], found["times"], found["count"]), ("20.00", "5", 3))

    def test_five_times_exactly_is_not_more(self):
        self.assertNotIn("above_median", codes(self.bill_months("100", "300", "200", "1000")))

    def test_two_bills_have_no_middle(self):
        self.assertNotIn("above_median", codes(self.bill_months("100", "200", "9000")))

    def test_pennies_are_not_looked_at(self):
        # The middle is 0.10; 1.00 is ten times that, and less than 20.00 more.
        self.assertNotIn("above_median", codes(self.bill_months("1", "1", "1", "10")))

    def test_a_company_that_does_not_ask_gets_no_answer(self):
        self.company.cloud_look_median = None
        self.assertNotIn("above_median", codes(self.bill_months("100", "300", "200", "1001")))


@tagged("post_install", "-at_install")
class TestTierJump(ReasonCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_version(
            {
                "charge_model": "graduated",
                "tier_ids": [(0, 0, {"up_to": "1000", "unit_price": "0.10"}), (0, 0, {"unit_price": "0.09"})],
            },
            date_start="2026-02-01",
        )

    def test_another_tier_than_the_last_time_is_looked_at(self):
        self.deliver_march(acme="1000", bolt="50")
        self.post(self.make_run())
        # 1,001 GB: one of them in the second tier. Bolt stays in the first.
        self.deliver_april(acme="1001", bolt="60")
        bills = self.by_customer(self.make_run("2026-05-01"))
        found = reason(bills["Acme"], "tier_jump")
        self.assertEqual((found["last_tier"], found["tier"]), (1, 2))
        self.assertEqual(codes(bills["Bolt"]), set())


@tagged("post_install", "-at_install")
class TestForecast(ReasonCase):
    def test_fees_as_agreed_and_usage_per_day_as_it_was(self):
        fee = {"product_id": self.support.id, "unit_price": "30"}
        self.make_version(fee, {"unit_price": "0.10"}, date_start="2026-02-01")
        self.make_subscription(self.acme, self.support, date_start="2026-03-01")
        self.post_march()
        # March: 100.00 in 31 days. April has 30: 96.774..., and the fee of 30.00. April came to 110.00 + 30.00.
        bill = self.make_april(
            {"stream": self.acme_stream, "quantity": "1100"}, {"stream": self.bolt_stream, "quantity": "50"}
        )["Acme"]
        self.assertEqual((str(bill.amount), str(bill.forecast_amount)), ("140.00", "126.77"))
        self.assertEqual(str(bill.off_forecast_amount), "13.23")

    def test_a_first_bill_with_usage_has_none(self):
        self.deliver_march()
        self.assertEqual(self.by_customer(self.make_run())["Acme"].forecast_amount, None)

    def test_a_first_bill_of_fees_alone_is_known(self):
        self.make_subscription(self.make_customer("Fees"), self.support, date_start="2026-03-01")
        self.deliver_march()
        bill = self.by_customer(self.make_run())["Fees"]
        self.assertEqual((str(bill.forecast_amount), str(bill.off_forecast_amount)), ("0.10", "0.00"))


@tagged("post_install", "-at_install")
class TestManyBills(RunCase):
    def test_statements_of_an_assessment_do_not_grow_with_the_bills(self):
        rows = []
        for number in range(33):
            line = self.make_subscription(self.make_customer(f"C{number}"), self.disk, date_start="2026-03-01").line_ids
            stream = self.make_stream(f"s{number}")
            self.map_stream(stream, line)
            rows.append({"stream": stream, "quantity": "1000"})
        self.deliver(*rows)
        bills = self.make_run().bill_ids

        def count(some):
            return self.count_statements_of(lambda: some._assess())

        # The first call reads what Odoo keeps for good.
        count(bills[:3])
        few, many = count(bills[3:6]), count(bills[6:33])
        self.assertEqual(few, many)
