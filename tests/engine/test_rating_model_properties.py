"""Properties of every charge model that has no file of its own, against an oracle in Fraction that shares no code."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from cloud_billing_engine.rating import FactsError, difference, rate
from hypothesis import assume, given
from hypothesis import strategies as st
from rating_oracle import (
    oracle_blocks,
    oracle_cell,
    oracle_events,
    oracle_round,
    oracle_stairstep,
    oracle_value_ladder,
    oracle_volume,
)
from rating_samples import make_facts, make_terms
from rating_strategies import (
    any_quantities,
    decimals,
    event_values,
    ladders,
    matrices,
    money,
    packages,
    percentages,
    quantities,
    rounding_steps,
    shares,
    stairs,
    value_ladders,
    volumes,
)


def exactly(terms, quantity):
    return rate(terms, make_facts(quantity)).amount_exact


def of_value(terms, value, **facts):
    return rate(terms, make_facts(None, value=value, **facts))


def of_events(terms, events):
    return rate(terms, make_facts(str(len(events)), events=tuple(events)))


class TestVolume:
    @given(volumes, any_quantities, rounding_steps)
    def test_as_the_oracle_says(self, terms, quantity, rounding):
        result = rate(terms, make_facts(quantity, rounding=rounding))
        expected = oracle_volume(terms.tiers, quantity)
        assert Fraction(result.amount_exact) == expected
        assert Fraction(result.amount) == oracle_round(expected, rounding)

    @given(volumes, any_quantities)
    def test_one_part_holds_the_whole_quantity(self, terms, quantity):
        assert [part.quantity for part in rate(terms, make_facts(quantity)).parts if part.label == "tier"] == [quantity]

    @given(volumes, any_quantities, any_quantities)
    def test_within_a_tier_more_never_costs_less(self, terms, first, second):
        low, high = sorted((first, second))
        cheap, dear = (rate(terms, make_facts(quantity)) for quantity in (low, high))
        assume(cheap.parts[0].tier.number == dear.parts[0].tier.number)
        assert cheap.amount_exact <= dear.amount_exact

    @given(volumes, quantities, quantities)
    def test_where_prices_rise_more_never_costs_less(self, terms, first, second):
        tiers = sort_prices(terms.tiers, lambda tier: (tier.unit_price, tier.flat_amount))
        rising = replace(terms, tiers=tiers)
        low, high = sorted((first, second))
        assert exactly(rising, low) <= exactly(rising, high)

    @given(ladders(flat_amounts=False), quantities)
    def test_where_prices_fall_it_is_never_dearer_than_graduated_and_where_they_rise_never_cheaper(
        self, terms, quantity
    ):
        rising = replace(terms, tiers=sort_prices(terms.tiers, lambda tier: tier.unit_price))
        falling = replace(terms, tiers=sort_prices(terms.tiers, lambda tier: -tier.unit_price))
        volume = "volume"
        assert exactly(replace(rising, charge_model=volume), quantity) >= exactly(rising, quantity)
        assert exactly(replace(falling, charge_model=volume), quantity) <= exactly(falling, quantity)


def sort_prices(tiers, key):
    """The same bounds with the prices in another order."""
    flats = sorted(tier.flat_amount for tier in tiers)
    ordered = sorted(tiers, key=key)
    return tuple(
        replace(tier, unit_price=source.unit_price, flat_amount=flat)
        for tier, source, flat in zip(tiers, ordered, flats, strict=True)
    )


class TestStairstep:
    @given(stairs, any_quantities, rounding_steps)
    def test_as_the_oracle_says(self, terms, quantity, rounding):
        result = rate(terms, make_facts(quantity, rounding=rounding))
        expected = oracle_stairstep(terms.tiers, quantity)
        assert Fraction(result.amount_exact) == expected
        assert Fraction(result.amount) == oracle_round(expected, rounding)

    @given(stairs, any_quantities)
    def test_it_is_always_nothing_or_one_of_its_steps(self, terms, quantity):
        result = rate(terms, make_facts(quantity))
        assert result.amount_exact in {Decimal(0), *(tier.flat_amount for tier in terms.tiers)}
        assert [part.quantity for part in result.parts] == [quantity]


class TestPackage:
    @given(packages, any_quantities, rounding_steps)
    def test_as_the_oracle_says(self, terms, quantity, rounding):
        result = rate(terms, make_facts(quantity, rounding=rounding))
        blocks = oracle_blocks(quantity, terms.free_units or 0, terms.block_size, terms.block_rounding)
        assert Fraction(dict(result.parts[0].details)["blocks"]) == blocks
        assert Fraction(result.amount_exact) == blocks * Fraction(terms.unit_price)
        assert Fraction(result.amount) == oracle_round(blocks * Fraction(terms.unit_price), rounding)

    @given(packages, any_quantities, any_quantities)
    def test_more_never_costs_less(self, terms, first, second):
        low, high = sorted((first, second))
        assert exactly(terms, low) <= exactly(terms, high)

    @given(packages, any_quantities)
    def test_up_is_down_or_one_block_more(self, terms, quantity):
        up, down = (exactly(replace(terms, block_rounding=way), quantity) for way in ("up", "down"))
        assert up - down in (0, terms.unit_price)

    @given(packages, quantities)
    def test_blocks_cover_what_is_paid_and_no_block_is_too_much(self, terms, quantity):
        blocks = dict(rate(replace(terms, block_rounding="up"), make_facts(quantity)).parts[0].details)["blocks"]
        paid = max(Fraction(0), Fraction(quantity) - Fraction(terms.free_units or 0))
        assert (Fraction(blocks) - 1) * Fraction(terms.block_size) < max(paid, Fraction(1, 10**40))
        assert Fraction(blocks) * Fraction(terms.block_size) >= paid

    @given(packages, any_quantities)
    def test_the_part_says_the_whole_quantity(self, terms, quantity):
        assert [part.quantity for part in rate(terms, make_facts(quantity)).parts] == [quantity]


class TestPercentage:
    @given(percentages(), st.lists(event_values, max_size=8), rounding_steps)
    def test_as_the_oracle_says(self, terms, events, rounding):
        result = rate(terms, make_facts("0", events=tuple(events), value=sum(events, Decimal(0)), rounding=rounding))
        # A free amount alone works on the total: a refund and the payment that it refunds are one event of nothing.
        is_by_event = any(
            term is not None
            for term in (terms.fixed_per_event, terms.free_events, terms.event_minimum, terms.event_maximum)
        )
        priced = events if is_by_event or not events else [sum(events, Decimal(0))]
        expected = sum((fee for _value, fee, _is_free in oracle_events(terms, priced)), Fraction(0))
        assert Fraction(result.amount_exact) == expected
        assert Fraction(result.amount) == oracle_round(expected, rounding)

    @given(percentages(), money)
    def test_minimum_and_maximum_hold_for_each_event(self, terms, value):
        terms = replace(terms, free_events=None, free_amount=None)
        amount = of_events(terms, [value]).amount_exact
        assert terms.event_minimum is None or amount >= terms.event_minimum
        assert terms.event_maximum is None or amount <= terms.event_maximum

    @given(percentages(), money)
    def test_a_refund_gives_back_at_most_the_maximum(self, terms, value):
        amount = of_events(terms, [-value]).amount_exact if value else Decimal(0)
        assert amount <= 0
        assert terms.event_maximum is None or amount >= -terms.event_maximum

    @given(percentages(), st.lists(event_values, max_size=6), money)
    def test_another_payment_never_lowers_the_price(self, terms, events, value):
        assert of_events(terms, [*events, value]).amount_exact >= of_events(terms, events).amount_exact

    @given(
        decimals(0, 100, 4), st.one_of(st.none(), decimals(0, 3000, 2)), st.lists(event_values, min_size=1, max_size=6)
    )
    def test_without_terms_for_single_events_their_sum_is_enough_and_their_order_does_not_matter(
        self, percent, free, events
    ):
        terms = make_terms("percentage", percent=percent, free_amount=free)
        total = sum(events, Decimal(0))
        assert of_value(terms, total).amount_exact == of_events(terms, events).amount_exact
        single = replace(terms, event_minimum=Decimal(0))
        if all(value >= 0 for value in events):
            assert of_events(single, events).amount_exact == of_value(terms, total).amount_exact

    @given(percentages(), st.lists(event_values, max_size=8))
    def test_free_and_charged_events_and_values_add_up(self, terms, events):
        terms = replace(terms, fixed_per_event=Decimal("0.30"))
        result = of_events(terms, events)
        if not events:
            return
        percentage = dict(result.parts[0].details)
        answers = oracle_events(terms, events)
        assert percentage["value"] == sum(events)
        counted = [dict(part.details) for part in result.parts if part.label == "event_fixed"]
        charged = [value for value, _fee, is_free in answers if value >= 0 and not is_free]
        assert [one["events"] for one in counted] == ([len(charged)] if charged else [])
        if counted:
            assert counted[0]["free_events"] == sum(is_free for _value, _fee, is_free in answers)


class TestGraduatedPercentage:
    @given(value_ladders, any_quantities, rounding_steps)
    def test_as_the_oracle_says(self, terms, value, rounding):
        result = of_value(terms, value, rounding=rounding)
        expected = oracle_value_ladder(terms.tiers, value)
        assert Fraction(result.amount_exact) == expected
        assert Fraction(result.amount) == oracle_round(expected, rounding)

    @given(value_ladders, any_quantities)
    def test_its_parts_add_up_to_value_and_amount(self, terms, value):
        result = of_value(terms, value)
        assert sum(dict(part.details)["value"] for part in result.parts if part.label == "value_tier") == value
        assert sum(Fraction(part.amount) for part in result.parts) == Fraction(result.amount_exact)

    @given(value_ladders, any_quantities, any_quantities)
    def test_more_never_costs_less(self, terms, first, second):
        low, high = sorted((first, second))
        assert of_value(terms, low).amount_exact <= of_value(terms, high).amount_exact

    @given(value_ladders, any_quantities, st.integers(0, 12))
    def test_without_flat_amounts_it_has_no_jumps(self, terms, value, places):
        terms = replace(terms, tiers=tuple(replace(tier, flat_amount=Decimal(0)) for tier in terms.tiers))
        step = Decimal(1).scaleb(-places)
        dearest = max(Fraction(tier.percent) for tier in terms.tiers) / 100
        before, after = (Fraction(of_value(terms, one).amount_exact) for one in (value, value + step))
        assert 0 <= after - before <= dearest * Fraction(step)


class TestMatrix:
    @given(matrices(), shares, rounding_steps)
    def test_as_the_oracle_says_or_refused_where_it_knows_no_price(self, terms, dimensions, rounding):
        quantity = sum((share.quantity for share in dimensions), Decimal(0))
        facts = make_facts(quantity, dimensions=dimensions, rounding=rounding)
        prices = [(Fraction(share.quantity), oracle_cell(terms, dict(share.values))) for share in dimensions]
        if any(price is None and amount for amount, price in prices):
            with pytest.raises(FactsError, match="no_cell"):
                rate(terms, facts)
            return
        result = rate(terms, facts)
        expected = sum((amount * (price or 0) for amount, price in prices), Fraction(0))
        assert Fraction(result.amount_exact) == expected
        assert Fraction(result.amount) == oracle_round(expected, rounding)
        assert sum(part.quantity for part in result.parts) == quantity

    @given(matrices(), shares, st.randoms())
    def test_the_order_of_shares_does_not_matter(self, terms, dimensions, random):
        terms = replace(terms, rest_price=Decimal(1))
        quantity = sum((share.quantity for share in dimensions), Decimal(0))
        shuffled = tuple(random.sample(dimensions, len(dimensions)))
        first, second = (rate(terms, make_facts(quantity, dimensions=one)) for one in (dimensions, shuffled))
        assert (first.amount_exact, first.statement["rows"]) == (second.amount_exact, second.statement["rows"])


class TestDynamic:
    @given(any_quantities, any_quantities, rounding_steps)
    def test_the_value_is_the_price(self, quantity, value, rounding):
        result = rate(make_terms("dynamic"), make_facts(quantity, value=value, rounding=rounding))
        assert result.amount_exact == value
        assert Fraction(result.amount) == oracle_round(Fraction(value), rounding)


@given(
    st.one_of(ladders(), volumes, stairs, packages), st.lists(any_quantities, min_size=1, max_size=5), rounding_steps
)
def test_a_charge_and_its_corrections_always_equal_the_price_of_the_whole(terms, arrivals, rounding):
    billed_amount, billed_quantity, known = Decimal(0), None, Decimal(0)
    for arrival in arrivals:
        known += arrival
        now = rate(terms, make_facts(known, rounding=rounding))
        correction = difference(now, billed_amount, billed_quantity)
        billed_amount += correction.amount
        billed_quantity = (billed_quantity or Decimal(0)) + correction.quantity
        assert (billed_amount, billed_quantity) == (now.amount, known)
        assert billed_amount % rounding == 0


@given(st.one_of(ladders(), volumes, stairs, packages), quantities)
def test_the_customers_rows_add_up_to_the_amount(terms, quantity):
    result = rate(terms, make_facts(quantity))
    statement = result.statement
    shown = [*statement["tiers"], *statement["rows"]]
    if statement["unit_price"] is None:
        assert sum(Fraction(row["amount"]) for row in shown) == Fraction(result.amount_exact)
    else:
        assert Fraction(statement["unit_price"]) * Fraction(statement["quantity"]) == Fraction(result.amount_exact)
