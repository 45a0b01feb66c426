from datetime import date
from decimal import Decimal
from itertools import pairwise

from odoo.tests import tagged

from ..engine.rating import AmbiguousPrice, PriceMissing, resolve
from ..models.catalog.price_candidates import Proposal
from ..models.catalog.price_scope import PriceScope
from .catalog_common import CatalogCase

MARCH = date(2026, 3, 1), date(2026, 4, 1)


class ResolutionCase(CatalogCase):
    """A customer paid by another one who is paid by a third, with one metered line."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grandparent = cls.make_customer("Group")
        cls.parent = cls.make_customer("Holding", parent_id=cls.grandparent.id)
        cls.customer = cls.make_customer("Acme", parent_id=cls.parent.id)
        cls.subscription = cls.make_subscription(cls.customer, [cls.metered])
        cls.line = cls.subscription.line_ids

    def candidates(self, line=None, start=MARCH[0], end=MARCH[1]):
        line = line or self.line
        return self.env["cloud.price.plan"]._get_candidates(line, start, end)[line.id]

    def price(self, line=None, at=MARCH[0]):
        """The unit price that wins on a day."""
        return resolve(self.candidates(line, at, date.max), at).chosen.terms.unit_price


@tagged("post_install", "-at_install")
class TestWhichPriceWins(ResolutionCase):
    def assert_beats(self, stronger, weaker):
        """Of two prices the first wins, in whichever order they were entered."""
        for first, second in ((stronger, weaker), (weaker, stronger)):
            plan = self.make_plan("Two prices")
            subscription = self.make_subscription(self.customer, [self.metered], plan=plan)
            scopes = self.scopes(subscription)
            self.make_version(
                [
                    {"name": name, "unit_price": "1" if name == stronger else "2", **scopes[name]}
                    for name in (first, second)
                ],
                plan=plan,
            )
            self.assertEqual(self.price(subscription.line_ids), Decimal("1"), f"{stronger} over {weaker}")

    def scopes(self, subscription):
        return {
            "line": {"subscription_line_id": subscription.line_ids.id},
            "subscription": {"subscription_id": subscription.id},
            "customer": {"customer_id": self.customer.id},
            "parent": {"customer_id": self.parent.id},
            "grandparent": {"customer_id": self.grandparent.id},
            "everyone": {},
            "product": {"product_id": self.metered.id},
            "category": {"categ_id": self.categ.id},
            "category above": {"categ_id": self.categ_root.id},
            "customer, any product": {"customer_id": self.customer.id},
            "everyone, this product": {"product_id": self.metered.id},
        }

    def test_the_narrower_circle_of_people_wins(self):
        order = ["line", "subscription", "customer", "parent", "grandparent", "everyone"]
        for stronger, weaker in pairwise(order):
            self.assert_beats(stronger, weaker)

    def test_the_product_wins_over_its_category_and_the_nearer_category_over_the_one_above(self):
        order = ["product", "category", "category above", "everyone"]
        for stronger, weaker in pairwise(order):
            self.assert_beats(stronger, weaker)

    def test_for_whom_counts_before_for_what(self):
        self.assert_beats("customer, any product", "everyone, this product")

    def test_a_price_of_another_customer_product_or_category_is_no_candidate(self):
        other = self.make_customer("Other")
        other_line = self.make_subscription(other, [self.metered]).line_ids
        other_categ = self.env["product.category"].create({"name": "Elsewhere"})
        self.make_version(
            [
                {"name": "a", "unit_price": "1", "customer_id": other.id},
                {"name": "b", "unit_price": "2", "product_id": self.recurring.id},
                {"name": "c", "unit_price": "3", "categ_id": other_categ.id},
                {"name": "d", "unit_price": "4", "subscription_line_id": other_line.id},
            ]
        )
        self.assertEqual(self.candidates(), [])
        with self.assertRaises(PriceMissing):
            self.price()

    def test_a_child_is_no_scope_of_its_parent(self):
        self.make_version([{"name": "a", "unit_price": "1", "customer_id": self.customer.id}])
        line = self.make_subscription(self.parent, [self.metered]).line_ids
        self.assertEqual(self.candidates(line), [])

    def test_a_draft_or_rejected_version_has_no_prices(self):
        self.make_version([{"name": "a", "unit_price": "1"}], approve=False)
        self.assertEqual(self.candidates(), [])

    def test_a_price_of_another_plan_does_not_apply(self):
        self.make_version([{"name": "a", "unit_price": "1"}], plan=self.make_plan("Other plan"))
        self.assertEqual(self.candidates(), [])

    def test_a_cost_plus_price_is_not_for_an_agreed_fee(self):
        self.make_version([{"name": "resale", "charge_model": "cost_plus", "percent": "20"}])
        lines = self.make_subscription(self.customer, [self.metered, self.recurring]).line_ids
        metered, recurring = lines
        self.assertEqual(len(self.candidates(metered)), 1)
        self.assertEqual(self.candidates(recurring), [])

    def test_a_unit_price_is_a_flat_fee_where_the_quantity_was_agreed(self):
        self.make_version([{"name": "any", "unit_price": "7"}])
        metered, recurring = self.make_subscription(self.customer, [self.metered, self.recurring]).line_ids
        self.assertEqual(self.candidates(metered)[0].terms.charge_model, "per_unit")
        self.assertEqual(self.candidates(recurring)[0].terms.charge_model, "flat")

    def test_two_equal_prices_that_got_past_the_database_are_refused_when_rating(self):
        version = self.make_version(
            [
                {"name": "a", "unit_price": "1", "date_end": "2026-03-01"},
                {"name": "b", "unit_price": "2", "date_start": "2026-03-01"},
            ]
        )
        # Without the constraint, as after a careless restore, both would hold in March.
        self.env.cr.execute("ALTER TABLE cloud_price_rule DROP CONSTRAINT cloud_price_rule_no_equal_specificity")
        self.env.cr.execute("UPDATE cloud_price_rule SET date_end = NULL WHERE id = %s", version.rule_ids[0].ids)
        self.env.invalidate_all()
        with self.assertRaises(AmbiguousPrice) as refused:
            resolve(self.candidates(), MARCH[0])
        self.assertEqual({rule.rule_id for rule in refused.exception.rules}, set(version.rule_ids.ids))

    def test_the_facts_of_a_price_say_where_it_comes_from(self):
        version = self.make_version([{"name": "Gold", "unit_price": "1", "customer_id": self.customer.id}])
        facts = self.candidates()[0].rule
        self.assertEqual(facts.rule_id, version.rule_ids.id)
        self.assertEqual(
            (facts.rule_name, facts.plan_name, facts.version_name), ("Gold", "Public prices", version.name)
        )
        self.assertEqual(facts.scope, "customer Acme; any product")
        self.assertEqual((facts.valid_from, facts.valid_to), (date(2026, 1, 1), None))


@tagged("post_install", "-at_install")
class TestWhenAPriceHolds(ResolutionCase):
    def test_a_version_holds_until_the_next_approved_one_begins(self):
        self.make_version([{"name": "a", "unit_price": "1"}], date_start="2026-01-01")
        self.make_version([{"name": "b", "unit_price": "2"}], date_start="2026-03-15")
        self.make_version([{"name": "draft", "unit_price": "9"}], date_start="2026-03-10", approve=False)
        validities = [(c.valid_from, c.valid_to) for c in self.candidates()]
        self.assertEqual(validities, [(date(2026, 1, 1), date(2026, 3, 15)), (date(2026, 3, 15), None)])
        self.assertEqual(self.price(at=date(2026, 3, 14)), Decimal("1"))
        self.assertEqual(self.price(at=date(2026, 3, 15)), Decimal("2"))

    def test_before_the_first_version_there_is_no_price(self):
        self.make_version([{"name": "a", "unit_price": "1"}], date_start="2026-03-02")
        with self.assertRaises(PriceMissing):
            self.price(at=date(2026, 3, 1))

    def test_a_price_has_dates_of_its_own_within_the_version(self):
        self.make_version(
            [
                {"name": "spring", "unit_price": "1", "date_end": "2026-03-20"},
                {"name": "summer", "unit_price": "2", "date_start": "2026-03-20"},
            ]
        )
        self.assertEqual(self.price(at=date(2026, 3, 19)), Decimal("1"))
        self.assertEqual(self.price(at=date(2026, 3, 20)), Decimal("2"))

    def test_a_price_ends_with_its_version_even_when_its_own_end_is_later(self):
        self.make_version([{"name": "a", "unit_price": "1", "date_end": "2026-12-01"}])
        self.make_version([{"name": "b", "unit_price": "2"}], date_start="2026-02-01")
        self.assertEqual([c.rule.rule_name for c in self.candidates()], ["b"])

    def test_prices_outside_the_interval_are_no_candidates(self):
        self.make_version(
            [
                {"name": "ended", "unit_price": "1", "date_end": "2026-03-01"},
                {"name": "later", "unit_price": "2", "date_start": "2026-04-01"},
            ]
        )
        self.assertEqual(self.candidates(), [])


@tagged("post_install", "-at_install")
class TestPricesOfManyLines(ResolutionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_version(
            [
                {"name": "everyone", "unit_price": "5"},
                {"name": "product", "unit_price": "4", "product_id": cls.metered.id},
                {"name": "category", "unit_price": "3", "categ_id": cls.categ_root.id},
                {
                    "name": "parent",
                    "charge_model": "graduated",
                    "customer_id": cls.parent.id,
                    "tier_ids": [(0, 0, {"up_to": "10", "unit_price": "1"}), (0, 0, {"unit_price": "2"})],
                },
            ]
        )

    def make_lines(self, count):
        """Lines of as many customers, products and subscriptions, each with a price of its own besides."""
        subscriptions = self.env["cloud.subscription"].create(
            [
                {
                    "customer_id": self.make_customer(f"C{number}", parent_id=self.parent.id).id,
                    "plan_id": self.plan.id,
                    "date_start": "2026-01-01",
                    "line_ids": [(0, 0, {"product_id": self.make_product(f"P{number}", "recurring").id})],
                }
                for number in range(count)
            ]
        )
        self.make_version(
            [
                {"name": f"own {subscription.name}", "unit_price": "1", "subscription_id": subscription.id}
                for subscription in subscriptions
            ],
            date_start="2026-02-01",
        )
        return subscriptions.line_ids

    def count_statements(self, lines):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.env["cloud.price.plan"]._get_candidates(lines, *MARCH)
        return self.env.cr.sql_log_count - before

    def test_ten_times_the_lines_take_no_more_statements(self):
        lines = self.make_lines(30)
        self.count_statements(lines)
        few = self.count_statements(lines[:3])
        self.assertEqual(self.count_statements(lines), few)
        self.assertLess(few, 20)

    def test_every_line_gets_an_answer_also_one_without_a_price(self):
        lines = (
            self.make_lines(2)
            | self.make_subscription(self.customer, [self.one_time], plan=self.make_plan("x")).line_ids
        )
        candidates = self.env["cloud.price.plan"]._get_candidates(lines, *MARCH)
        self.assertEqual(set(candidates), set(lines.ids))
        self.assertEqual(candidates[lines[-1].id], [])

    def test_no_lines_have_no_candidates(self):
        self.assertEqual(self.env["cloud.price.plan"]._get_candidates(self.env["cloud.subscription.line"], *MARCH), {})

    def test_a_ladder_reaches_the_engine_with_its_open_tier_last(self):
        graduated = next(c for c in self.candidates() if c.scope_level == "parent")
        self.assertEqual(
            [(tier.up_to, tier.unit_price) for tier in graduated.terms.tiers],
            [(Decimal("10"), Decimal("1")), (None, Decimal("2"))],
        )


@tagged("post_install", "-at_install")
class TestPricesOfTwoCompanies(CatalogCase):
    def test_prices_of_one_company_never_reach_the_other(self):
        other = self.env["res.company"].create({"name": "Second"})
        self.make_version([{"name": "first", "unit_price": "1", "product_id": self.metered.id}])
        other_plan = self.env["cloud.price.plan"].create({"name": "Public prices", "company_id": other.id})
        self.make_version([{"name": "second", "unit_price": "2", "product_id": self.metered.id}], plan=other_plan)
        line = self.make_subscription(self.make_customer("Acme"), [self.metered]).line_ids
        partner = self.env["res.partner"].create({"name": "Bolt"})
        customer = self.env["cloud.customer"].create({"partner_id": partner.id, "company_id": other.id})
        other_line = self.make_subscription(customer, [self.metered], plan=other_plan).line_ids
        candidates = self.env["cloud.price.plan"]._get_candidates(line | other_line, *MARCH)
        self.assertEqual([c.rule.rule_name for c in candidates[line.id]], ["first"])
        self.assertEqual([c.rule.rule_name for c in candidates[other_line.id]], ["second"])


@tagged("post_install", "-at_install")
class TestWhatIsNotAgreedYet(ResolutionCase):
    """A product for a customer without a subscription line, and a version that nobody has approved."""

    def scope(self, customer=None, subscription=None):
        none = self.env["cloud.subscription"]
        return PriceScope(
            self.plan,
            self.metered,
            customer if customer is not None else self.env["cloud.customer"],
            subscription or none,
            none.line_ids,
        )

    def names(self, scope, start=MARCH[0], end=MARCH[1], proposal=None):
        found = self.env["cloud.price.plan"]._get_scope_candidates({"asked": scope}, start, end, proposal)
        return [candidate.rule.rule_name for candidate in found["asked"]]

    def test_each_sees_its_own_prices_most_specific_first(self):
        self.make_version(
            [
                {"name": "all", "unit_price": "1"},
                {"name": "group", "unit_price": "2", "customer_id": self.grandparent.id},
                {"name": "acme", "unit_price": "3", "customer_id": self.customer.id},
                {"name": "contract", "unit_price": "4", "subscription_id": self.subscription.id},
                {"name": "line", "unit_price": "5", "subscription_line_id": self.line.id},
            ]
        )
        self.assertEqual(self.names(self.scope()), ["all"])
        self.assertEqual(self.names(self.scope(self.customer)), ["acme", "group", "all"])
        self.assertEqual(self.names(self.scope(self.customer, self.subscription)), ["contract", "acme", "group", "all"])

    def test_a_proposed_version_takes_part_from_its_first_day_in_place_of_one_of_that_day(self):
        self.make_version([{"name": "old", "unit_price": "1"}])
        draft = self.make_version([{"name": "new", "unit_price": "2"}], date_start="2026-03-15", approve=False)
        self.make_version([{"name": "later", "unit_price": "3"}], date_start="2026-05-01")
        proposal = Proposal(draft)
        self.assertEqual(self.names(self.scope(), proposal=proposal), ["old", "new"])
        self.assertEqual(self.names(self.scope()), ["old"])
        april = date(2026, 4, 1), date(2026, 5, 1)
        self.assertEqual(self.names(self.scope(), *april, proposal), ["new"])
        draft.date_start = "2026-05-01"
        may = date(2026, 5, 1), date(2026, 6, 1)
        self.assertEqual(self.names(self.scope(), *may, proposal), ["new"])

    def test_the_past_is_asked_what_a_proposed_version_would_have_said(self):
        self.make_version([{"name": "old", "unit_price": "1"}])
        draft = self.make_version(
            [
                {"name": "first day", "unit_price": "2", "date_end": "2026-08-01"},
                {"name": "later", "unit_price": "3", "date_start": "2026-08-01"},
            ],
            date_start="2026-07-01",
            approve=False,
        )
        proposal = Proposal(draft, since=date(2025, 1, 1))
        self.assertEqual(self.names(self.scope(), proposal=proposal), ["first day"])
        autumn = date(2026, 9, 1), date(2026, 10, 1)
        self.assertEqual(self.names(self.scope(), *autumn, proposal), ["first day"])
