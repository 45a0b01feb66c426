"""The price of a set: added up, discounted, rounded once, split on its parts without losing a cent."""

from decimal import Decimal
from fractions import Fraction

import pytest
from cloud_billing_engine.rating import FactsError, Proration, SetDiscount, describe_set, price_set
from cloud_billing_engine.rating.wire import handle
from hypothesis import given
from hypothesis import strategies as st

CENT = Decimal("0.01")
MONEY = st.decimals(0, 10**6, places=4)


def numbers(*texts):
    return tuple(map(Decimal, texts))


class TestOnePriceForTheSet:
    def test_is_split_by_the_stand_alone_prices(self):
        # 100 x 60 / 110 = 54.5454..., x 30 / 110 = 27.2727..., x 20 / 110 = 18.1818...: the cent left goes to the first
        price = price_set(numbers("100.00"), CENT, weights=numbers("60", "30", "20"))
        assert price.shares == numbers("54.55", "27.27", "18.18")
        assert price.amount == Decimal("100.00")

    def test_has_unrounded_shares_too_of_which_days_are_a_part(self):
        price = price_set(numbers("100.00"), CENT, weights=numbers("60", "30", "20"))
        assert [round(share, 4) for share in price.exact_shares] == [*numbers("54.5455", "27.2727", "18.1818")]
        assert abs(sum(price.exact_shares) - 100) < Decimal("1e-25")
        assert price_set(numbers("0.50"), CENT, weights=numbers("0", "0")).exact_shares == numbers("0.25", "0.25")

    def test_of_a_part_of_the_period_was_rounded_before_and_is_split_alike(self):
        # 100 x 16 / 31 = 51.61: 28.15 + 14.08 + 9.38 of 28.1509..., 14.0754..., 9.3836...
        assert price_set(numbers("51.61"), CENT, weights=numbers("60", "30", "20")).shares == numbers(
            "28.15", "14.08", "9.38"
        )


class TestTheSumOfTheParts:
    def test_less_a_percentage_is_rounded_once(self):
        # 3 x 33.33 = 99.99; less 10 per cent 89.991 -> 89.99, not 3 x 30.00
        price = price_set(numbers("33.33", "33.33", "33.33"), CENT, discount=SetDiscount(percent=Decimal(10)))
        assert (price.amount_exact, price.amount) == (Decimal("89.991"), Decimal("89.99"))
        assert price.shares == numbers("30.00", "30.00", "29.99")

    def test_less_an_amount_of_which_the_share_of_the_days_is_due(self):
        # 60 + 40 = 100; less 31 x 16 / 31 = 16: 84.00 = 50.40 + 33.60
        discount = SetDiscount(amount=Decimal(31), proration=Proration(16, 31))
        price = price_set(numbers("60", "40"), CENT, discount=discount)
        assert price.shares == numbers("50.40", "33.60")

    def test_goes_down_to_nothing_and_no_further(self):
        price = price_set(numbers("60", "40"), CENT, discount=SetDiscount(amount=Decimal(120)))
        assert (price.amount, price.shares) == (Decimal("0.00"), numbers("0.00", "0.00"))

    def test_a_part_that_gives_money_back_weighs_nothing(self):
        assert price_set(numbers("60", "-10"), CENT).shares == numbers("50.00", "0.00")

    def test_a_credit_is_not_discounted(self):
        assert price_set(numbers("-60"), CENT, discount=SetDiscount(percent=Decimal(10))).amount == Decimal("-60.00")


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("values", "reason"),
        [
            ({"amounts": ()}, "no_parts"),
            ({"amounts": numbers("1"), "weights": numbers("-1")}, "price_negative"),
            ({"amounts": numbers("1"), "discount": SetDiscount()}, "discount_kind"),
            ({"amounts": numbers("1"), "discount": SetDiscount(percent=Decimal(-1))}, "discount_negative"),
        ],
    )
    def test_with_its_reason(self, values, reason):
        with pytest.raises(FactsError) as caught:
            price_set(rounding=CENT, **values)
        assert caught.value.reason == reason

    def test_a_float(self):
        with pytest.raises(TypeError):
            price_set((0.1,), CENT)


class TestByJson:
    def test_what_was_asked_is_a_request_that_comes_to_the_same(self):
        discount = SetDiscount(amount=Decimal(31), proration=Proration(16, 31))
        price = price_set(numbers("60", "40"), CENT, discount=discount)
        answer = handle({"price_set": describe_set(numbers("60", "40"), CENT, discount=discount)})
        assert answer["shares"] == ["50.40", "33.60"]
        assert answer["steps"] == list(price.steps)


@given(st.lists(MONEY, min_size=1, max_size=8), st.decimals(0, 150, places=2))
def test_the_shares_add_up_and_no_part_is_more_than_a_cent_away(amounts, percent):
    price = price_set(tuple(amounts), CENT, discount=SetDiscount(percent=percent))
    total = sum(map(Fraction, amounts)) * max(1 - Fraction(percent) / 100, 0)
    assert sum(price.shares) == price.amount
    assert abs(Fraction(price.amount) - total) <= Fraction(1, 200)
    if any(amounts):
        for amount, share in zip(amounts, price.shares, strict=True):
            fair = Fraction(price.amount) * Fraction(amount) / sum(map(Fraction, amounts))
            assert abs(Fraction(share) - fair) < Fraction(1, 100)
