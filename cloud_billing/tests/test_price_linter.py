from datetime import date

from odoo.tests import tagged
from odoo.tools import mute_logger

from .billing_common import BillingCase
from .catalog_common import CatalogCase


class LintCase(CatalogCase):
    """One draft from July on, looked at on 2026-06-15."""

    def lint(self, versions, today="2026-06-15"):
        return self.env["cloud.price.linter"]._lint(versions, date.fromisoformat(today))

    def draft(self, *rules, **vals):
        return self.make_version(rules, date_start="2026-07-01", approve=False, **vals)

    def found(self, versions, code, today="2026-06-15"):
        return [finding for finding in self.lint(versions, today) if finding.code == code]

    def assert_found(self, versions, code, severity, *words, today="2026-06-15"):
        (finding,) = self.found(versions, code, today)
        self.assertEqual(finding.severity, severity)
        for word in words:
            self.assertIn(word, finding.sentence)
        return finding


@tagged("post_install", "-at_install")
class TestOnePriceByItself(LintCase):
    def test_a_price_in_order_has_no_finding(self):
        self.assertEqual(self.lint(self.draft({"product_id": self.metered.id, "unit_price": "1"})), [])

    def test_a_graduated_total_falls_where_a_flat_amount_is_given_back(self):
        # 1,000 x 0.10 = 100.00; right above a flat amount of -20.00 is due too: 80.00.
        draft = self.draft(
            {
                "name": "Disk",
                "product_id": self.metered.id,
                "charge_model": "graduated",
                "tier_ids": [
                    (0, 0, {"up_to": "1000", "unit_price": "0.10"}),
                    (0, 0, {"unit_price": "0.08", "flat_amount": "-20"}),
                ],
            }
        )
        finding = self.assert_found(draft, "falls", "warning", "Disk: 1,000 GB-Months cost 100.00", "costs 80.00")
        self.assertEqual(finding.record, draft.rule_ids)

    def test_a_product_that_is_not_billed(self):
        product = self.env["product.product"].create({"name": "Chair"})
        finding = self.assert_found(
            self.draft({"product_id": product.id, "unit_price": "1"}),
            "not_billed",
            "warning",
            "Chair has no billing model",
        )
        self.assertEqual(finding.record, product.product_tmpl_id)

    @mute_logger("odoo.sql_db")
    def test_a_ladder_with_a_gap_that_got_past_the_form(self):
        tiers = [(0, 0, {"up_to": "1000", "unit_price": "0.10"}), (0, 0, {"unit_price": "0.08"})]
        draft = self.draft(
            {"name": "Disk", "product_id": self.metered.id, "charge_model": "graduated", "tier_ids": tiers}
        )
        self.assertFalse(self.found(draft, "terms"))
        first, last = draft.rule_ids.tier_ids.sorted("id")
        # A last tier that ends leaves a gap above it; two that end at the same quantity overlap.
        for change, word in (
            ("UPDATE cloud_price_tier SET up_to = 2000 WHERE id = %(last)s", "last"),
            ("UPDATE cloud_price_tier SET up_to = NULL WHERE id = %(first)s", "Disk"),
        ):
            with self.subTest(change), self.cr.savepoint(flush=False) as savepoint:
                self.env.flush_all()
                self.env.cr.execute(change, {"first": first.id, "last": last.id})
                self.env.invalidate_all()
                self.assert_found(draft, "terms", "error", "Disk", word)
                savepoint.rollback()
                self.env.invalidate_all()

    def test_a_metered_product_without_a_meter_that_got_past_the_database(self):
        draft = self.draft({"product_id": self.metered.id, "unit_price": "1"})
        self.env.flush_all()
        self.env.cr.execute("ALTER TABLE product_template DROP CONSTRAINT product_template_cloud_meter_if_metered")
        self.env.cr.execute(
            "UPDATE product_template SET cloud_meter_id = NULL WHERE id = %s", self.metered.product_tmpl_id.ids
        )
        self.env.invalidate_all()
        self.assert_found(draft, "no_meter", "error", "is metered and has no meter")


