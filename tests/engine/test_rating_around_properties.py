"""Properties of the steps around a charge model, against an oracle in Fraction that shares no code with the engine."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from cloud_billing_engine.numbers import exact
from cloud_billing_engine.rating import (
    Adjustment,
    Commitment,
    Conversion,
    Grant,
    Proration,
    difference,
    rate,
    share_out,
    split_bundle,
    true_up,
)
from cloud_billing_engine.rating.wire import handle
from hypothesis import given
from hypothesis import strategies as st
from rating_samples import RULE, make_facts, per_unit
from test_rating_properties import decimals, ladders, oracle_ladder, oracle_round, rounding_steps

MARCH = date(2026, 3, 1)
quantities = st.one_of(decimals(0, 10**15, 6), decimals(0, 5000, 0), decimals(0, 5000, 2))
any_quantities = st.one_of(quantities, quantities.map(lambda quantity: -quantity))
money = st.one_of(decimals(0, 10**6, 2), decimals(0, 100, 4))
shares = st.one_of(st.none(), st.builds(Proration, st.integers(0, 31), st.sampled_from([28, 30, 31])))
conversions = st.builds(
    Conversion,
    numerator=st.sampled_from([Decimal(1), Decimal(10), Decimal("1000000000"), Decimal("0.001")]),
    denominator=st.sampled_from([Decimal(1), Decimal(3), Decimal(60), Decimal(2**30), Decimal(7)]),
    rounding=st.sampled_from(["none", "up", "down", "half_up"]),
    step=st.sampled_from([Decimal(1), Decimal("0.25"), Decimal(100)]),
    is_cumulative=st.booleans(),
)
grants = st.lists(decimals(0, 10000, 3), max_size=3).map(
    lambda sizes: tuple(Grant(number, "Included", size) for number, size in enumerate(sizes))
)
price_changes = st.one_of(
    st.builds(lambda percent: Adjustment(rule=RULE, percent=percent), decimals(-100, 200, 3)),
    st.builds(lambda amount: Adjustment(rule=RULE, amount=amount), decimals(-1000, 1000, 3)),
)


def discount(percent=None, amount=None, limit=None, number=0):
    rule = replace(RULE, rule_id=number)
    return Adjustment(rule=rule, percent=percent, amount=amount, limit=limit, is_discount=True)


limits = st.one_of(st.none(), decimals(0, 10000, 2))
discounts = st.one_of(
    st.builds(discount, percent=decimals(-100, 0, 3), limit=limits),
    st.builds(discount, amount=decimals(-1000, 0, 3), limit=limits),
)
bounds = st.tuples(st.one_of(st.none(), money), st.one_of(st.none(), money)).map(
    lambda pair: pair if None in pair else (max(pair), min(pair))
)


@st.composite
def prices(draw):
    """Terms with everything around a ladder."""
    maximum, minimum = draw(bounds)
    return replace(
        draw(ladders()),
        conversion=draw(st.one_of(st.none(), conversions)),
        maximum=maximum,
        minimum=minimum,
        is_minimum_prorated=draw(st.booleans()),
    )


# -- the oracle ------------------------------------------------------------------------------------------------------
def oracle_convert(conversion, quantity):
    if conversion is None:
        return Fraction(quantity)
    exact = Fraction(quantity) * Fraction(conversion.numerator) / Fraction(conversion.denominator)
    if conversion.rounding == "none":
        return exact
    steps = abs(exact) / Fraction(conversion.step)
    count = {"up": ceil(steps), "down": floor(steps), "half_up": floor(steps + Fraction(1, 2))}[conversion.rounding]
    return count * Fraction(conversion.step) * (1 if exact >= 0 else -1)


def oracle_price(terms, quantity, included, adjustments, share, rounding):
    """The amount, unrounded, of a measured quantity; nothing of it is prorated but amounts."""
    part = Fraction(share.numerator, share.denominator) if share else Fraction(1)
    rest = oracle_convert(terms.conversion, quantity)
    for grant in included:
        rest -= max(min(rest, Fraction(grant.quantity)), 0)
    due = oracle_ladder(terms.tiers, rest)
    ordered = sorted(adjustments, key=lambda one: (one.is_discount, bool(one.is_discount and oracle_ends(one))))
    for one in ordered:
        due = oracle_change(due, one, part, rounding)
    bound = part if terms.is_minimum_prorated else 1
    if terms.maximum is not None:
        highest = Fraction(terms.maximum) * bound
        due = max(-highest, min(due, highest))
    if terms.minimum is not None:
        lowest = Fraction(terms.minimum) * bound
        due = due + lowest if due < 0 else max(due, lowest)
    return due


def oracle_ends(one):
    return one.amount is not None or one.limit is not None


def oracle_change(due, one, part, rounding):
    if not one.is_discount:
        return due * (1 + Fraction(one.percent) / 100) if one.percent is not None else due + Fraction(one.amount) * part
    if one.percent is not None:
        off = -due * Fraction(one.percent) / 100
    else:
        off = max(min(-Fraction(one.amount) * part, due), 0)
    if one.limit is not None:
        limit = floor(Fraction(one.limit) / Fraction(rounding)) * Fraction(rounding)
        off = max(-limit, min(off, limit))
    return due - off


def add(*numbers):
    """The sum of what is not None, with every digit: Python's own context keeps 28."""
    with exact():
        return sum((number for number in numbers if number is not None), Decimal(0))


