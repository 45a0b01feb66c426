from datetime import date
from decimal import Decimal

import psycopg2
from odoo.exceptions import UserError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from .catalog_common import CatalogCase


@tagged("post_install", "-at_install")
class TestACustomer(CatalogCase):
    def test_is_made_from_a_contact(self):
        partner = self.env["res.partner"].create({"name": "Acme", "tz": "Asia/Tokyo"})
        action = partner.action_open_cloud_customer()
        self.assertFalse(action["res_id"])
        with Form(self.env["cloud.customer"].with_context(**action["context"])) as form:
            self.assertEqual((form.name, form.tz), ("Acme", "Asia/Tokyo"))
        self.assertEqual(partner.action_open_cloud_customer()["res_id"], form.record.id)

    @mute_logger("odoo.sql_db")
    def test_is_a_contact_once_in_a_company(self):
        customer = self.make_customer("Acme")
        with self.assertRaises(psycopg2.errors.UniqueViolation):
            self.env["cloud.customer"].create({"partner_id": customer.partner_id.id, "company_id": self.company.id})

    def test_cannot_pay_for_its_own_payer(self):
        top = self.make_customer("Top")
        middle = self.make_customer("Middle", parent_id=top.id)
        bottom = self.make_customer("Bottom", parent_id=middle.id)
        with self.refused("Top cannot be paid by Bottom, which it pays for itself"):
            top.parent_id = bottom
        with self.refused("Top cannot be paid by Top"):
            top.parent_id = top

    def test_its_chain_goes_up_to_the_topmost_payer(self):
        top = self.make_customer("Top")
        middle = self.make_customer("Middle", parent_id=top.id)
        bottom = self.make_customer("Bottom", parent_id=middle.id)
        self.assertEqual(bottom._get_scope_chain().mapped("name"), ["Bottom", "Middle", "Top"])
        middle.parent_id = False
        self.assertEqual(bottom._get_scope_chain().mapped("name"), ["Bottom", "Middle"])

    def test_keeps_its_currency_once_it_has_a_subscription(self):
        self.make_version([{"unit_price": "1"}])
        customer = self.make_customer("Acme")
        customer.currency_id = self.env.ref("base.JPY")
        customer.currency_id = self.company.currency_id
        self.make_subscription(customer, [self.metered]).action_activate()
        with self.refused("Make another customer"):
            customer.currency_id = self.env.ref("base.JPY")

    def test_is_not_archived_while_it_is_billed(self):
        customer = self.make_customer("Acme")
        self.make_subscription(customer, [self.metered]).action_activate()
        with self.refused("End it first"):
            customer.active = False

    def test_and_its_payer_are_of_one_company(self):
        other = self.env["res.company"].create({"name": "Second"})
        partner = self.env["res.partner"].create({"name": "Bolt"})
        payer = self.env["cloud.customer"].create({"partner_id": partner.id, "company_id": other.id})
        with self.assertRaises(UserError):
            self.make_customer("Acme", parent_id=payer.id)


