"""A plan in one currency, billed in the customer's: the rate, its day, and what keeps it."""

import psycopg2
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..models.billing.telling.explanation_text import get_statement_tables, get_workings_tables
from .billing_common import BillingCase, D


class CurrencyCase(BillingCase):
    """A plan in XAF (no decimals) that is billed in the currency of a customer who pays in euro.

    One euro is 2 XAF from 1 March on, 4 from 31 March on and 5 from 1 April on; March is billed on 1 April.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.foreign = cls.env["res.currency"].with_context(active_test=False).search([("name", "=", "XAF")])
        cls.foreign.active = True
        cls.foreign.rate_ids.unlink()
        for day, rate in (("2026-03-01", 2), ("2026-03-31", 4), ("2026-04-01", 5)):
            cls.set_rate(day, rate)
        cls.customer = cls.make_customer("Acme")
        cls.plan = cls.make_converted_plan("Abroad")

    @classmethod
    def set_rate(cls, day, rate):
        return cls.env["res.currency.rate"].create(
            {"currency_id": cls.foreign.id, "name": day, "rate": rate, "company_id": cls.company.id}
        )

    @classmethod
    def make_converted_plan(cls, name, **vals):
        plan = cls.make_plan(name, currency=cls.foreign)
        plan.write({"is_converted": True, **vals})
        return plan

    def bill_disk(self, quantity="101", plan=None, price="0.07", **vals):
        """A run over March with so many gigabytes of Disk at a price in XAF."""
        subscription = self.make_subscription(self.customer, self.disk, plan=plan or self.plan, date_start="2026-03-01")
        self.stream = self.make_stream("Acme disk", currency=self.currency.name)
        self.map_stream(self.stream, subscription.line_ids)
        self.make_version({"product_id": self.disk.id, "unit_price": price, **vals}, plan=plan or self.plan)
        self.deliver({"stream": self.stream, "quantity": quantity, "cost": "1"})
        return self.make_run()


@tagged("post_install", "-at_install")
class TestBilledInTheCustomersCurrency(CurrencyCase):
    def test_the_price_is_exchanged_at_the_last_day_of_service_and_rounded_once(self):
        line = self.bill_disk().bill_ids.rated_line_ids
        # 101 x 0.07 = 7.07 XAF; at 1/4 that is 1.7675 euro. Rounded to 7 XAF first it would be 1.75.
        self.assertEqual((line.amount_exact, str(line.amount)), (D("1.7675"), "1.77"))
        self.assertEqual(line.currency_id, self.customer.currency_id)
        self.assertEqual(line.bill_id.currency_id, self.customer.currency_id)
        self.assertEqual(
            line.workings["bill_in"]["exchange"],
            {
                "rate": "0.25",
                "from_currency": "XAF",
                "to_currency": self.currency.name,
                "source": "Odoo currency rates",
                "date": "2026-03-31",
            },
        )

    def test_or_at_that_of_the_invoice_date_where_the_plan_says_so(self):
        plan = self.make_converted_plan("By invoice date", conversion_date="invoice")
        line = self.bill_disk(plan=plan).bill_ids.rated_line_ids
        # 7.07 XAF at 1/5 = 1.414
        self.assertEqual(str(line.amount), "1.41")
        self.assertEqual(line.workings["bill_in"]["exchange"]["date"], "2026-04-01")

    def test_a_fee_is_exchanged_too(self):
        self.make_subscription(self.customer, self.support, date_start="2026-03-01")
        self.make_version({"product_id": self.support.id, "unit_price": "31"})
        line = self.make_run().bill_ids.rated_line_ids
        # 31 XAF at 1/4 = 7.75
        self.assertEqual(str(line.amount), "7.75")

    def test_the_invoice_names_the_price_the_rate_and_its_day(self):
        run = self.bill_disk()
        line = run.bill_ids.rated_line_ids
        move = self.post(run)
        self.assertEqual((move.currency_id, move.amount_untaxed), (self.customer.currency_id, 1.77))
        text = move.invoice_line_ids.name
        self.assertIn("101 GB × 0.07 XAF", text)
        self.assertIn(f"1 XAF = 0.25 {self.currency.name} (Odoo currency rates, 03/31/2026)", text)
        told = str(get_workings_tables(self.env, line))
        self.assertIn(f"7.07 XAF × 0.25 = 1.7675 {self.currency.name} (Odoo currency rates, 03/31/2026)", told)
        self.assertIn("0.07 XAF", told)
        self.assertIn(f"1 XAF = 0.25 {self.currency.name}", str(get_statement_tables(self.env, line)))

    def test_late_usage_is_corrected_at_the_rate_that_was_billed(self):
        self.post(self.bill_disk())
        # The rate of that day is entered once more, otherwise; the customer was billed at 1/4.
        self.foreign.rate_ids.filtered(lambda rate: str(rate.name) == "2026-03-31").rate = 8
        self.deliver({"stream": self.stream, "quantity": "201", "cost": "1"})
        line = self.make_run("2026-05-01").bill_ids.rated_line_ids.filtered("corrects_id")
        # 201 x 0.07 = 14.07 XAF at 1/4 = 3.5175, rounded 3.52; less 1.77 that were billed.
        self.assertEqual(str(line.amount), "1.75")
        self.assertEqual(line.currency_id, self.customer.currency_id)

    def test_usage_that_is_gone_gives_back_what_was_billed(self):
        self.post(self.bill_disk())
        self.deliver({"stream": self.stream, "quantity": "0", "cost": "0"})
        line = self.make_run("2026-05-01").bill_ids.rated_line_ids.filtered("corrects_id")
        self.assertEqual(str(line.amount), "-1.77")

    def test_the_cost_is_told_in_the_currency_of_the_line(self):
        run = self.bill_disk()
        line = run.bill_ids.rated_line_ids
        # The provider bills 1 euro; it is 4 XAF for the price, and 1 euro again on the line.
        self.assertEqual(line.cost_amount, D(1))

    def test_without_a_rate_the_bill_is_blocked_and_says_so(self):
        self.foreign.rate_ids.unlink()
        bill = self.bill_disk().bill_ids
        self.assertEqual(bill.state, "blocked")
        self.assertIn("there is no exchange rate of XAF on or before 2026-03-31", bill.reason_text or str(bill.reasons))

    def test_a_customer_who_pays_in_the_currency_of_the_plan_is_billed_in_it(self):
        customer = self.make_customer("Local", currency_id=self.foreign.id)
        self.customer = customer
        line = self.bill_disk().bill_ids.rated_line_ids
        self.assertEqual((line.currency_id, str(line.amount)), (self.foreign, "7"))
        self.assertNotIn("bill_in", line.workings)

    def test_tokens_are_a_currency_with_dated_rates(self):
        token = self.env["res.currency"].create({"name": "TOK", "symbol": "T", "rounding": 0.01})
        # 20 tokens are 1 euro: a token is 0.05.
        self.env["res.currency.rate"].create(
            {"currency_id": token.id, "name": "2026-03-01", "rate": 20, "company_id": self.company.id}
        )
        plan = self.make_plan("Tokens", currency=token)
        plan.is_converted = True
        line = self.bill_disk("1000", plan=plan, price="0.5").bill_ids.rated_line_ids
        # 1000 x 0.5 = 500 tokens x 0.05 = 25.00
        self.assertEqual(str(line.amount), "25.00")

    def test_ten_charges_take_no_more_statements_than_one(self):
        self.make_version({"product_id": self.support.id, "unit_price": "31"})
        counts = []
        for count in (1, 10):
            customers = [self.make_customer(f"C{count} {number}") for number in range(count)]
            for customer in customers:
                self.make_subscription(customer, self.support, date_start="2026-03-01")
            run = self.make_run()
            charges = run.bill_ids.charge_ids.filtered(lambda charge, of=customers: charge.customer_id in of)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["cloud.rating"]._fetch_items(charges)
            counts.append(self.env.cr.sql_log_count - before)
            run.action_cancel()
        self.assertEqual(counts[0], counts[1])


@tagged("post_install", "-at_install")
class TestThePlanSaysSo(CurrencyCase):
    def test_without_it_a_subscription_of_a_customer_with_another_currency_is_not_activated(self):
        plan = self.make_plan("Not converted", currency=self.foreign)
        subscription = self.make_subscription(self.customer, self.disk, plan=plan, activate=False)
        with self.assertRaisesRegex(Exception, "or one that is billed in the customer's currency"):
            subscription.action_activate()

    def test_a_subscription_shows_the_currency_of_its_bills(self):
        subscription = self.make_subscription(self.customer, self.disk, activate=False)
        self.assertEqual(subscription.currency_id, self.customer.currency_id)

    def test_it_stays_once_prices_are_approved(self):
        self.make_version({"product_id": self.disk.id, "unit_price": "1"})
        for vals in ({"is_converted": False}, {"conversion_date": "invoice"}):
            with self.assertRaisesRegex(Exception, "is a part of the prices"), self.cr.savepoint():
                self.plan.write(vals)

    def test_an_approval_covers_it(self):
        version = self.env["cloud.price.plan.version"].create({"plan_id": self.plan.id, "date_start": "2026-01-01"})
        digests = {version._get_content_hash()}
        for vals in ({"conversion_date": "invoice"}, {"is_converted": False}):
            self.plan.write(vals)
            digests.add(version._get_content_hash())
        self.assertEqual(len(digests), 3)

    @mute_logger("odoo.sql_db")
    def test_a_rated_line_keeps_its_rate(self):
        self.post(self.bill_disk())
        self.env.flush_all()
        with self.assertRaises(psycopg2.errors.RestrictViolation), self.cr.savepoint():
            self.cr.execute("UPDATE cloud_rated_line SET workings = workings - 'bill_in' WHERE is_frozen")

    def test_on_the_form(self):
        with Form(self.env["cloud.price.plan"]) as form:
            form.name = "New"
            form.is_converted = True
            form.conversion_date = "invoice"
        self.assertTrue(form.record.is_converted)