@tagged("post_install", "-at_install")
class TestPricesAmongEachOther(LintCase):
    @mute_logger("odoo.sql_db")
    def test_two_equal_prices_that_got_past_the_database(self):
        draft = self.draft(
            {"name": "a", "unit_price": "1", "date_end": "2026-09-01"},
            {"name": "b", "unit_price": "2", "date_start": "2026-09-01"},
        )
        self.env.cr.execute("ALTER TABLE cloud_price_rule DROP CONSTRAINT cloud_price_rule_no_equal_specificity")
        self.env.cr.execute("UPDATE cloud_price_rule SET date_end = NULL WHERE id = %s", draft.rule_ids[0].ids)
        self.env.invalidate_all()
        self.assert_found(draft, "overlap", "error", "a (1", "b (2")

    def test_a_category_whose_products_all_have_their_own_price(self):
        own = {"product_id": self.metered.id, "unit_price": "1"}
        category = {"name": "All of compute", "categ_id": self.categ.id, "unit_price": "2"}
        draft = self.draft(
            own,
            category,
            {"product_id": self.recurring.id, "unit_price": "1"},
            {"product_id": self.one_time.id, "unit_price": "1"},
        )
        self.assert_found(draft, "unreachable", "warning", "All of compute", "nearer price for the same people")
        # Once one of them is left to the category, or for some days, it applies.
        draft.rule_ids.filtered(lambda rule: rule.product_id == self.one_time).date_end = "2027-01-01"
        self.assertFalse(self.found(draft, "unreachable"))

    def test_a_category_without_billed_products(self):
        empty = self.env["product.category"].create({"name": "Empty"})
        draft = self.draft({"categ_id": empty.id, "unit_price": "2"})
        self.assert_found(draft, "unreachable", "warning", "no product of it is billed")

    def test_an_exception_for_a_customer_is_beaten_by_none_for_everyone(self):
        acme = self.make_customer("Acme")
        draft = self.draft(
            {"product_id": self.metered.id, "unit_price": "1"},
            {"categ_id": self.categ.id, "unit_price": "2", "customer_id": acme.id},
        )
        self.assertFalse(self.found(draft, "unreachable"))

    def test_a_price_that_begins_when_its_version_is_over(self):
        self.set_company_state("setup")
        version = self.make_version([{"unit_price": "1", "date_start": "2026-08-01"}])
        follower = self.make_version([{"unit_price": "1"}], date_start="2026-07-01")
        self.assert_found(version, "unreachable", "warning", "next version begins before it")
        # Unless somebody keeps the former prices.
        follower.action_back_to_draft()
        follower.policy = "grandfather"
        follower.action_approve_directly()
        self.assertFalse(self.found(version, "unreachable"))

    def test_a_price_for_a_subscription_of_another_plan(self):
        subscription = self.make_subscription(self.make_customer("Acme"), [self.metered])
        plan = self.make_plan("Other")
        draft = self.draft({"unit_price": "1", "subscription_id": subscription.id}, plan=plan)
        self.assert_found(draft, "unreachable", "warning", "billed by another plan, Public prices")

    def test_an_exception_that_has_run_out(self):
        acme = self.make_customer("Acme")
        version = self.make_version(
            [{"unit_price": "1"}, {"name": "Gift", "unit_price": "0", "customer_id": acme.id, "date_end": "2026-06-01"}]
        )
        self.assert_found(version, "expired", "warning", "Gift", "customer Acme ended on 2026-06-01")
        self.assertFalse(self.found(version, "expired", today="2026-05-31"))

    def test_a_discount_that_has_run_out_beside_a_price_that_goes_on(self):
        acme = self.make_customer("Acme")
        discount = {
            "name": "First months",
            "role": "adjust",
            "product_id": self.metered.id,
            "customer_id": acme.id,
            "adjustment_percent": "-10",
        }
        own = {"product_id": self.metered.id, "customer_id": acme.id, "unit_price": "1"}
        version = self.make_version([own, {**discount, "date_end": "2026-06-01"}])
        self.assert_found(version, "expired", "warning", "First months", "agreed with customer Acme", "pay without it")
        # Unless the next one at its place follows on it.
        version = self.make_version(
            [own, {**discount, "date_end": "2026-06-01"}, {**discount, "date_start": "2026-06-01"}],
            date_start="2026-05-01",
        )
        self.assertFalse(self.found(version, "expired"))