@tagged("post_install", "-at_install")
class TestASubscriptionBegins(CatalogCase):
    def setUp(self):
        super().setUp()
        self.customer = self.make_customer("Acme", plan_id=self.plan.id)

    def test_it_has_a_number_and_the_plan_of_the_customer(self):
        subscription = self.env["cloud.subscription"].create({"customer_id": self.customer.id})
        self.assertRegex(subscription.name, r"^SUB\d{5}$")
        self.assertEqual(subscription.plan_id, self.plan)

    def test_a_product_brings_its_text_and_timing(self):
        self.recurring.product_tmpl_id.cloud_timing = "advance"
        with Form(self.env["cloud.subscription"]) as form:
            form.customer_id = self.customer
            with form.line_ids.new() as line:
                line.product_id = self.recurring
                self.assertEqual((line.name, line.timing), ("Support", "advance"))
            with form.line_ids.new() as line:
                line.product_id = self.recurring
                line.product_id = self.metered
                self.assertEqual((line.name, line.timing), ("Disk", "arrears"))

    def test_a_text_that_was_typed_stays(self):
        subscription = self.make_subscription(self.customer, [])
        line = self.env["cloud.subscription.line"].create(
            {"subscription_id": subscription.id, "product_id": self.metered.id, "name": "Disks in Oslo"}
        )
        self.assertEqual((line.name, line.timing), ("Disks in Oslo", "arrears"))

    def test_it_is_activated(self):
        subscription = self.make_subscription(self.customer, [self.metered])
        subscription.action_activate()
        self.assertEqual(subscription.state, "active")

    def test_all_that_stands_in_the_way_is_said_at_once(self):
        plan = self.make_plan("Yen", currency_id=self.env.ref("base.JPY").id)
        subscription = self.make_subscription(self.customer, [], plan=plan)
        with self.refused(r"(?s)has no lines.*is in JPY and Acme pays in"):
            subscription.action_activate()

    def test_a_product_that_lost_its_billing_model_is_refused(self):
        subscription = self.make_subscription(self.customer, [self.recurring])
        self.recurring.product_tmpl_id.cloud_billing_model = False
        with self.refused("the product has no billing model"):
            subscription.action_activate()

    def test_a_missing_price_is_a_warning(self):
        self.make_version([{"unit_price": "1", "product_id": self.metered.id}])
        subscription = self.make_subscription(self.customer, [self.metered, self.recurring, self.one_time])
        self.assertIn("No price in Public prices for: Support, Set-up.", subscription.price_warning)
        subscription.action_activate()
        self.assertEqual(subscription.line_ids.mapped("has_price"), [True, False, False])

    def test_with_all_prices_there_is_no_warning(self):
        self.make_version([{"unit_price": "1"}])
        self.assertFalse(self.make_subscription(self.customer, [self.metered, self.recurring]).price_warning)

    def test_a_plan_of_another_company_is_refused(self):
        other = self.env["res.company"].create({"name": "Second"})
        plan = self.env["cloud.price.plan"].create({"name": "Theirs", "company_id": other.id})
        with self.refused("belongs to another company"):
            self.make_subscription(self.customer, [self.metered], plan=plan)

    def test_an_agreed_quantity_is_needed_and_not_negative(self):
        subscription = self.make_subscription(self.customer, [self.recurring])
        for quantity in (None, "-1"):
            with self.refused("enter the quantity that was agreed"):
                subscription.line_ids.quantity = quantity
        subscription.line_ids.quantity = "0"

    def test_usage_is_not_billed_in_advance(self):
        subscription = self.make_subscription(self.customer, [self.metered])
        with self.refused("usage is not known in advance"):
            subscription.line_ids.timing = "advance"


