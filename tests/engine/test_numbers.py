"""The doors for numbers: what they let in, and that nothing is rounded twice."""

from decimal import ROUND_HALF_UP, Decimal, DivisionByZero, FloatOperation, Inexact, getcontext
from fractions import Fraction
from math import floor

import pytest
from cloud_billing_engine.numbers import NumberError, divide, exact, parse_decimal, round_to, to_text, trim
from hypothesis import given
from hypothesis import strategies as st

STEPS = [Decimal(text) for text in ("1", "0.01", "0.001", "0.05", "0.5", "10", "0.03")]
numbers = st.decimals(min_value=-(10**20), max_value=10**20, allow_nan=False, allow_infinity=False, places=12)


def nearest_half_away(fraction):
    """Oracle: the whole number nearest to a fraction, halves away from zero."""
    size = floor(abs(fraction) + Fraction(1, 2))
    return size if fraction >= 0 else -size


class TestReadingANumber:
    @pytest.mark.parametrize(
        ("text", "digits"),
        [
            ("1", "1"),
            ("-0.000000123456", "-0.000000123456"),
            ("5e-06", "0.000005"),
            ("1E+3", "1000"),
            (".5", "0.5"),
            ("7.", "7"),
            ("999999999999999.123456789012", "999999999999999.123456789012"),
            ("-0", "0"),
            ("-0.00", "0.00"),
            ("1.10", "1.10"),
        ],
    )
    def test_plain_numbers_keep_every_digit(self, text, digits):
        assert to_text(parse_decimal(text)) == digits

    def test_minus_zero_is_zero_before_any_text_is_made_of_it(self):
        assert not parse_decimal("-0.00").is_signed()

    @pytest.mark.parametrize("text", ["1e60", "-1e60", "1e-60", "0." + "1" * 60, "1" * 39 + "." + "1" * 60])
    def test_the_largest_the_finest_and_the_longest_are_let_in(self, text):
        assert parse_decimal(text) == Decimal(text)

    def test_whole_numbers_and_decimals_pass_as_they_are(self):
        assert parse_decimal(12) == Decimal(12)
        assert parse_decimal(Decimal("1.20")).as_tuple() == Decimal("1.20").as_tuple()

    @pytest.mark.parametrize("value", [0.1, True, None, b"1", [1]])
    def test_what_is_not_exact_is_refused_by_type(self, value):
        with pytest.raises(TypeError):
            parse_decimal(value)

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("", "not_a_number"),
            (" 1", "not_a_number"),
            ("1\n", "not_a_number"),
            ("1,5", "not_a_number"),
            ("1_000", "not_a_number"),
            ("NaN", "not_a_number"),
            ("Infinity", "not_a_number"),
            ("١", "not_a_number"),
            ("1e400", "too_large"),
            ("1e-61", "too_large"),
            ("0e-400", "too_large"),
            ("1" * 101, "too_long"),
            ("1e99999", "not_a_number"),
        ],
    )
    def test_broken_texts_say_why(self, text, reason):
        with pytest.raises(NumberError) as refusal:
            parse_decimal(text)
        assert refusal.value.reason == reason

    @pytest.mark.parametrize(
        "value",
        [Decimal("NaN"), Decimal("-Infinity"), Decimal("1e61"), pytest.param(10**5000, id="5001_digits")],
    )
    def test_decimals_and_whole_numbers_go_through_the_same_door(self, value):
        with pytest.raises(NumberError):
            parse_decimal(value)


class TestExactBlock:
    def test_a_product_beyond_120_digits_raises(self):
        giant = Decimal("1" * 61)
        with exact(), pytest.raises(Inexact):
            giant * giant

    def test_the_product_of_two_numbers_of_60_digits_is_exact(self):
        number = Decimal("1." + "1" * 59)
        with exact():
            assert Fraction(number * number) == Fraction(number) ** 2

    def test_a_float_is_refused(self):
        with exact(), pytest.raises(FloatOperation):
            Decimal(0.1)  # noqa: RUF032
        with exact(), pytest.raises(FloatOperation):
            assert Decimal(1) > 0.1

    def test_the_callers_context_is_left_alone(self):
        before = getcontext().prec
        with exact():
            pass
        assert getcontext().prec == before


