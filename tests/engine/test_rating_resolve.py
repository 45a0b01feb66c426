"""Which price wins, and why the others lost."""

from datetime import date, datetime
from itertools import permutations

import pytest
from cloud_billing_engine.rating import (
    AmbiguousPrice,
    Candidate,
    CandidateError,
    PriceMissing,
    RuleFacts,
    get_dimensions,
    resolve,
)
from hypothesis import given
from hypothesis import strategies as st

MARCH = date(2026, 3, 1)


# What has a value of each of nine tags meets each of that many conditions.
TAGGED = {f"tag:{number}": "x" for number in range(9)}


def make(name, conditions=0, **values):
    if conditions:
        values["matches"] = tuple((f"tag:{number}", ("x",)) for number in range(conditions))
    return Candidate(rule=RuleFacts(name, name), **values)


def names(candidates):
    return [candidate.rule.rule_id for candidate in candidates]


def reasons(resolution):
    return {candidate.rule.rule_id: reason for candidate, reason, _facts in resolution.lost}


# Most specific first: DESIGN's order written out once more, by hand.
IN_ORDER = [
    make("line", scope_level="line"),
    make("subscription", scope_level="subscription"),
    make("customer, product", scope_level="customer", product_level="product"),
    make("customer, near category, 2 conditions", scope_level="customer", product_level="category", conditions=2),
    make("customer, near category", scope_level="customer", product_level="category"),
    make("customer, far category", scope_level="customer", product_level="category", product_depth=1, conditions=9),
    make("customer, anything", scope_level="customer", conditions=9),
    make("parent", scope_level="parent", scope_depth=1, product_level="product"),
    make("grandparent", scope_level="parent", scope_depth=2, product_level="product"),
    make("own rate class", scope_level="rate_class"),
    make("rate class above it", scope_level="rate_class", scope_depth=1, product_level="product"),
    make("everyone, product", product_level="product"),
    make("everyone, anything, 1 condition", conditions=1),
    make("everyone, anything"),
]


class TestTheMostSpecificWins:
    @pytest.mark.parametrize("place", range(len(IN_ORDER)))
    def test_each_rule_beats_all_that_follow_it(self, place):
        for follower in IN_ORDER[place + 1 :]:
            for pair in permutations([IN_ORDER[place], follower]):
                assert resolve(pair, MARCH, TAGGED).chosen is IN_ORDER[place]

    @given(st.permutations(IN_ORDER), st.integers(1, len(IN_ORDER)))
    def test_the_order_in_which_they_are_given_does_not_matter(self, candidates, count):
        given_ones = candidates[:count]
        assert resolve(given_ones, MARCH, TAGGED).chosen is min(given_ones, key=IN_ORDER.index)

    def test_a_depth_where_there_is_none_is_not_read(self):
        first, second = make("a", scope_level="customer", scope_depth=5), make("b")
        assert resolve([second, first], MARCH).chosen is first

    def test_it_says_in_what_each_other_one_fell_behind(self):
        winner = make("winner", scope_level="customer", product_level="product", conditions=1)
        losers = [
            make("wider", conditions=3, product_level="product"),
            make("broader", scope_level="customer", product_level="category", product_depth=2, conditions=3),
            make("plainer", scope_level="customer", product_level="product"),
        ]
        lost = resolve([winner, *losers], MARCH, TAGGED).lost
        assert [(candidate.rule.rule_id, reason) for candidate, reason, _facts in lost] == [
            ("wider", "less_specific_scope"),
            ("broader", "less_specific_product"),
            ("plainer", "fewer_conditions"),
        ]
        assert lost[1][2] == {
            "product_level": "category",
            "product_depth": 2,
            "winner_product_level": "product",
            "winner_product_depth": 0,
        }


