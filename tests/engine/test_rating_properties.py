"""Properties of prices, against an oracle in Fraction that shares no code with the engine."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from cloud_billing_engine.rating import Exchange, Proration, Tier, difference, rate
from hypothesis import given
from hypothesis import strategies as st
from rating_oracle import oracle_ladder, oracle_round
from rating_samples import cost_plus, make_facts, per_unit
from rating_strategies import any_quantities, decimals, ladders, prices, quantities, rounding_steps


class TestAgainstTheOracle:
    @given(prices, any_quantities, rounding_steps)
    def test_per_unit(self, unit_price, quantity, rounding):
        result = rate(per_unit(unit_price), make_facts(quantity, rounding=rounding))
        expected = Fraction(unit_price) * Fraction(quantity)
        assert Fraction(result.amount_exact) == expected
        assert Fraction(result.amount) == oracle_round(expected, rounding)

    @given(ladders(), any_quantities, rounding_steps)
    def test_graduated(self, terms, quantity, rounding):
        result = rate(terms, make_facts(quantity, rounding=rounding))
        expected = oracle_ladder(terms.tiers, quantity)
        assert Fraction(result.amount_exact) == expected
        assert Fraction(result.amount) == oracle_round(expected, rounding)

    @given(decimals(-(10**9), 10**9, 12), decimals(-100, 1000, 6), decimals(0, 1000, 4), decimals("0.000001", 10**4, 8))
    def test_cost_plus_with_an_exchange(self, cost, percent, fixed, rate_of_exchange):
        exchange = Exchange(rate_of_exchange, "USD", "EUR", "test", make_facts().service_start)
        result = rate(cost_plus(percent, fixed), make_facts(None, cost=cost, exchange=exchange))
        in_euro = Fraction(cost) * Fraction(rate_of_exchange)
        assert Fraction(result.amount_exact) == in_euro * (1 + Fraction(percent) / 100) + Fraction(fixed)

    @given(ladders(), quantities, st.integers(0, 366), st.integers(1, 366), rounding_steps)
    def test_a_share_of_a_period(self, terms, quantity, numerator, denominator, rounding):
        result = rate(terms, make_facts(quantity, proration=Proration(numerator, denominator), rounding=rounding))
        expected = oracle_ladder(terms.tiers, quantity) * Fraction(numerator, denominator)
        assert abs(Fraction(result.amount_exact) - expected) <= Fraction(1, 2 * 10**30)
        assert Fraction(result.amount) == oracle_round(Fraction(result.amount_exact), rounding)
        # No half step can hide between the true share and its 30 decimals: inputs have 24 decimals at the most.
        assert Fraction(result.amount) == oracle_round(expected, rounding)


class TestTheLadder:
    @given(ladders(), any_quantities)
    def test_its_parts_add_up_to_quantity_and_amount(self, terms, quantity):
        result = rate(terms, make_facts(quantity))
        assert sum(part.quantity for part in result.parts if part.label == "tier") == quantity
        assert sum(Fraction(part.amount) for part in result.parts) == Fraction(result.amount_exact)

    @given(ladders(), any_quantities, any_quantities)
    def test_more_never_costs_less(self, terms, first, second):
        low, high = sorted((first, second))
        assert rate(terms, make_facts(low)).amount_exact <= rate(terms, make_facts(high)).amount_exact

    @given(ladders(flat_amounts=False), any_quantities, st.integers(0, 12))
    def test_without_flat_amounts_it_has_no_jumps(self, terms, quantity, places):
        step = Decimal(1).scaleb(-places)
        dearest = max(Fraction(tier.unit_price) for tier in terms.tiers)
        before = Fraction(rate(terms, make_facts(quantity)).amount_exact)
        after = Fraction(rate(terms, make_facts(quantity + step)).amount_exact)
        assert 0 <= after - before <= dearest * Fraction(step)

    @given(ladders(), st.data())
    def test_a_bound_itself_belongs_to_the_lower_tier(self, terms, data):
        bounds = [tier.up_to for tier in terms.tiers if tier.up_to is not None]
        if not bounds:
            return
        number = data.draw(st.integers(1, len(bounds)))
        parts = rate(terms, make_facts(bounds[number - 1])).parts
        assert max(part.tier.number for part in parts) == number

    @given(ladders(), any_quantities)
    def test_one_tier_without_a_flat_amount_is_per_unit(self, terms, quantity):
        unit_price = terms.tiers[0].unit_price
        alone = replace(terms, tiers=(Tier(None, unit_price),))
        assert (
            rate(alone, make_facts(quantity)).amount_exact
            == rate(per_unit(unit_price), make_facts(quantity)).amount_exact
        )


class TestCorrections:
    @given(ladders(), quantities)
    def test_what_was_billed_twice_over_needs_nothing_more(self, terms, quantity):
        now = rate(terms, make_facts(quantity))
        assert difference(now, now.amount, now.quantity).amount == 0


class TestRounding:
    @given(st.lists(st.tuples(prices, any_quantities), min_size=1, max_size=12), rounding_steps, st.randoms())
    def test_regrouping_lines_never_changes_a_total(self, lines, rounding, random):
        amounts = [rate(per_unit(price), make_facts(quantity, rounding=rounding)).amount for price, quantity in lines]
        shuffled = random.sample(amounts, len(amounts))
        cut = random.randint(0, len(amounts))
        assert sum(shuffled[:cut], Decimal(0)) + sum(shuffled[cut:], Decimal(0)) == sum(amounts)
        assert all(amount % rounding == 0 for amount in amounts)

    @given(prices, quantities, rounding_steps)
    def test_a_credit_is_its_charge_with_the_other_sign(self, unit_price, quantity, rounding):
        charge = rate(per_unit(unit_price), make_facts(quantity, rounding=rounding))
        credit = rate(per_unit(unit_price), make_facts(-quantity, rounding=rounding))
        assert credit.amount == -charge.amount