def near(left, right):
    """Shares of a period are kept to 30 decimals, and multiplied with quantities of 15 digits at the most."""
    return abs(Fraction(left) - right) <= Fraction(1, 10**9)


class TestAgainstTheOracle:
    @given(prices(), any_quantities, grants, st.lists(st.one_of(price_changes, discounts), max_size=4), rounding_steps)
    def test_all_steps_together(self, terms, quantity, included, adjustments, rounding):
        facts = make_facts(quantity, grants=included, rounding=rounding)
        result = rate(terms, facts, adjustments=adjustments)
        expected = oracle_price(terms, quantity, included, adjustments, None, rounding)
        if terms.conversion is None or terms.conversion.rounding != "none":
            assert Fraction(result.amount_exact) == expected
        assert near(result.amount_exact, expected)
        assert Fraction(result.amount) == oracle_round(Fraction(result.amount_exact), rounding)

    @given(prices(), any_quantities, st.lists(st.one_of(price_changes, discounts), max_size=4), shares, rounding_steps)
    def test_a_share_of_the_period(self, terms, quantity, adjustments, share, rounding):
        facts = make_facts(quantity, period_share=share, rounding=rounding)
        result = rate(terms, facts, adjustments=adjustments)
        assert near(result.amount_exact, oracle_price(terms, quantity, (), adjustments, share, rounding))
        assert Fraction(result.amount) == oracle_round(Fraction(result.amount_exact), rounding)

    @given(conversions, any_quantities)
    def test_a_rounded_quantity(self, conversion, quantity):
        result = rate(replace(per_unit(Decimal(1)), conversion=conversion), make_facts(quantity))
        expected = oracle_convert(conversion, quantity)
        if conversion.rounding != "none":
            assert Fraction(result.quantity) == expected
        assert abs(Fraction(result.quantity) - expected) <= Fraction(1, 10**30)


class TestMaximumAndMinimum:
    @given(prices(), quantities, st.lists(st.one_of(price_changes, discounts), max_size=3))
    def test_hold_whatever_is_adjusted(self, terms, quantity, adjustments):
        amount = rate(terms, make_facts(quantity), adjustments=adjustments).amount
        if terms.maximum is not None:
            assert amount <= terms.maximum + Decimal("0.005")
        if terms.minimum is not None and not any(one.percent is None for one in adjustments if not one.is_discount):
            assert amount >= terms.minimum - Decimal("0.005")

    @given(prices())
    def test_without_usage_the_minimum_alone_is_due(self, terms):
        due = rate(terms, make_facts(None), adjustments=[discount(percent=Decimal(-50))]).amount_exact
        assert due == (terms.minimum or 0)