class TestDivision:
    @given(numbers, numbers.filter(bool))
    def test_the_quotient_is_the_true_one_rounded_once_to_30_decimals(self, numerator, denominator):
        quotient = divide(numerator, denominator)
        assert Fraction(quotient) * 10**30 == nearest_half_away(Fraction(numerator) / Fraction(denominator) * 10**30)
        assert quotient.as_tuple().exponent == -30

    def test_a_quotient_just_below_a_half_is_not_pushed_over_it(self):
        # (5*10^169 - 1) / 10^200 = 0.00..0499..9: below half of the last of 30 decimals, though 120 digits show a half.
        numerator = Decimal(5 * 10**169 - 1)
        assert divide(numerator, Decimal(1).scaleb(200)) == 0

    def test_giants_are_divided_too(self):
        assert divide(Decimal("1e60"), Decimal("1e-60")) == Decimal("1e120")

    def test_by_zero_raises(self):
        with pytest.raises(DivisionByZero):
            divide(Decimal(1), Decimal(0))


class TestTrimming:
    @pytest.mark.parametrize(
        ("long", "short"),
        [("16.500000", "16.5"), ("16.000", "16"), ("1600", "1600"), ("0.000", "0"), ("-2.50", "-2.5"), ("7", "7")],
    )
    def test_only_zeros_at_the_end_of_the_decimals_go(self, long, short):
        assert to_text(trim(Decimal(long))) == short

    @given(numbers)
    def test_the_number_stays_the_same(self, number):
        assert trim(number) == number


class TestRounding:
    @given(numbers, st.sampled_from(STEPS))
    def test_it_is_the_nearest_multiple_with_halves_away_from_zero(self, amount, step):
        rounded = round_to(amount, step)
        assert Fraction(rounded) == nearest_half_away(Fraction(amount) / Fraction(step)) * Fraction(step)

    @given(numbers, st.sampled_from(STEPS))
    def test_rounding_again_changes_nothing(self, amount, step):
        assert round_to(round_to(amount, step), step) == round_to(amount, step)

    @given(st.decimals(min_value=-(10**9), max_value=10**9, places=6))
    def test_it_agrees_with_quantize_where_both_apply(self, amount):
        assert round_to(amount, Decimal("0.01")) == amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)

    def test_swiss_rappen(self):
        # 1.275 is 25.5 steps of 0.05: up to 26 steps = 1.30; 1.274 is 25.48 steps: 1.25
        assert to_text(round_to(Decimal("1.275"), Decimal("0.05"))) == "1.30"
        assert to_text(round_to(Decimal("1.274"), Decimal("0.05"))) == "1.25"

    def test_a_step_that_divides_nothing_evenly_decides_on_the_true_quotient(self):
        # 0.015 / 0.03 is exactly a half; one part in 10^100 less is not.
        assert round_to(Decimal("0.015"), Decimal("0.03")) == Decimal("0.03")
        assert round_to(Decimal("0.015") - Decimal("1e-20"), Decimal("0.03")) == 0

    def test_no_minus_zero_comes_out(self):
        assert to_text(round_to(Decimal("-0.001"), Decimal("0.01"))) == "0.00"

    def test_the_step_gives_the_decimals(self):
        assert to_text(round_to(Decimal("2"), Decimal("0.001"))) == "2.000"
        assert to_text(round_to(Decimal("1999.5"), Decimal("1"))) == "2000"

    @pytest.mark.parametrize("step", [Decimal(0), Decimal("-0.01")])
    def test_a_step_that_is_not_positive_is_refused(self, step):
        with pytest.raises(ValueError, match="positive"):
            round_to(Decimal(1), step)
