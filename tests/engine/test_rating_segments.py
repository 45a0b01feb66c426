"""Stretches in which nothing changes."""

from datetime import date, datetime, timedelta

import pytest
from cloud_billing_engine.rating import (
    AmbiguousPrice,
    Candidate,
    PriceMissing,
    RuleFacts,
    cut,
    resolve,
    resolve_combinations,
    resolve_stretches,
    split_by_versions,
)
from hypothesis import given
from hypothesis import strategies as st

MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)
days = st.integers(-10, 60).map(lambda count: MARCH + timedelta(days=count))


def make(name, **values):
    return Candidate(rule=RuleFacts(name, name), **values)


class TestCut:
    def test_at_the_points_inside_and_nowhere_else(self):
        changes = [date(2026, 3, 20), date(2026, 3, 5), date(2026, 3, 5), MARCH, APRIL, date(2026, 5, 1), None]
        assert cut(MARCH, APRIL, changes) == [
            (MARCH, date(2026, 3, 5)),
            (date(2026, 3, 5), date(2026, 3, 20)),
            (date(2026, 3, 20), APRIL),
        ]

    def test_an_instant_within_a_day(self):
        start, noon, end = datetime(2026, 3, 1), datetime(2026, 3, 1, 12), datetime(2026, 3, 2)
        assert cut(start, end, [noon]) == [(start, noon), (noon, end)]

    def test_an_empty_interval_has_no_stretch(self):
        assert cut(MARCH, MARCH, [MARCH]) == []

    def test_an_interval_that_ends_before_it_starts_is_refused(self):
        with pytest.raises(ValueError, match="ends after it starts"):
            cut(APRIL, MARCH, [])

    @given(st.lists(days), days, st.integers(0, 40))
    def test_the_stretches_tile_the_interval(self, changes, start, length):
        end = start + timedelta(days=length)
        stretches = cut(start, end, changes)
        assert all(left < right for left, right in stretches)
        covered = [start] + [right for _left, right in stretches]
        assert covered[:-1] == [left for left, _right in stretches]
        assert covered[-1] == end
        assert not any(left < change < right for left, right in stretches for change in changes)


class TestVersions:
    def test_each_holds_until_the_next_begins(self):
        versions = [(date(2026, 3, 15), "B"), (None, "A"), (date(2026, 6, 1), "C")]
        assert split_by_versions(MARCH, APRIL, versions) == [
            (MARCH, date(2026, 3, 15), "A"),
            (date(2026, 3, 15), APRIL, "B"),
        ]

    def test_before_the_first_one_there_is_none(self):
        assert split_by_versions(MARCH, APRIL, [(date(2026, 3, 15), "A")])[0] == (MARCH, date(2026, 3, 15), None)

    def test_the_last_one_begun_before_the_interval_holds(self):
        versions = [(date(2025, 1, 1), "old"), (date(2026, 1, 1), "new")]
        assert split_by_versions(MARCH, APRIL, versions) == [(MARCH, APRIL, "new")]

    @pytest.mark.parametrize("start", [date(2026, 1, 1), None])
    def test_two_that_begin_together_are_refused(self, start):
        with pytest.raises(ValueError, match="same point"):
            split_by_versions(MARCH, APRIL, [(start, "A"), (start, "B")])