class TestACounter:
    @given(ladders(), st.lists(any_quantities, min_size=1, max_size=6), st.data(), rounding_steps)
    def test_any_split_of_the_usage_adds_up_to_the_whole(self, terms, split, data, rounding):
        conversion = replace(data.draw(conversions), is_cumulative=True)
        terms = replace(terms, conversion=data.draw(st.sampled_from([None, conversion])))
        changes = [
            Adjustment(rule=RULE, percent=data.draw(decimals(-100, 100, 2))),
            discount(percent=data.draw(decimals(-100, 0, 2))),
        ]
        carried, results = None, []
        for quantity in split:
            facts = make_facts(quantity, carried=carried, rounding=rounding)
            results.append(rate(terms, facts, adjustments=changes))
            carried = add(carried, quantity)
        whole = rate(terms, make_facts(carried, rounding=rounding), adjustments=changes)
        assert add(*(result.amount for result in results)) == whole.amount
        assert add(*(result.quantity for result in results)) == whole.quantity
        assert add(*(result.counted for result in results)) == whole.counted
        counted = [part.quantity for result in results for part in result.parts if part.label == "tier"]
        assert add(*counted) == whole.quantity

    @given(ladders(), st.lists(quantities, min_size=1, max_size=6), conversions, grants)
    def test_rounded_each_with_what_is_included_it_goes_on_from_what_was_counted(
        self, terms, split, conversion, included
    ):
        terms = replace(terms, conversion=replace(conversion, is_cumulative=False, rounding="up"))
        carried, counted, amount, left = None, None, Decimal(0), included
        for quantity in split:
            result = rate(terms, make_facts(quantity, carried=carried, carried_counted=counted, grants=left))
            carried, counted = add(carried, quantity), add(counted, result.counted)
            amount = add(amount, result.amount)
            used = dict(result.granted)
            left = tuple(replace(grant, quantity=grant.quantity - used.get(grant.key, 0)) for grant in left)
        alone = replace(terms, conversion=None)
        assert amount == rate(alone, make_facts(counted)).amount


class TestIncludedQuantities:
    @given(any_quantities, grants)
    def test_what_is_used_is_never_more_than_is_there_and_the_rest_is_paid(self, quantity, included):
        result = rate(per_unit(Decimal(1)), make_facts(quantity, grants=included))
        used = dict(result.granted)
        for grant in included:
            assert 0 <= used.get(grant.key, 0) <= grant.quantity
        assert add(*used.values(), result.counted) == quantity
        assert sum(used.values()) == min(max(quantity, 0), sum(grant.quantity for grant in included))

    @given(st.lists(st.one_of(st.none(), quantities), max_size=6), grants)
    def test_shared_by_several_charges_it_is_the_same_as_for_all_together(self, split, included):
        answers = share_out(split, included, MARCH)
        used = [sum(one.used for one in drawn) for _rest, drawn in answers]
        for quantity, own, (rest, _drawn) in zip(split, used, answers, strict=True):
            assert rest is None if quantity is None else rest + own == quantity
        total = sum(quantity for quantity in split if quantity is not None)
        assert sum(used) == min(total, sum(grant.quantity for grant in included))


class TestDiscounts:
    @given(
        prices(), st.lists(any_quantities, min_size=1, max_size=5), decimals(0, 1000, 2), st.booleans(), rounding_steps
    )
    def test_a_coupon_is_never_used_beyond_its_limit_and_adds_up_with_the_invoices(
        self, terms, split, limit, is_percentage, rounding
    ):
        change = {"percent": Decimal(-30)} if is_percentage else {"amount": Decimal("-77.77")}
        left = limit
        for quantity in split:
            facts = make_facts(quantity, rounding=rounding)
            result = rate(terms, facts, adjustments=[discount(**change, limit=left)])
            saved = rate(terms, facts).amount - result.amount
            taken = sum(amount for _rule, amount in result.discounts)
            assert taken == saved
            assert abs(taken) <= left
            # What a credit gives back was taken before, or a coupon would grow.
            left -= max(taken, 0)
            assert left >= 0

    @given(quantities, decimals(0, 100, 4), decimals(-100, 0, 2), limits, money, rounding_steps)
    def test_a_credit_gives_back_what_was_charged(self, quantity, price, percent, limit, maximum, rounding):
        terms = replace(per_unit(price), maximum=maximum)
        changes = [Adjustment(rule=RULE, percent=Decimal(7)), discount(percent=percent, limit=limit)]
        charge = rate(terms, make_facts(quantity, rounding=rounding), adjustments=changes)
        credit = rate(terms, make_facts(-quantity, rounding=rounding), adjustments=changes)
        assert credit.amount == -charge.amount
        assert [amount for _rule, amount in credit.discounts] == [-amount for _rule, amount in charge.discounts]

    @given(quantities, st.lists(discounts, max_size=4))
    def test_a_charge_never_goes_through_zero(self, quantity, changes):
        assert rate(per_unit(Decimal("0.5")), make_facts(quantity), adjustments=changes).amount >= 0


