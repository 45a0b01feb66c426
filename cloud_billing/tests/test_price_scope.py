"""Conditions and roles of prices: from the form to the engine."""

from datetime import date
from decimal import Decimal

import psycopg2
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from ..engine.rating import PriceMissing, resolve
from .catalog_common import CatalogCase

MARCH = date(2026, 3, 1), date(2026, 4, 1)


class ScopeCase(CatalogCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.make_customer("Acme")
        cls.line = cls.make_subscription(cls.customer, [cls.metered]).line_ids
        cls.version = cls.make_version([], approve=False)

    def rule(self, **vals):
        return self.env["cloud.price.rule"].create({"version_id": self.version.id, "unit_price": "1", **vals})

    def resolve(self, dimensions=(), line=None, at=MARCH[0]):
        line = line or self.line
        if self.version.state != "approved":
            self.version.action_approve_directly()
        return resolve(self.env["cloud.price.plan"]._get_candidates(line, *MARCH)[line.id], at, dimensions)

    def price(self, **dimensions):
        return self.resolve(dimensions).chosen.terms.unit_price


def when(dimension, *values, tag=None):
    """A one2many command: a condition of a price."""
    return (0, 0, {"dimension": dimension, "tag": tag, "accepted": "\n".join(values)})


@tagged("post_install", "-at_install")
class TestConditions(ScopeCase):
    def test_what_fits_has_its_price_and_what_does_not_goes_to_the_rest(self):
        self.rule(unit_price="3", condition_ids=[when("region", "eu-1", "eu-2"), when("sku", "large")])
        self.rule(unit_price="2", condition_ids=[when("region", "eu-1", "eu-2")])
        self.rule(unit_price="1")
        self.assertEqual(self.price(region="eu-2", sku="large"), Decimal("3"))
        self.assertEqual(self.price(region="eu-2", sku="small"), Decimal("2"))
        self.assertEqual(self.price(region="us", sku="large"), Decimal("1"))

    def test_a_price_for_the_customer_wins_over_one_for_everyone_with_conditions(self):
        self.rule(unit_price="2", condition_ids=[when("region", "eu-1")])
        self.rule(unit_price="1", customer_id=self.customer.id)
        self.assertEqual(self.price(region="eu-1"), Decimal("1"))

    def test_a_tag_is_named(self):
        self.rule(unit_price="2", condition_ids=[when("tag", "prod", tag=" env ")])
        self.rule(unit_price="1")
        self.assertEqual(self.price(**{"tag:env": "prod"}), Decimal("2"))
        self.assertEqual(self.price(**{"tag:env": "test"}), Decimal("1"))

    def test_without_a_rest_usage_elsewhere_has_no_price(self):
        self.rule(condition_ids=[when("region", "eu-1")])
        with self.assertRaises(PriceMissing):
            self.price(region="us")

    def test_values_are_read_one_per_line_each_once(self):
        rule = self.rule(condition_ids=[(0, 0, {"dimension": "region", "accepted": " eu-2 \n\neu-1\neu-2\n"})])
        self.assertEqual(rule._get_matches(), (("region", ("eu-1", "eu-2")),))
        self.assertEqual(rule.what, "any product, region eu-1 or eu-2")

    def test_the_same_conditions_in_another_order_are_equally_specific(self):
        self.rule(name="Old", condition_ids=[when("region", "eu-1", "eu-2"), when("sku", "large")])
        with self.refused_with_button("Old"):
            self.rule(name="New", condition_ids=[when("sku", "large"), when("region", "eu-2", "eu-1")])
        self.rule(name="Other value", condition_ids=[when("region", "eu-1"), when("sku", "large")])
        self.rule(name="No condition")

    def test_a_condition_that_goes_may_leave_two_equal_prices_and_is_refused(self):
        self.rule(name="Rest")
        other = self.rule(name="EU", condition_ids=[when("region", "eu-1")])
        for change in (
            lambda: other.condition_ids.unlink(),
            lambda: other.write({"condition_ids": [(5,)]}),
            lambda: self.env["cloud.price.condition"].browse(other.condition_ids.id).unlink(),
        ):
            with self.assertRaisesRegex(Exception, "Rest.*EU|EU.*Rest"), self.cr.savepoint():
                change()
        self.assertTrue(other.condition_ids)

    def test_a_condition_changed_directly_is_compared_too(self):
        self.rule(name="One", condition_ids=[when("region", "eu-1")])
        other = self.rule(name="Two", condition_ids=[when("region", "eu-2")])
        with self.refused("One .* and Two|Two .* and One"):
            other.condition_ids.accepted = "eu-1"

    def test_what_no_usage_could_meet_is_refused_at_entry(self):
        with self.refused("which region"):
            self.rule(condition_ids=[when("region", " ")])
        with self.refused("there is no charge kind use. Choose from usage, "):
            self.rule(condition_ids=[when("charge_kind", "use")])
        with self.refused("Support is agreed, not measured, so it has no region"):
            self.rule(product_id=self.recurring.id, condition_ids=[when("region", "eu-1")])
        with self.assertRaises(ValueError):
            self.rule(condition_ids=[when("colour", "red")])

    @mute_logger("odoo.sql_db")
    def test_a_tag_needs_a_name_and_a_dimension_stands_once(self):
        with self.assertRaises(psycopg2.errors.CheckViolation), self.cr.savepoint():
            self.rule(condition_ids=[when("tag", "prod")])
        with self.assertRaises(psycopg2.errors.CheckViolation), self.cr.savepoint():
            self.rule(condition_ids=[when("region", "eu-1", tag="env")])
        with self.assertRaises(psycopg2.errors.UniqueViolation), self.cr.savepoint():
            self.rule(condition_ids=[when("region", "eu-1"), when("region", "eu-2")])

    def test_an_approval_covers_every_condition(self):
        rule = self.rule(condition_ids=[when("region", "eu-1")])
        seen = [self.version._get_content_hash()]
        for change in (
            lambda: rule.condition_ids.write({"accepted": "eu-1\neu-2"}),
            lambda: rule.condition_ids.write({"dimension": "sku"}),
            lambda: rule.condition_ids.write({"dimension": "tag", "tag": "env"}),
            lambda: rule.condition_ids.unlink(),
        ):
            change()
            digest = self.version._get_content_hash()
            self.assertNotIn(digest, seen)
            seen.append(digest)

    @mute_logger("odoo.sql_db")
    def test_a_condition_of_an_approved_price_stays_on_every_way(self):
        rule = self.rule(condition_ids=[when("region", "eu-1")])
        self.version.action_approve_directly()
        self.env.flush_all()
        self.set_company_state("live")
        with self.refused("was approved"):
            rule.condition_ids.accepted = "us"
        with self.refused("was approved"):
            rule.condition_ids.unlink()
        with self.refused("was approved"):
            self.env["cloud.price.condition"].create({"rule_id": rule.id, "dimension": "sku", "accepted": "x"})
        with self.assertRaises(psycopg2.errors.CheckViolation), self.cr.savepoint():
            self.cr.execute("UPDATE cloud_price_condition SET accepted = 'us' WHERE id = %s", rule.condition_ids.ids)

    def test_the_next_version_starts_with_the_conditions(self):
        self.rule(condition_ids=[when("region", "eu-1")])
        self.version.action_approve_directly()
        draft = self.version._copy_from(date(2026, 6, 1))
        self.assertEqual(draft.rule_ids._get_matches(), (("region", ("eu-1",)),))
        self.assertEqual(draft.rule_ids.scope_hash, self.version.rule_ids.scope_hash)


@tagged("post_install", "-at_install")
class TestRoles(ScopeCase):
    def adjust(self, name, percent=None, **vals):
        return self.rule(name=name, role="adjust", unit_price=None, adjustment_percent=percent, **vals)

    def test_adjustments_reach_the_engine_broad_to_narrow(self):
        self.rule(name="List", unit_price="10")
        self.adjust("Own", adjustment_amount="-2", customer_id=self.customer.id)
        self.adjust("Second", "5", sequence=20)
        self.adjust("First", "-10", sequence=10, is_discount=True, adjustment_label="Spring")
        resolution = self.resolve()
        self.assertEqual(resolution.chosen.rule.rule_name, "List")
        self.assertEqual([one.rule.rule_name for one in resolution.adjustments], ["First", "Second", "Own"])
        first, _second, own = (one.adjustment for one in resolution.adjustments)
        self.assertEqual((first.percent, first.amount, first.label), (Decimal("-10"), None, "Spring"))
        self.assertTrue(first.is_discount)
        self.assertEqual((own.percent, own.amount, own.is_discount), (None, Decimal("-2"), False))

    def test_a_final_price_is_adjusted_by_none(self):
        self.rule(name="List", unit_price="10")
        self.rule(name="Agreed", unit_price="8", customer_id=self.customer.id, is_final=True)
        self.adjust("Everyone", "-10")
        resolution = self.resolve()
        self.assertEqual((resolution.chosen.rule.rule_name, resolution.adjustments), ("Agreed", ()))
        self.assertIn("price_is_final", [reason for _candidate, reason, _facts in resolution.lost])
        self.assertEqual(self.version.rule_ids[1].summary, f"8.00 {self.plan.currency_id.name} per unit, final")

    def test_an_extra_has_its_own_terms_beside_the_price(self):
        self.rule(name="List", unit_price="10")
        self.rule(name="Tax", role="extra", unit_price="0.02")
        resolution = self.resolve()
        self.assertEqual(resolution.chosen.terms.unit_price, Decimal("10"))
        self.assertEqual([extra.terms.unit_price for extra in resolution.extras], [Decimal("0.02")])

    def test_an_adjustment_applies_to_every_billing_model(self):
        self.rule(unit_price="10")
        self.adjust("All", "-10", charge_model="cost_plus")
        lines = self.make_subscription(self.customer, [self.metered, self.recurring, self.one_time]).line_ids
        for line in lines:
            self.assertEqual(len(self.resolve(line=line).adjustments), 1, line.name)

    def test_several_for_the_same_customers_stand_in_a_row_and_each_has_its_place(self):
        self.adjust("One", "-10", sequence=1)
        self.adjust("Two", "-10", sequence=2)
        with self.refused_with_button("place in their order.*another sequence"):
            self.adjust("Once more", "-10", sequence=2)
        self.rule(name="Extra", role="extra", sequence=2)
        self.rule(name="Price", sequence=2)
        with self.refused_with_button("are both for any product"):
            self.rule(name="Another price", sequence=3)

    def test_what_changes_nothing_or_the_wrong_way_is_refused_with_the_remedy(self):
        for vals, sentence in (
            ({"adjustment_percent": "0"}, "changes nothing"),
            ({"adjustment_percent": "-100.1"}, "more than 100 % off"),
            ({"adjustment_percent": "10", "is_discount": True}, "Enter a number below 0"),
            ({"adjustment_percent": "-10", "adjustment_amount": "1", "is_discount": True}, "Enter a number below 0"),
        ):
            with self.refused(sentence):
                self.rule(name="Wrong", role="adjust", **vals)

    @mute_logger("odoo.sql_db")
    def test_the_database_refuses_a_final_extra_and_an_empty_adjustment(self):
        price = self.rule(name="Price")
        self.env.flush_all()
        for change in ("role = 'extra', is_final = true", "role = 'adjust'"):
            with self.assertRaises(psycopg2.errors.CheckViolation), self.cr.savepoint():
                self.cr.execute(f"UPDATE cloud_price_rule SET {change} WHERE id = %s", price.ids)

    def test_an_adjustment_is_read_as_a_sentence(self):
        money = self.plan.currency_id.name
        for vals, words in (
            ({"percent": "-10"}, "10 % off"),
            ({"percent": "2.5", "adjustment_amount": "3"}, f"2.5 % more, 3.00 {money} more"),
            ({"percent": "-5", "is_discount": True}, "5 % off (discount)"),
        ):
            rule = self.adjust("x", **vals)
            self.assertEqual(rule.summary, words)
            rule.unlink()

    def test_an_approval_covers_the_role_and_what_it_changes(self):
        rule = self.adjust("x", "-10")
        price = self.rule(name="Price")
        seen = [self.version._get_content_hash()]
        for change in (
            lambda: rule.write({"adjustment_percent": "-11"}),
            lambda: rule.write({"adjustment_amount": "-1"}),
            lambda: rule.write({"is_discount": True}),
            lambda: rule.write({"adjustment_label": "Spring"}),
            lambda: rule.write({"sequence": 3}),
            lambda: price.write({"is_final": True}),
            lambda: price.write({"role": "extra", "is_final": False}),
        ):
            change()
            digest = self.version._get_content_hash()
            self.assertNotIn(digest, seen)
            seen.append(digest)

    def test_on_the_form_another_role_takes_along_what_it_does_not_have(self):
        rule = self.adjust("x", "-10", is_discount=True, adjustment_label="Spring")
        with Form(rule) as form:
            form.role = "price"
            form.unit_price = "4"
        self.assertEqual(
            (rule.adjustment_percent, rule.is_discount, rule.adjustment_label, rule.unit_price),
            (None, False, False, Decimal("4")),
        )

    def test_on_the_form_the_narrowest_choice_stands(self):
        rule = self.rule(rate_class_id=self.env["cloud.rate.class"].create({"name": "Gold"}).id)
        with Form(rule) as form:
            form.rate_class_id = self.env["cloud.rate.class"]
            form.customer_id = self.customer
        self.assertEqual((rule.customer_id, rule.rate_class_id.ids), (self.customer, []))


@tagged("post_install", "-at_install")
class TestContractPrices(ScopeCase):
    def test_they_hold_for_one_subscription_and_its_dates_only_and_are_found_there(self):
        subscription = self.line.subscription_id
        other = self.make_subscription(self.customer, [self.metered])
        self.rule(name="List", unit_price="10")
        self.rule(name="Spring", unit_price="7", subscription_id=subscription.id, date_end="2026-03-15")
        self.rule(name="Line", unit_price="6", subscription_line_id=self.line.id, date_start="2026-03-20")
        found = {day: self.resolve(at=date(2026, 3, day)).chosen.rule.rule_name for day in (1, 14, 15, 19, 20)}
        self.assertEqual(found, {1: "Spring", 14: "Spring", 15: "List", 19: "List", 20: "Line"})
        self.assertEqual(self.resolve(line=other.line_ids).chosen.rule.rule_name, "List")
        self.assertEqual((subscription.rule_count, other.rule_count), (2, 0))
        action = subscription.action_open_contract_prices()
        self.assertEqual(set(self.env["cloud.price.rule"].search(action["domain"]).mapped("name")), {"Spring", "Line"})

    def test_those_that_have_ended_are_found_by_a_filter(self):
        self.rule(name="List")
        ended = self.rule(name="Ended", customer_id=self.customer.id, date_end="2026-03-15")
        self.version.action_approve_directly()
        with freeze_time("2026-03-14"):
            self.assertFalse(self.env["cloud.price.rule"].search([("is_expired", "=", True)]) & ended)
        with freeze_time("2026-03-15"):
            self.env.invalidate_all()
            self.assertTrue(ended.is_expired)
            found = self.env["cloud.price.rule"].search(
                [("is_expired", "=", True), ("version_id", "=", self.version.id)]
            )
            self.assertEqual(found, ended)