@tagged("post_install", "-at_install")
class TestPricesAndCustomers(LintCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.acme = cls.make_customer("Acme")
        cls.subscription = cls.make_subscription(cls.acme, [cls.metered, cls.recurring])
        cls.subscription.action_activate()
        cls.disk = {"product_id": cls.metered.id, "unit_price": "1"}
        cls.support = {"product_id": cls.recurring.id, "unit_price": "2"}

    def test_a_product_that_never_had_a_price_is_a_warning(self):
        version = self.make_version([self.disk])
        finding = self.assert_found(version, "unpriced", "warning", "no price for Support", self.subscription.name)
        self.assertEqual(finding.record, version)

    def test_a_draft_that_takes_a_price_away_is_an_error_and_is_not_submitted(self):
        self.make_version([self.disk, self.support])
        draft = self.draft(self.disk)
        self.assert_found(draft, "unpriced", "error", "no price for Support", "Active subscriptions with it: 1")
        self.set_company_state("live")
        with self.refused("no price for Support"):
            draft.with_user(self.user_price_manager).action_submit()

    def test_a_line_that_has_ended_by_then_needs_no_price(self):
        self.make_version([self.disk, self.support])
        self.subscription.line_ids[1].date_end = "2026-07-01"
        self.assertFalse(self.found(self.draft(self.disk), "unpriced"))

    def test_a_customer_who_pays_in_another_currency_by_now(self):
        swiss = self.make_customer("Swiss")
        draft = self.draft({"name": "Special", "unit_price": "1", "customer_id": swiss.id})
        self.assertFalse(self.found(draft, "terms"))
        swiss.currency_id = self.env.ref("base.CHF")
        self.assert_found(draft, "terms", "error", "Special", "Swiss pays in CHF")

    def test_a_customer_who_is_billed_in_a_currency_without_a_rate(self):
        franc = self.env.ref("base.XAF")
        franc.active = True
        self.env["res.currency.rate"].search([("currency_id", "=", franc.id)]).unlink()
        plan = self.make_plan("Everywhere", is_converted=True)
        version = self.make_version([self.disk], plan=plan)
        customer = self.make_customer("Bolt", currency_id=franc.id)
        self.make_subscription(customer, [self.metered], plan=plan).action_activate()
        finding = self.assert_found(version, "rate", "warning", "bills Bolt in XAF", "no exchange rate of XAF")
        self.assertEqual(finding.record, franc)
        self.env["res.currency.rate"].create(
            {"currency_id": franc.id, "company_id": self.company.id, "name": "2026-01-01", "rate": 4.0}
        )
        self.assertFalse(self.found(version, "rate"))

    def test_usage_in_another_unit_than_the_meter_counts(self):
        source = self.env["cloud.usage.source"].create({"name": "Own", "company_id": self.company.id, "reader": "csv"})
        stream = (
            self.env["cloud.usage.stream"]
            .sudo()
            .create(
                {
                    "source_id": source.id,
                    "company_id": self.company.id,
                    "identity_hash": "x",
                    "service": "Disk",
                    "sub_account": "acme",
                    "charge_kind": "usage",
                    "unit": "TB",
                    "policy": "bill",
                }
            )
        )
        self.env["cloud.usage.mapping"].sudo().create(
            {"stream_id": stream.id, "subscription_line_id": self.subscription.line_ids[0].id}
        )
        finding = self.assert_found(
            self.draft(self.disk, self.support), "unit", "warning", "counts GB-Months", "brings TB"
        )
        self.assertEqual(finding.record, stream)

    def test_the_checker_and_the_form_are_told(self):
        draft = self.draft(self.disk)
        self.assertEqual(draft.finding_count, 1)
        self.assertIn("no price for Support", draft.finding_html)
        self.set_company_state("live")
        draft.with_user(self.user_price_manager).action_submit()
        self.assertIn("no price for Support", str(draft.request_id.effect["notes"]))

    def test_the_report_has_a_button_to_each_record_and_is_for_every_role(self):
        draft = self.draft(self.disk)
        action = self.env["cloud.price.finding"].with_user(self.user_viewer).action_check()
        rows = self.env["cloud.price.finding"].with_user(self.user_viewer).search(action["domain"])
        row = rows.filtered(lambda row: row.version_id == draft)
        self.assertEqual((row.code, row.severity, row.plan_id), ("unpriced", "warning", self.plan))
        opened = row.action_open_record()
        self.assertEqual((opened["res_model"], opened["res_id"]), ("cloud.price.plan.version", draft.id))

    def test_many_prices_and_lines_take_as_many_statements_as_few(self):
        def count(number):
            plan = self.make_plan(f"Plan of {number}")
            products = [self.make_product(f"P{number}-{n}", "recurring") for n in range(number)]
            customers = [self.make_customer(f"C{number}-{n}") for n in range(number)]
            for customer in customers:
                self.make_subscription(customer, products[:2], plan=plan).action_activate()
            draft = self.draft(
                *({"product_id": product.id, "unit_price": "1"} for product in products),
                *({"customer_id": customer.id, "unit_price": "1"} for customer in customers),
                plan=plan,
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.lint(draft)
            return self.cr.sql_log_count - before

        count(3)
        self.assertEqual(count(30), count(4))


@tagged("post_install", "-at_install")
class TestPricesBelowCost(BillingCase):
    """In March two customers used 300 and 100 GB, for which the provider charged 30.00 and 10.00."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.version = cls.make_version({"product_id": cls.disk.id, "unit_price": "0.20"})
        for name, quantity, cost in (("Acme", "300", "30"), ("Beta", "100", "10")):
            line = cls.make_subscription(cls.make_customer(name), cls.disk).line_ids
            stream = cls.make_stream(name, currency=cls.currency.name)
            cls.map_stream(stream, line)
            cls.deliver({"stream": stream, "quantity": quantity, "cost": cost}, account=name)

    def findings(self, unit_price):
        draft = self.env["cloud.price.plan.version"].create(
            {
                "plan_id": self.plan.id,
                "date_start": "2026-05-01",
                "rule_ids": [(0, 0, {"name": "Disk", "product_id": self.disk.id, "unit_price": unit_price})],
            }
        )
        found = self.env["cloud.price.linter"]._lint(draft, self.day("2026-04-15"))
        return [finding for finding in found if finding.code == "below_cost"]

    def test_a_price_below_the_cost_of_an_average_line(self):
        self.assertFalse(self.findings("0.09"))
        self.post(self.make_run())
        # An average line: 400 / 2 = 200 GB for 40.00 / 2 = 20.00; at 0.09 each they cost 18.00, at 0.10 20.00.
        self.set_company_state("setup")
        (finding,) = self.findings("0.09")
        for word in (
            "Price Disk is below cost: 200.00 GB of Disk",
            "2026-03",
            "cost 18.00 here",
            "20.00 at the provider",
        ):
            self.assertIn(word, finding.sentence)
        self.assertFalse(self.findings("0.10"))
