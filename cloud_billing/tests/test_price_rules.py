from decimal import Decimal

import psycopg2
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..engine.rating import RatedPart
from ..fields import BigIntegerField
from .catalog_common import CatalogCase


class RuleCase(CatalogCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.version = cls.make_version([], approve=False)

    def rule(self, version=None, **vals):
        return self.env["cloud.price.rule"].create({"version_id": (version or self.version).id, **vals})

    def ladder(self, *tiers, **vals):
        """A graduated rule; tiers: (up_to or None, unit_price, flat_amount)."""
        return self.rule(
            charge_model="graduated",
            tier_ids=[
                (0, 0, {"up_to": up_to, "unit_price": price, "flat_amount": flat}) for up_to, price, flat in tiers
            ],
            **vals,
        )


@tagged("post_install", "-at_install")
class TestAPriceIsReadAsASentence(RuleCase):
    def test_per_unit_keeps_every_digit_and_names_the_unit_of_the_meter(self):
        rule = self.rule(product_id=self.metered.id, unit_price="0.0850")
        self.assertEqual(rule.summary, f"0.0850 {self.plan.currency_id.name} per GB-Months")

    def test_a_whole_price_shows_the_decimals_of_the_currency(self):
        self.assertEqual(self.rule(unit_price="49").summary, f"49.00 {self.plan.currency_id.name} per unit")

    def test_a_ladder(self):
        rule = self.ladder(("100", "0.10", None), (None, "0.08", None), product_id=self.metered.id)
        self.assertEqual(rule.summary, f"0-100 at 0.10, then 0.08 ({self.plan.currency_id.name} per GB-Months)")

    def test_a_ladder_with_flat_amounts_and_three_steps_in_the_order_of_bounds(self):
        rule = self.ladder((None, "0.08", None), ("1000", "0.09", "5"), ("100", "0.10", None))
        self.assertEqual(
            rule.summary,
            f"0-100 at 0.10, 100-1,000 at 0.09 + 5.00 once, then 0.08 ({self.plan.currency_id.name} per unit)",
        )

    def test_cost_plus_and_cost_minus(self):
        self.assertEqual(self.rule(charge_model="cost_plus", percent="20").summary, "billed cost + 20 %")
        minus = self.rule(charge_model="cost_plus", percent="-2.50", cost_basis="cost_list", product_id=self.metered.id)
        self.assertEqual(minus.summary, "list cost - 2.5 %")

    def test_numbers_are_written_as_the_reader_writes_them(self):
        self.env["res.lang"]._activate_lang("de_DE")
        rule = self.rule(unit_price="1234.5").with_context(lang="de_DE")
        self.assertIn("1.234,50", rule.summary)

    def test_for_whom_and_for_what(self):
        customer = self.make_customer("Acme")
        subscription = self.make_subscription(customer, [self.metered])
        line = subscription.line_ids
        rules = [
            (self.rule(unit_price="1"), "everyone", "any product"),
            (
                self.rule(unit_price="1", customer_id=customer.id, categ_id=self.categ.id),
                "customer Acme",
                "category Hosting / Compute",
            ),
            (
                self.rule(unit_price="1", subscription_id=subscription.id, product_id=self.metered.id),
                f"subscription {subscription.name}",
                "Disk",
            ),
            (
                self.rule(unit_price="1", subscription_line_id=line.id),
                f"line {subscription.name}: Disk",
                "any product",
            ),
        ]
        for rule, who, what in rules:
            self.assertEqual((rule.who, rule.what), (who, what))

    def test_the_name_is_proposed_from_the_product_and_can_be_chosen(self):
        self.assertEqual(self.rule(product_id=self.metered.id, unit_price="1").name, "Disk")
        self.assertEqual(self.rule(categ_id=self.categ.id, unit_price="1").name, "Compute")
        self.assertEqual(self.rule(unit_price="1", name="Base").name, "Base")

    def test_a_choice_of_for_whom_clears_the_wider_one(self):
        customer = self.make_customer("Acme")
        subscription = self.make_subscription(customer, [self.metered])
        rule = self.env["cloud.price.rule"].new({"customer_id": customer.id})
        rule.subscription_id = subscription
        rule._onchange_who()
        self.assertFalse(rule.customer_id)


@tagged("post_install", "-at_install")
class TestAPriceIsRefusedAtEntry(RuleCase):
    def assert_refused(self, text, make):
        with self.refused(text):
            make()

    def test_a_unit_price_is_needed(self):
        self.assert_refused("Price Gold: Unit Price is missing", lambda: self.rule(name="Gold"))

    def test_a_price_of_zero_is_a_price(self):
        self.assertEqual(self.rule(unit_price="0").unit_price, Decimal(0))

    def test_cost_plus_needs_a_percentage(self):
        self.assert_refused(
            "Price Resale: Percent is missing", lambda: self.rule(name="Resale", charge_model="cost_plus")
        )

    def test_cost_plus_needs_something_with_a_cost(self):
        self.assert_refused(
            "Support is not metered",
            lambda: self.rule(charge_model="cost_plus", percent="20", product_id=self.recurring.id),
        )

    def test_a_discount_above_the_whole_cost(self):
        self.assert_refused(
            "more than 100 %", lambda: self.rule(charge_model="cost_plus", percent="-101", product_id=self.metered.id)
        )

    def test_a_ladder_without_tiers(self):
        self.assert_refused("a ladder needs tiers", lambda: self.ladder())

    def test_a_ladder_that_ends(self):
        self.assert_refused("above the last tier have no price", lambda: self.ladder(("100", "1", None)))

    def test_a_ladder_with_two_ends(self):
        self.assert_refused(
            "tier 1 has no upper bound and is not the last",
            lambda: self.ladder((None, "1", None), (None, "2", None)),
        )

    def test_a_ladder_with_one_bound_twice(self):
        self.assert_refused(
            "tier 2 ends where the one before it does",
            lambda: self.ladder(("10", "1", None), ("10", "2", None), (None, "3", None)),
        )

    def test_a_tier_that_ends_below_zero(self):
        self.assert_refused(
            "Price Any product: a tier ends at -1. Enter a bound above 0",
            lambda: self.ladder(("-1", "1", None), (None, "3", None)),
        )

    @mute_logger("odoo.sql_db")
    def test_a_tier_that_ends_below_zero_by_another_door(self):
        tier = self.ladder(("1", "1", None), (None, "3", None)).tier_ids[0]
        with self.assertRaises(psycopg2.errors.CheckViolation), self.cr.savepoint():
            self.cr.execute("UPDATE cloud_price_tier SET up_to = 0 WHERE id = %s", (tier.id,))

    def test_a_broken_ladder_by_another_door_is_refused_when_it_is_approved(self):
        rule = self.ladder(("10", "1", None), (None, "2", None))
        rule.tier_ids[-1].unlink()
        self.assert_refused("above the last tier have no price", self.version.action_approve_directly)

    def test_dates_before_the_version(self):
        self.assert_refused(
            "Price Disk: its dates lie before 2026-01-01",
            lambda: self.rule(product_id=self.metered.id, unit_price="1", date_start="2025-12-31"),
        )
        self.assert_refused(
            "its dates lie before",
            lambda: self.rule(product_id=self.metered.id, unit_price="1", date_end="2026-01-01"),
        )

    def test_a_version_that_begins_after_one_of_its_prices(self):
        self.rule(unit_price="1", date_start="2026-02-01")
        self.assert_refused("its dates lie before 2026-03-01", lambda: self.version.write({"date_start": "2026-03-01"}))

    @mute_logger("odoo.sql_db")
    def test_two_choices_of_for_whom_or_for_what(self):
        customer = self.make_customer("Acme")
        subscription = self.make_subscription(customer, [self.metered])
        for vals in (
            {"customer_id": customer.id, "subscription_id": subscription.id},
            {"product_id": self.metered.id, "categ_id": self.categ.id},
        ):
            with self.assertRaises(psycopg2.errors.CheckViolation), self.cr.savepoint():
                self.rule(unit_price="1", **vals)

    def test_a_customer_of_another_company(self):
        other = self.env["res.company"].create({"name": "Second"})
        customer = self.env["cloud.customer"].create(
            {"partner_id": self.env["res.partner"].create({"name": "Bolt"}).id, "company_id": other.id}
        )
        self.assert_refused("belongs to another company", lambda: self.rule(unit_price="1", customer_id=customer.id))

    def test_a_customer_who_pays_in_another_currency(self):
        swiss = self.make_customer("Swiss", currency_id=self.env.ref("base.CHF").id)
        self.assert_refused(
            "Price Special never applies: Swiss pays in CHF",
            lambda: self.rule(name="Special", unit_price="1", customer_id=swiss.id),
        )
        self.version.plan_id.is_converted = True
        self.assertTrue(self.rule(name="Special", unit_price="1", customer_id=swiss.id))

    def test_who_pays_for_others_may_pay_in_another_currency_than_they_do(self):
        swiss = self.make_customer("Swiss", currency_id=self.env.ref("base.CHF").id)
        self.make_customer("Child", parent_id=swiss.id, currency_id=self.version.plan_id.currency_id.id)
        self.assertTrue(self.rule(unit_price="1", customer_id=swiss.id))


@tagged("post_install", "-at_install")
class TestTwoEqualPrices(RuleCase):
    def test_are_refused_with_both_named(self):
        self.rule(name="Old", unit_price="1", product_id=self.metered.id)
        old = self.version.rule_ids
        with self.refused_with_button("prices Old .* and New .* are both for Disk, everyone") as warning:
            self.rule(name="New", unit_price="2", product_id=self.metered.id)
        # The new one is gone when the person reads this, so the button leads to the one that stays.
        self.assertEqual((warning.action["res_id"], warning.label), (old.id, "Open Old"))

    def test_are_refused_in_one_go_too(self):
        with self.refused("prices a .* and b "):
            self.make_version(
                [{"name": "a", "unit_price": "1"}, {"name": "b", "unit_price": "2"}],
                date_start="2026-05-01",
                approve=False,
            )

    def test_may_follow_each_other(self):
        self.rule(unit_price="1", date_end="2026-04-01")
        self.rule(unit_price="2", date_start="2026-04-01")
        self.assertEqual(len(self.version.rule_ids), 2)

    def test_may_not_share_one_day(self):
        self.rule(unit_price="1", date_end="2026-04-02")
        with self.refused_with_button("are both for any product"):
            self.rule(unit_price="2", date_start="2026-04-01", date_end="2026-05-01")

    def test_are_refused_when_one_is_moved_onto_the_other(self):
        self.rule(name="Old", unit_price="1", product_id=self.metered.id)
        other = self.rule(name="New", unit_price="2")
        for vals in ({"product_id": self.metered.id}, {"product_id": self.metered.id, "date_start": "2026-08-01"}):
            with self.refused_with_button("Old") as warning:
                other.write(vals)
            self.assertEqual(
                [(label, action["res_id"]) for label, action in warning.buttons],
                [(f"Open {rule.name}", rule.id) for rule in self.version.rule_ids],
            )

    def test_may_stand_in_two_versions(self):
        self.rule(unit_price="1")
        self.rule(version=self.make_version([], date_start="2026-06-01", approve=False), unit_price="2")

    def test_a_price_for_another_circle_is_no_equal(self):
        self.rule(unit_price="1")
        self.rule(unit_price="2", customer_id=self.make_customer("Acme").id)
        self.rule(unit_price="2", categ_id=self.categ.id)
        self.assertEqual(len(self.version.rule_ids), 3)

    @mute_logger("odoo.sql_db")
    def test_the_database_refuses_them_to_everyone(self):
        rule = self.rule(unit_price="1")
        self.env.flush_all()
        copy = """
            INSERT INTO cloud_price_rule
                   (version_id, name, role, charge_model, cost_basis, scope_hash, unit_price, date_start)
            SELECT version_id, 'raw', role, charge_model, cost_basis, scope_hash, unit_price, %s
              FROM cloud_price_rule WHERE id = %s
        """
        for date_start in (None, "2026-07-01"):
            with self.assertRaises(psycopg2.errors.ExclusionViolation), self.cr.savepoint():
                self.cr.execute(copy, (date_start, rule.id))

    def test_the_digest_keeps_its_64_bits_on_every_way(self):
        rule = self.rule(unit_price="1")
        for number in (2**63 - 2, -(2**63), 2**53 + 1, 2**31):
            # As Odoo writes what it has worked out: by hand it is refused.
            with self.env.protecting([rule._fields["scope_hash"]], rule):
                rule.scope_hash = number
            self.env.flush_all()
            self.env.invalidate_all()
            self.assertEqual(rule.scope_hash, number)
            self.assertEqual(rule.read(["scope_hash"])[0]["scope_hash"], str(number))
            self.assertEqual(rule._fields["scope_hash"].convert_to_write(number, rule), number)
        # Made with the record or later: half of all digests are above 31 bits and positive, so ten products meet some.
        for number in range(10):
            product = self.make_product(f"P{number}", "recurring")
            made = self.rule(unit_price="1", product_id=product.id).scope_hash
            self.version.rule_ids.unlink()
            later = self.rule(unit_price="1")
            later.product_id = product
            self.assertEqual(later.scope_hash, made)

    def test_the_digest_has_64_bits_and_cannot_be_chosen_when_a_price_is_made(self):
        one, other = self.rule(unit_price="1", scope_hash=5), self.rule(unit_price="1", product_id=self.metered.id)
        self.assertIsInstance(one._fields["scope_hash"], BigIntegerField)
        self.assertNotEqual(one.scope_hash, other.scope_hash)
        self.assertGreater(max(abs(one.scope_hash), abs(other.scope_hash)), 2**40)


@tagged("post_install", "-at_install")
class TestAChargeModelOfAnotherModule(RuleCase):
    def test_its_pricer_stands_in_for_the_engines_checks(self):
        rule_class = self.env.registry["cloud.price.rule"]
        field = rule_class._fields["charge_model"]

        def pricer(terms, facts):
            return [RatedPart("fixed", Decimal(5))]

        def _get_pricer(rule):
            return pricer if rule.charge_model == "per_unit" else None

        self.patch(rule_class, "_get_pricer", _get_pricer)
        # Without a unit price the engine's own model is refused; the pricer needs none.
        rule = self.rule(name="five")
        self.assertEqual(rule._get_pricer(), pricer)
        self.assertIn(("per_unit", "Per unit"), field.selection)


@tagged("post_install", "-at_install")
class TestTheLadderOnScreen(RuleCase):
    def test_a_ladder_is_typed_tier_by_tier(self):
        with Form(self.version) as form, form.rule_ids.new() as rule:
            rule.product_id = self.metered
            rule.charge_model = "graduated"
            with rule.tier_ids.new() as tier:
                tier.up_to, tier.unit_price = "100", "0.10"
            with rule.tier_ids.new() as tier:
                tier.unit_price = "0.08"
        tiers = self.version.rule_ids.tier_ids
        self.assertEqual([(tier.starts_at, tier.up_to) for tier in tiers], [(0, Decimal(100)), (100, None)])
        self.assertEqual(tiers.mapped("is_open"), [False, True])