@tagged("post_install", "-at_install")
class TestThePriceShownOnALine(CatalogCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_version([{"unit_price": "1"}], date_start="2026-01-01")
        cls.make_version([{"unit_price": "2"}], date_start="2026-03-01")
        cls.customer = cls.make_customer("Acme")
        cls.money = cls.plan.currency_id.name

    def price(self, line, today):
        with freeze_time(today):
            line.invalidate_recordset()
            return line.price_text

    def test_is_that_of_today(self):
        line = self.make_subscription(self.customer, [self.recurring]).line_ids
        self.assertEqual(self.price(line, "2026-02-28"), f"1.00 {self.money} per unit")
        self.assertEqual(self.price(line, "2026-03-01"), f"2.00 {self.money} per unit")

    def test_is_that_of_the_first_day_of_a_later_line_and_the_last_of_an_ended_one(self):
        later = self.make_subscription(self.customer, [self.recurring], date_start="2026-03-01").line_ids
        self.assertEqual(self.price(later, "2026-02-01"), f"2.00 {self.money} per unit")
        ended = self.make_subscription(self.customer, [self.recurring], date_end="2026-03-01").line_ids
        self.assertEqual(self.price(ended, "2026-06-01"), f"1.00 {self.money} per unit")

    def test_is_missing_before_the_first_version(self):
        line = self.make_subscription(self.customer, [self.recurring], date_start="2025-12-01").line_ids
        self.assertEqual(self.price(line, "2025-12-15"), "No price")

    def test_takes_no_more_statements_for_more_lines(self):
        def count(lines):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            lines.browse(lines.ids).mapped("price_text")
            return self.env.cr.sql_log_count - before

        few = self.make_subscription(self.customer, [self.recurring] * 2).line_ids
        many = self.make_subscription(self.customer, [self.recurring] * 20).line_ids
        count(few)
        self.assertEqual(count(few), count(many))


@tagged("post_install", "-at_install")
class TestASubscriptionEnds(CatalogCase):
    def setUp(self):
        super().setUp()
        self.customer = self.make_customer("Acme")
        self.subscription = self.make_subscription(self.customer, [self.metered, self.recurring])
        self.subscription.action_activate()
        self.metered_line, self.recurring_line = self.subscription.line_ids

    def test_on_a_past_day_it_is_ended_at_once(self):
        with freeze_time("2026-05-10 10:00:00"):
            self.subscription.action_end(date(2026, 5, 1))
        self.assertEqual((self.subscription.state, self.subscription.date_end), ("ended", date(2026, 5, 1)))

    def test_on_a_later_day_it_runs_until_the_day_comes_in_the_customers_zone(self):
        with freeze_time("2026-05-10 10:00:00"):
            self.subscription.action_end(date(2026, 6, 1))
        self.assertEqual(self.subscription.state, "ending")
        # 2026-06-01 begins in Amsterdam at 22:00 UTC of the day before.
        for moment, state in (("2026-05-31 21:59:59", "ending"), ("2026-05-31 22:00:00", "ended")):
            with freeze_time(moment):
                self.env["cloud.subscription"]._cron_end_subscriptions()
            self.assertEqual(self.subscription.state, state, moment)

    def test_the_wizard_proposes_the_end_of_the_period(self):
        with freeze_time("2026-05-10 10:00:00"):
            wizard = self.env["cloud.subscription.end"].create({"subscription_id": self.subscription.id})
            self.assertEqual(wizard.date_end, date(2026, 6, 1))
            wizard.action_confirm()
        self.assertEqual(self.subscription.date_end, date(2026, 6, 1))

    def test_not_before_it_began_and_not_twice(self):
        with self.refused("starts on 2026-01-01"):
            self.subscription.action_end(date(2026, 1, 1))
        self.subscription.action_end(date(2026, 2, 1))
        with self.refused("is not active"):
            self.subscription.action_end(date(2026, 3, 1))

    def test_not_within_what_was_charged(self):
        self.make_charge(self.recurring_line, "2026-03-01", "2026-04-01")
        with self.refused_with_button("is charged up to 2026-04-01"):
            self.subscription.action_end(date(2026, 3, 31))
        self.subscription.action_end(date(2026, 4, 1))

    def test_lines_that_end_later_end_with_it(self):
        self.recurring_line.date_end = "2026-12-01"
        self.subscription.action_end(date(2026, 5, 1))
        self.assertEqual(self.recurring_line._get_interval(), (date(2026, 1, 1), date(2026, 5, 1)))


@tagged("post_install", "-at_install")
class TestDatesOfLines(CatalogCase):
    def setUp(self):
        super().setUp()
        self.subscription = self.make_subscription(
            self.make_customer("Acme"), [self.recurring], date_start="2026-02-01", date_end="2026-08-01"
        )
        self.line = self.subscription.line_ids

    def test_lie_within_those_of_the_subscription(self):
        for vals in (
            {"date_start": "2026-01-31"},
            {"date_end": "2026-08-02"},
            {"date_start": "2026-08-01"},
            {"date_end": "2026-02-01"},
        ):
            with self.refused("its dates are not within"):
                self.line.write(vals)
        self.line.write({"date_start": "2026-02-01", "date_end": "2026-08-01"})

    def test_stop_the_subscription_from_shrinking(self):
        self.line.write({"date_start": "2026-02-01", "date_end": "2026-08-01"})
        for vals in ({"date_end": "2026-07-01"}, {"date_start": "2026-03-01"}):
            with self.refused("Change the line or the subscription"):
                self.subscription.write(vals)

    def test_fall_back_on_those_of_the_subscription(self):
        self.assertEqual(self.line._get_interval(), (date(2026, 2, 1), date(2026, 8, 1)))
        self.subscription.date_end = False
        self.assertEqual(self.line._get_interval(), (date(2026, 2, 1), None))


@tagged("post_install", "-at_install")
class TestWhatWasChargedStays(CatalogCase):
    def setUp(self):
        super().setUp()
        self.subscription = self.make_subscription(self.make_customer("Acme"), [self.metered, self.recurring])
        self.subscription.action_activate()
        self.line, self.free_line = self.subscription.line_ids
        self.charge = self.make_charge(self.line, "2026-03-01", "2026-04-01")

    def assert_stays(self, record, text="charged", **vals):
        with self.refused(text):
            record.write(vals)

    def test_product_and_subscription_of_the_line(self):
        other = self.make_subscription(self.subscription.customer_id, [])
        self.assert_stays(
            self.line, "End this line and add a new one", product_id=self.make_product("B", "recurring").id
        )
        self.assert_stays(self.line, subscription_id=other.id)
        self.free_line.product_id = self.one_time

    def test_days_of_the_line_before_the_end_of_the_charge(self):
        self.assert_stays(self.line, "charged up to 2026-04-01", date_start="2026-02-01")
        with self.refused_with_button("charged up to 2026-04-01"):
            self.line.date_end = "2026-03-31"
        self.line.date_end = "2026-04-01"
        self.line.date_end = "2026-09-01"
        self.line.date_end = False

    def test_the_line_itself(self):
        with self.refused("End it instead of deleting"):
            self.line.unlink()
        self.free_line.unlink()

    def test_customer_plan_start_and_cycle_of_the_subscription(self):
        for vals in (
            {"customer_id": self.make_customer("Bolt").id},
            {"plan_id": self.make_plan("Other").id},
            {"date_start": "2026-01-02"},
            {"cycle_kind": "anniversary"},
            {"anchor_day": 15},
        ):
            self.assert_stays(self.subscription, "End it and make a new subscription", **vals)
        self.subscription.write({"order_reference": "PO 7", "date_start": "2026-01-01"})

    def test_until_the_charge_is_voided(self):
        self.charge.write({"state": "voided", "is_live": False})
        self.line.product_id = self.one_time

    def test_what_the_meter_counts(self):
        for vals in ({"aggregation": "max"}, {"basis": "cost_billed"}, {"unit": "GB"}):
            self.assert_stays(self.meter, "Make a new meter", **vals)
        self.meter.write({"name": "Disks", "unit": "GB-Months"})
        self.env["cloud.meter"].create({"name": "Free", "code": "free"}).aggregation = "max"

    def test_a_subscription_that_ran_is_not_deleted(self):
        with self.refused("End it instead of deleting"):
            self.subscription.unlink()
        self.make_subscription(self.subscription.customer_id, [self.metered]).unlink()


@tagged("post_install", "-at_install")
class TestProductsAndMeters(CatalogCase):
    @mute_logger("odoo.sql_db")
    def test_a_metered_product_has_a_meter_and_no_other_has_one(self):
        for billing_model, meter in (("metered", False), ("recurring", self.meter.id), (False, self.meter.id)):
            with self.assertRaises(psycopg2.errors.CheckViolation), self.cr.savepoint():
                self.make_product("x", billing_model, cloud_meter_id=meter)

    def test_the_billing_model_of_a_subscribed_product_stays(self):
        subscription = self.make_subscription(self.make_customer("Acme"), [self.metered, self.recurring])
        self.recurring.cloud_billing_model = "one_time"
        self.recurring.cloud_billing_model = "recurring"
        subscription.action_activate()
        with self.refused(f"Support is on the active subscription {subscription.name}"):
            self.recurring.cloud_billing_model = "one_time"
        other = self.env["cloud.meter"].create({"name": "Other", "code": "other"})
        with self.refused("Make a new product"):
            self.metered.cloud_meter_id = other
        self.recurring.write({"name": "Support desk", "cloud_billing_model": "recurring"})

    def test_a_meter_of_one_company_is_not_for_a_product_of_all(self):
        meter = self.env["cloud.meter"].create({"name": "Own", "code": "own", "company_id": self.company.id})
        with self.assertRaises(UserError):
            self.make_product("x", "metered", cloud_meter_id=meter.id)
        self.make_product("x", "metered", cloud_meter_id=meter.id, company_id=self.company.id)

    def test_an_exact_quantity_is_kept(self):
        subscription = self.make_subscription(self.make_customer("Acme"), [self.recurring])
        subscription.line_ids.quantity = "999999999999999.123456789012"
        self.env.invalidate_all()
        self.assertEqual(subscription.line_ids.quantity, Decimal("999999999999999.123456789012"))