class TestCorrections:
    @given(prices(), st.lists(any_quantities, min_size=1, max_size=5), grants, decimals(0, 1000, 2))
    def test_a_charge_and_its_corrections_add_up_to_the_whole(self, terms, arrivals, included, limit):
        coupon = [discount(percent=Decimal(-30), limit=limit, number="coupon")]
        amount, quantity, known = Decimal(0), None, Decimal(0)
        granted, taken, counted = {}, {}, None
        for arrival in arrivals:
            known = add(known, arrival)
            now = rate(terms, make_facts(known, grants=included), adjustments=coupon)
            one = difference(now, amount, quantity, granted.items(), taken.items(), counted)
            amount = add(amount, one.amount)
            quantity, counted = add(quantity, one.quantity), add(counted, one.counted)
            for sums, pairs in ((granted, one.granted), (taken, one.discounts)):
                for key, value in pairs:
                    sums[key] = add(sums.get(key), value)
            assert (amount, quantity, counted) == (now.amount, now.quantity, now.counted)
            assert {key: value for key, value in granted.items() if value} == dict(now.granted)
            assert {key: value for key, value in taken.items() if value} == dict(now.discounts)


class TestWorkings:
    @given(
        prices(), any_quantities, st.one_of(st.none(), quantities), grants,
        st.lists(st.one_of(price_changes, discounts), max_size=3), shares,
    )  # fmt: skip
    def test_stored_they_rate_again_to_the_same(self, terms, quantity, carried, included, adjustments, share):
        if terms.conversion is not None:
            terms = replace(terms, conversion=replace(terms.conversion, is_cumulative=True))
        facts = make_facts(quantity, carried=carried, grants=included, period_share=share)
        result = rate(terms, facts, adjustments=adjustments)
        stored = json.loads(json.dumps(result.workings))
        keys = ("rule", "terms", "facts", "adjustments")
        again = handle({key: stored[key] for key in keys if key in stored})
        assert (again["workings"], again["statement"]) == (result.workings, result.statement)


class TestTrueUps:
    @given(money, decimals(-(10**6), 10**6, 2), shares, rounding_steps)
    def test_what_was_billed_and_the_true_up_reach_the_minimum(self, minimum, billed, share, rounding):
        agreed = Commitment(
            minimum=minimum,
            billed=billed,
            currency="EUR",
            rounding=rounding,
            service_start=MARCH,
            service_end=date(2026, 4, 1),
            proration=share,
        )
        result = true_up(agreed)
        due = Fraction(minimum) * (Fraction(share.numerator, share.denominator) if share else 1)
        expected = max(due - max(Fraction(billed), 0), 0)
        assert abs(Fraction(result.amount_exact) - expected) <= Fraction(1, 10**30)
        assert Fraction(result.amount) == oracle_round(Fraction(result.amount_exact), rounding)
        assert true_up(replace(agreed, billed=max(billed, Decimal(0)) + result.amount)).amount <= rounding


class TestBundles:
    @given(
        st.integers(-(10**12), 10**12),
        st.lists(st.one_of(decimals(0, 10**6, 4), st.just(Decimal(0))), min_size=1, max_size=8),
        rounding_steps,
    )
    def test_parts_add_up_and_are_within_a_step_of_their_share(self, steps, prices, rounding):
        amount = steps * rounding
        parts = split_bundle(amount, prices, rounding)
        assert sum(parts) == amount
        weights = prices if any(prices) else [Decimal(1)] * len(prices)
        total = sum(map(Fraction, weights))
        for part, weight in zip(parts, weights, strict=True):
            assert part % rounding == 0
            assert abs(Fraction(part) - Fraction(amount) * Fraction(weight) / total) < Fraction(rounding)
            assert weight or not part
        assert split_bundle(-amount, prices, rounding) == tuple(-part for part in parts)

    @given(st.integers(0, 10**9), st.lists(decimals(0, 1000, 2), min_size=2, max_size=6), st.randoms())
    def test_where_no_two_lost_alike_the_order_of_parts_does_not_matter(self, cents, prices, random):
        amount, total = cents * Decimal("0.01"), sum(prices)
        rests = {cents * Fraction(price) % Fraction(total) for price in prices} if total else set()
        if len(rests) < len(prices):
            return
        shuffled = random.sample(prices, len(prices))
        split = split_bundle(amount, prices, Decimal("0.01"))
        again = split_bundle(amount, shuffled, Decimal("0.01"))
        assert sorted(zip(prices, split, strict=True)) == sorted(zip(shuffled, again, strict=True))