class TestPricesOverAStretch:
    LIST = make("list")

    def test_a_contract_price_for_a_part_of_the_month_cuts_it_in_three(self):
        special = make("special", scope_level="line", valid_from=date(2026, 3, 10), valid_to=date(2026, 3, 20))
        found = resolve_stretches(MARCH, APRIL, [self.LIST, special])
        assert [(left, right, resolution.chosen.rule.rule_id) for left, right, resolution in found] == [
            (MARCH, date(2026, 3, 10), "list"),
            (date(2026, 3, 10), date(2026, 3, 20), "special"),
            (date(2026, 3, 20), APRIL, "list"),
        ]

    def test_a_loser_that_comes_and_goes_cuts_nothing_but_is_named(self):
        winner = make("winner", scope_level="line")
        loser = make("loser", valid_from=date(2026, 3, 10), valid_to=date(2026, 3, 20))
        ((left, right, resolution),) = resolve_stretches(MARCH, APRIL, [loser, winner])
        assert (left, right) == (MARCH, APRIL)
        assert [(candidate.rule.rule_id, reason) for candidate, reason, _facts in resolution.lost] == [
            ("loser", "less_specific_scope")
        ]

    def test_a_price_may_change_within_a_day(self):
        noon = datetime(2026, 3, 1, 12)
        changed = [make("old", valid_to=noon), make("new", valid_from=noon)]
        found = resolve_stretches(datetime(2026, 3, 1), datetime(2026, 3, 2), changed)
        assert [(left.hour, resolution.chosen.rule.rule_id) for left, _right, resolution in found] == [
            (0, "old"),
            (12, "new"),
        ]

    def test_dated_rules_hold_from_midnight_in_an_interval_of_instants(self):
        changed = [make("old", valid_to=date(2026, 3, 2)), make("new", valid_from=date(2026, 3, 2))]
        found = resolve_stretches(datetime(2026, 3, 1, 23), datetime(2026, 3, 2, 1), changed)
        assert [right for _left, right, _resolution in found] == [datetime(2026, 3, 2), datetime(2026, 3, 2, 1)]

    def test_a_gap_in_the_prices_is_a_missing_price(self):
        with pytest.raises(PriceMissing):
            resolve_stretches(MARCH, APRIL, [make("late", valid_from=date(2026, 3, 2))])

    def test_two_that_clash_for_a_day_are_refused(self):
        clash = [make("a"), make("b", valid_from=date(2026, 3, 31))]
        with pytest.raises(AmbiguousPrice):
            resolve_stretches(MARCH, APRIL, clash)


class TestAdjustmentsAndExtrasOverAStretch:
    LIST = make("list")

    def test_an_adjustment_or_extra_that_comes_and_goes_cuts(self):
        discount = make("discount", role="adjust", valid_from=date(2026, 3, 10))
        tax = make("tax", role="extra", valid_to=date(2026, 3, 20))
        found = resolve_stretches(MARCH, APRIL, [self.LIST, discount, tax])
        assert [
            (left.day, right.day, len(resolution.adjustments), len(resolution.extras))
            for left, right, resolution in found
        ] == [(1, 10, 0, 1), (10, 20, 1, 1), (20, 1, 1, 0)]

    def test_an_adjustment_of_a_final_price_cuts_nothing(self):
        final = make("final", final=True)
        discount = make("discount", role="adjust", valid_from=date(2026, 3, 10))
        ((left, right, resolution),) = resolve_stretches(MARCH, APRIL, [final, discount])
        assert (left, right) == (MARCH, APRIL)
        assert [(candidate.rule.rule_id, reason) for candidate, reason, _facts in resolution.lost] == [
            ("discount", "price_is_final")
        ]

    def test_dimensions_decide_as_for_one_instant(self):
        in_eu = make("eu", matches=(("region", ("eu",)),), valid_from=date(2026, 3, 10))
        found = resolve_stretches(MARCH, APRIL, [self.LIST, in_eu], {"region": "eu"})
        assert [resolution.chosen.rule.rule_id for _left, _right, resolution in found] == ["list", "eu"]
        ((_left, _right, resolution),) = resolve_stretches(MARCH, APRIL, [self.LIST, in_eu], {"region": "us"})
        assert resolution.lost[0][1] == "other_dimension"


EU, US, NONE = (("region", "eu"),), (("region", "us"),), (("region", ""),)


def shape(found):
    """(first day, name of the rule, values of the region) of each stretch."""
    return [(s.start.day, s.resolution.chosen.rule.rule_id, [pairs[0][1] for pairs in s.combinations]) for s in found]


