"""Workings and statement are written when they are read: whoever reads them, and whenever, reads the same."""

import copy
import json
import pickle
from dataclasses import FrozenInstanceError, replace
from datetime import date
from decimal import Decimal, localcontext

import pytest
from cloud_billing_engine.rating import (
    Adjustment,
    Conversion,
    Exchange,
    Grant,
    RatedPart,
    RatedResult,
    Terms,
    bill_in,
    difference,
    rate,
)
from hypothesis import given
from hypothesis import strategies as st
from rating_samples import RULE, graduated, make_facts, per_unit
from rating_strategies import any_quantities, decimals, ladders, rounding_steps

LADDER = graduated(("1000", "0.10", "5"), ("5000", "0.08"), (None, "0.05"))
AROUND = replace(LADDER, conversion=Conversion(denominator=Decimal(7), unit="day"), maximum=Decimal(300))
CHANGES = (
    Adjustment(rule=RULE, percent=Decimal("-12.5")),
    Adjustment(rule=RULE, percent=Decimal(-10), limit=Decimal(20), label="Promo", is_discount=True),
)
DOLLARS = Exchange(Decimal("1.0837"), "EUR", "USD", "ECB", date(2026, 3, 31))


def rate_everything():
    facts = make_facts("40000.123", grants=(Grant(1, "Included", Decimal(100)),))
    return rate(AROUND, facts, adjustments=CHANGES)


def as_json(result):
    return json.dumps([result.workings, result.statement])


def is_written(result):
    return {"workings", "statement"} & set(vars(result))


class TestAPriceThatIsAskedForItsAmount:
    def test_has_written_nothing(self):
        result = rate_everything()
        assert result.amount > 0
        assert result.parts
        assert result.granted
        assert repr(result)
        assert not is_written(result)

    def test_writes_each_view_by_itself_and_once(self):
        result = rate_everything()
        statement = result.statement
        assert is_written(result) == {"statement"}
        assert result.statement is statement
        assert result.workings is result.workings

    def test_tells_a_view_without_keeping_it(self):
        result = rate_everything()
        told = [result.tell(name) for name in ("workings", "statement")]
        assert not is_written(result)
        assert told == [result.workings, result.statement]
        assert result.tell("workings") is result.workings


class TestAPriceThatIsRead:
    def test_says_the_same_late_as_at_once(self):
        result, again = rate_everything(), rate_everything()
        at_once = as_json(again)
        # What came in between was rated with the same terms and changes.
        rate(AROUND, make_facts("3"), adjustments=CHANGES)
        assert as_json(result) == at_once

    def test_says_the_same_in_another_decimal_context(self):
        result, again = rate(LADDER, make_facts("1234.56789")), rate(LADDER, make_facts("1234.56789"))
        with localcontext() as context:
            context.prec = 3
            narrow = as_json(result)
        assert narrow == as_json(again)
        # 1000 x 0.10 + 5 and 234.56789 x 0.08
        assert [tier["amount"] for tier in result.statement["tiers"]] == ["105.00", "18.7654312"]

    def test_has_every_digit_of_a_sum_of_sixty_digits(self):
        # In one tier a price of 10^-30 a unit beside a flat amount of 10^20: 51 digits.
        terms = graduated((None, "0." + "0" * 29 + "1", "1" + "0" * 20))
        amount = rate(terms, make_facts("3")).statement["tiers"][0]["amount"]
        assert amount == "1" + "0" * 20 + "." + "0" * 29 + "3"

    def test_cannot_be_changed(self):
        result = rate_everything()
        with pytest.raises(FrozenInstanceError):
            result.workings = {}
        with pytest.raises(AttributeError, match="has no margin"):
            _ = result.margin


class TestTwoPrices:
    def test_are_equal_where_all_they_say_is(self):
        assert rate_everything() == rate_everything()

    def test_are_not_where_their_rules_differ(self):
        other = replace(LADDER, rule=replace(RULE, rule_id=8))
        one, two = rate(LADDER, make_facts("5")), rate(other, make_facts("5"))
        assert one.amount == two.amount
        assert one != two

    def test_are_not_where_another_statement_was_put_in_place(self):
        result = rate_everything()
        changed = replace(result, statement={**result.statement, "unit": "week"})
        assert changed != result
        assert changed.statement["unit"] == "week"
        assert changed.workings == result.workings

    def test_are_equal_however_they_were_made(self):
        result = rate_everything()
        values = {name: getattr(result, name) for name in RatedResult.__dataclass_fields__}
        assert RatedResult(**values) == result


class TestACopy:
    @pytest.mark.parametrize("is_read_before", [False, True])
    @pytest.mark.parametrize("take", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
    def test_is_the_same_price_and_holds_what_is_written_only(self, take, is_read_before):
        result = rate_everything()
        if is_read_before:
            as_json(result)
        copied = take(result)
        assert set(vars(copied)) == set(RatedResult.__dataclass_fields__)
        assert copied == result
        assert as_json(copied) == as_json(result)

    def test_of_a_price_by_another_modules_function_is_written_without_it(self):
        result = rate(Terms("own"), make_facts("2"), pricer=lambda terms, facts: [RatedPart("own", Decimal(4))])
        copied = pickle.loads(pickle.dumps(result))
        assert copied.workings["steps"][0]["parts"][0]["label"] == "own"


class TestWhatIsMadeOfAPrice:
    def test_is_the_same_whether_that_was_read_before(self):
        read, unread = rate_everything(), rate_everything()
        as_json(read)
        for make in (
            lambda result: bill_in(result, DOLLARS, Decimal("0.01")),
            lambda result: difference(result, Decimal("12.34"), Decimal(5)),
        ):
            assert as_json(make(read)) == as_json(make(unread))


@given(ladders(), st.lists(st.tuples(any_quantities, rounding_steps), min_size=1, max_size=5), decimals(-100, 100, 3))
def test_prices_that_are_read_in_turn_or_at_the_end_say_the_same(terms, given, percent):
    changes = (Adjustment(rule=RULE, percent=percent, label="Change"),)

    def price(quantity, rounding):
        return rate(terms, make_facts(str(quantity), rounding=rounding), adjustments=changes)

    in_turn = [as_json(price(*one)) for one in given]
    at_the_end = [price(*one) for one in given]
    assert [as_json(result) for result in reversed(at_the_end)] == in_turn[::-1]
    assert json.loads(in_turn[0])[1]["amount"] == str(at_the_end[0].amount)


def test_a_unit_goes_with_the_quantity():
    assert rate(per_unit("2"), make_facts("3", unit="seat")).unit == "seat"
    assert rate_everything().unit == "day"
    assert difference(rate_everything(), Decimal(0), None).unit == "day"