class TestValidity:
    RULE = make("2026", valid_from=date(2026, 1, 1), valid_to=date(2027, 1, 1))

    @pytest.mark.parametrize("at", [date(2026, 1, 1), datetime(2026, 1, 1), datetime(2026, 12, 31, 23, 59, 59, 999999)])
    def test_it_holds_from_its_first_instant_up_to_its_end(self, at):
        assert resolve([self.RULE], at).chosen is self.RULE

    @pytest.mark.parametrize("at", [date(2025, 12, 31), datetime(2025, 12, 31, 23, 59, 59), date(2027, 1, 1)])
    def test_outside_there_is_no_price(self, at):
        with pytest.raises(PriceMissing) as refusal:
            resolve([self.RULE], at)
        ((rule, reason),) = refusal.value.facts["lost"]
        assert rule is self.RULE.rule
        assert reason == ("no_longer_in_force" if at.year == 2027 else "not_yet_in_force")

    def test_it_may_begin_within_a_day(self):
        old = make("old", valid_to=datetime(2026, 3, 1, 12))
        new = make("new", valid_from=datetime(2026, 3, 1, 12))
        assert resolve([old, new], datetime(2026, 3, 1, 11, 59)).chosen is old
        assert resolve([old, new], datetime(2026, 3, 1, 12)).chosen is new

    def test_a_more_specific_rule_that_is_not_in_force_loses_and_is_named(self):
        expired = make("expired", scope_level="line", valid_to=date(2026, 3, 1))
        resolution = resolve([expired, make("list")], MARCH)
        assert resolution.chosen.rule.rule_id == "list"
        assert resolution.lost[0][1] == "no_longer_in_force"


class TestNoSinglePrice:
    def test_none_at_all(self):
        with pytest.raises(PriceMissing):
            resolve([], MARCH)

    def test_two_equally_specific_ones_are_both_named(self):
        pair = [make("a", scope_level="customer"), make("b", scope_level="customer")]
        with pytest.raises(AmbiguousPrice) as refusal:
            resolve([*pair, make("list")], MARCH)
        assert refusal.value.rules == (pair[0].rule, pair[1].rule)

    def test_two_equally_specific_losers_harm_nobody(self):
        winner = make("winner", scope_level="line")
        assert resolve([make("a"), make("b"), winner], MARCH).chosen is winner

    def test_two_of_which_one_is_in_force_are_no_clash(self):
        assert resolve([make("a", valid_to=MARCH), make("b")], MARCH).chosen.rule.rule_id == "b"

    @pytest.mark.parametrize("values", [{"scope_level": "planet"}, {"product_level": "colour"}, {"role": "toll"}])
    def test_what_it_does_not_know_it_refuses(self, values):
        with pytest.raises(CandidateError):
            resolve([make("x", **values)], MARCH)


class TestConditions:
    EU = make("eu", matches=(("region", ("eu-1", "eu-2")),))
    BIG_IN_EU = make("big in eu", matches=(("region", ("eu-1", "eu-2")), ("sku", ("large",))))
    REST = make("rest")
    ALL = (EU, BIG_IN_EU, REST)

    @pytest.mark.parametrize(
        ("dimensions", "winner"),
        [
            ({"region": "eu-1"}, "eu"),
            ({"region": "eu-2", "sku": "small"}, "eu"),
            ({"region": "eu-2", "sku": "large"}, "big in eu"),
            ({"region": "us", "sku": "large"}, "rest"),
            ({"region": ""}, "rest"),
            ({}, "rest"),
        ],
    )
    def test_what_fits_is_priced_by_the_most_conditions_and_the_rest_by_the_price_without(self, dimensions, winner):
        assert resolve(self.ALL, MARCH, dimensions).chosen.rule.rule_id == winner
        assert resolve(self.ALL, MARCH, tuple(dimensions.items())).chosen.rule.rule_id == winner

    def test_a_price_for_a_customer_without_conditions_wins_over_one_for_everyone_with(self):
        own = make("own", scope_level="customer")
        assert resolve([*self.ALL, own], MARCH, {"region": "eu-1", "sku": "large"}).chosen is own

    def test_it_says_which_condition_was_not_met(self):
        ((_rule, reason, facts),) = resolve([self.EU, self.REST], MARCH, {"region": "us"}).lost
        assert reason == "other_dimension"
        assert facts == {"dimension": "region", "value": "us", "wanted": "eu-1, eu-2"}

    def test_without_a_rest_what_fits_nothing_has_no_price_and_is_named(self):
        with pytest.raises(PriceMissing) as refusal:
            resolve([self.EU], MARCH, {"region": "us"})
        assert refusal.value.facts["lost"] == ((self.EU.rule, "other_dimension"),)
        assert refusal.value.facts["dimensions"] == (("region", "us"),)

    def test_two_that_ask_for_different_things_and_both_fit_are_refused(self):
        pair = [make("a", matches=(("region", ("eu",)),)), make("b", matches=(("sku", ("large",)),))]
        with pytest.raises(AmbiguousPrice):
            resolve(pair, MARCH, {"region": "eu", "sku": "large"})

    def test_the_dimensions_that_matter(self):
        assert get_dimensions(self.ALL) == ("region", "sku")
        assert get_dimensions([self.REST]) == ()