class TestCombinations:
    REST = make("rest")
    IN_EU = make("eu", matches=(("region", ("eu",)),))

    def test_what_fits_has_its_own_price_and_the_rest_is_priced_as_one(self):
        found = resolve_combinations(MARCH, APRIL, [self.IN_EU, self.REST], [US, EU, NONE])
        assert shape(found) == [(1, "rest", ["us", ""]), (1, "eu", ["eu"])]

    def test_a_price_that_begins_for_some_cuts_the_others_only_where_they_share_a_price(self):
        late = make("eu", matches=(("region", ("eu",)),), valid_from=date(2026, 3, 15))
        found = resolve_combinations(MARCH, APRIL, [late, self.REST], [EU, US])
        assert shape(found) == [(1, "rest", ["eu", "us"]), (15, "eu", ["eu"]), (15, "rest", ["us"])]
        us = make("us", matches=(("region", ("us",)),))
        found = resolve_combinations(MARCH, APRIL, [late, us, self.REST], [EU, US])
        assert shape(found) == [(1, "rest", ["eu"]), (1, "us", ["us"]), (15, "eu", ["eu"])]

    def test_an_adjustment_of_some_parts_them_from_the_others(self):
        discount = make("discount", role="adjust", matches=(("region", ("eu",)),))
        found = resolve_combinations(MARCH, APRIL, [self.REST, discount], [EU, US, NONE])
        assert shape(found) == [(1, "rest", ["eu"]), (1, "rest", ["us", ""])]
        assert [len(stretch.resolution.adjustments) for stretch in found] == [1, 0]

    def test_an_extra_of_some_days_and_some_regions_cuts_nothing_that_a_price_counts(self):
        tax = make("tax", role="extra", matches=(("region", ("eu",)),), valid_from=date(2026, 3, 10))
        found = resolve_combinations(MARCH, APRIL, [self.REST, tax], [EU, US])
        assert shape(found) == [(1, "rest", ["eu", "us"]), (10, "tax", ["eu"])]
        assert [stretch.end for stretch in found] == [APRIL, APRIL]
        assert found[0].resolution.extras == ()

    def test_an_extra_that_fits_nothing_or_ends_before_is_no_stretch(self):
        elsewhere = make("elsewhere", role="extra", matches=(("region", ("ap",)),))
        ended = make("ended", role="extra", valid_to=MARCH)
        assert shape(resolve_combinations(MARCH, APRIL, [self.REST, elsewhere, ended], [EU])) == [(1, "rest", ["eu"])]

    def test_of_several_reasons_why_a_price_lost_the_one_that_says_most_is_told(self):
        # For the rest of the world it does not fit; for Europe, from the 10th on, it is beaten.
        beaten = make("beaten", matches=(("region", ("eu",)),), valid_from=date(2026, 3, 10))
        line = make("line", scope_level="line")
        (stretch,) = resolve_combinations(MARCH, APRIL, [beaten, line], [US, EU])
        assert [reason for _candidate, reason, _facts in stretch.resolution.lost] == ["less_specific_scope"]
        late = make("late", matches=(("region", ("eu",)),), valid_from=date(2026, 3, 10))
        (stretch,) = resolve_combinations(MARCH, APRIL, [late, line], [US])
        assert [reason for _candidate, reason, _facts in stretch.resolution.lost] == ["other_dimension"]

    def test_without_dimensions_there_is_one_combination(self):
        ((stretch, extra)) = resolve_combinations(MARCH, APRIL, [self.REST, make("tax", role="extra")])
        assert (stretch.combinations, extra.combinations) == (((),), ((),))

    def test_within_a_day(self):
        noon = datetime(2026, 3, 1, 12)
        tax = make("tax", role="extra", valid_from=noon, valid_to=date(2026, 3, 2))
        found = resolve_combinations(datetime(2026, 3, 1), datetime(2026, 3, 3), [self.REST, tax])
        assert [(s.start, s.end) for s in found] == [
            (datetime(2026, 3, 1), datetime(2026, 3, 3)),
            (noon, datetime(2026, 3, 2)),
        ]

    def test_a_combination_without_a_price_is_refused_with_its_values(self):
        with pytest.raises(PriceMissing) as refusal:
            resolve_combinations(MARCH, APRIL, [self.IN_EU], [EU, US])
        assert refusal.value.facts["dimensions"] == US

    @given(
        st.lists(
            st.builds(
                make,
                st.integers(0, 999).map(str),
                role=st.sampled_from(["price", "adjust", "extra"]),
                scope_level=st.sampled_from(["line", "customer"]),
                scope_depth=st.just(0),
                matches=st.sampled_from([(), (("region", ("eu",)),), (("region", ("eu", "us")),)]),
                valid_from=st.none() | days,
                valid_to=st.none() | days,
                final=st.booleans(),
            ),
            max_size=6,
        )
    )
    def test_each_combination_is_priced_on_each_day_as_resolve_says(self, rules):
        candidates, regions = [self.REST, *rules], [EU, US, NONE]
        try:
            found = resolve_combinations(MARCH, APRIL, candidates, regions)
        except AmbiguousPrice:
            return
        for day in (MARCH + timedelta(days=count) for count in range(31)):
            for region in regions:
                here = [s.resolution for s in found if s.start <= day < s.end and region in s.combinations]
                expected = resolve(candidates, day, region)
                assert [r.chosen for r in here] == [expected.chosen, *expected.extras]
                assert here[0].adjustments == expected.adjustments