class TestAdjustments:
    LIST = make("list")
    OWN = make("own", scope_level="customer", final=True)
    CHANGES = (
        make("customer's", role="adjust", scope_level="customer", sequence=1),
        make("everyone's second", role="adjust", sequence=20),
        make("class's", role="adjust", scope_level="rate_class"),
        make("everyone's first", role="adjust", sequence=10),
        make("class's of the product", role="adjust", scope_level="rate_class", product_level="product"),
    )

    def test_all_that_apply_change_the_price_broad_to_narrow_then_by_sequence(self):
        resolution = resolve([self.LIST, *self.CHANGES], MARCH)
        assert resolution.chosen is self.LIST
        assert names(resolution.adjustments) == [
            "everyone's first",
            "everyone's second",
            "class's",
            "class's of the product",
            "customer's",
        ]
        assert resolution.lost == ()

    @given(st.permutations(CHANGES))
    def test_the_order_in_which_they_are_given_does_not_matter(self, changes):
        expected = resolve([self.LIST, *self.CHANGES], MARCH).adjustments
        assert resolve([*changes, self.LIST], MARCH).adjustments == expected

    def test_a_final_price_is_changed_by_none_and_each_is_told_so(self):
        resolution = resolve([self.OWN, self.LIST, *self.CHANGES], MARCH)
        assert resolution.chosen is self.OWN
        assert resolution.adjustments == ()
        assert reasons(resolution) == {
            "list": "less_specific_scope",
            **{change.rule.rule_id: "price_is_final" for change in self.CHANGES},
        }

    def test_a_final_price_that_lost_stops_nothing(self):
        beaten = make("beaten", final=True)
        own = make("own", scope_level="customer")
        assert len(resolve([beaten, own, *self.CHANGES], MARCH).adjustments) == len(self.CHANGES)

    def test_one_that_is_not_in_force_or_does_not_fit_changes_nothing_and_is_told_why(self):
        late = make("late", role="adjust", valid_from=date(2026, 4, 1))
        in_eu = make("in eu", role="adjust", matches=(("region", ("eu",)),))
        resolution = resolve([self.LIST, late, in_eu], MARCH, {"region": "us"})
        assert resolution.adjustments == ()
        assert reasons(resolution) == {"late": "not_yet_in_force", "in eu": "other_dimension"}

    def test_an_adjustment_alone_is_no_price(self):
        with pytest.raises(PriceMissing):
            resolve(self.CHANGES, MARCH)


class TestExtras:
    def test_each_that_applies_is_charged_beside_the_price_also_beside_a_final_one(self):
        price = make("price", final=True)
        extras = [
            make("own", role="extra", scope_level="customer"),
            make("tax", role="extra"),
            make("ended", role="extra", valid_to=MARCH),
        ]
        resolution = resolve([*extras, price], MARCH)
        assert resolution.chosen is price
        assert names(resolution.extras) == ["tax", "own"]
        assert reasons(resolution) == {"ended": "no_longer_in_force"}

    def test_an_extra_alone_is_no_price(self):
        with pytest.raises(PriceMissing):
            resolve([make("tax", role="extra")], MARCH)
