"""A price in one currency, billed in another."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from cloud_billing_engine.rating import Exchange, FactsError, bill_in, difference, rate
from cloud_billing_engine.rating.wire import handle
from hypothesis import given
from hypothesis import strategies as st
from rating_samples import graduated, make_facts, per_unit

CENT, YEN = Decimal("0.01"), Decimal(1)


def to(currency, rate_text, from_currency="EUR"):
    return Exchange(Decimal(rate_text), from_currency, currency, "company rates", date(2026, 3, 31))


class TestTheAmount:
    def test_is_exchanged_before_it_is_rounded(self):
        # 7.5 x 0.07 = 0.525; x 150 = 78.75 yen, rounded 79. Rounded to 0.53 first it would be 79.50, so 80.
        result = bill_in(rate(per_unit("0.07"), make_facts("7.5")), to("JPY", "150"), YEN)
        assert (result.amount_exact, result.amount) == (Decimal("78.75"), Decimal("79"))

    def test_of_a_credit_rounds_like_its_charge(self):
        result = bill_in(rate(per_unit("0.07"), make_facts("-7.5")), to("JPY", "150"), YEN)
        assert result.amount == Decimal("-79")

    def test_of_a_ladder_keeps_its_tiers_in_the_currency_of_the_price(self):
        # 1000 x 0.10 + 500 x 0.08 = 140.00 EUR, x 1.0825 = 151.55 USD
        result = bill_in(
            rate(graduated(("1000", "0.10"), (None, "0.08")), make_facts("1500")), to("USD", "1.0825"), CENT
        )
        assert result.amount == Decimal("151.55")
        assert [tier["unit_price"] for tier in result.statement["tiers"]] == ["0.10", "0.08"]

    @given(
        st.decimals("-1e9", "1e9", places=6),
        st.decimals("0", "1000", places=9),
        st.decimals("0.000001", "1e6", places=6),
    )
    def test_is_the_product_of_all_three_rounded_once(self, quantity, price, rate_of_exchange):
        result = bill_in(rate(per_unit(str(price)), make_facts(str(quantity))), to("USD", str(rate_of_exchange)), CENT)
        true = Fraction(quantity) * Fraction(price) * Fraction(rate_of_exchange)
        assert Fraction(result.amount_exact) == true
        assert abs(Fraction(result.amount) - true) <= Fraction(1, 200)


class TestWhatIsTold:
    RESULT = bill_in(rate(per_unit("0.07"), make_facts("7.5")), to("JPY", "150"), YEN)

    def test_the_customer_reads_both_currencies_and_the_rate(self):
        statement = self.RESULT.statement
        assert (statement["currency"], statement["price_currency"]) == ("JPY", "EUR")
        assert (statement["unit_price"], statement["amount"]) == ("0.07", "79")
        assert statement["exchange"] == {"rate": "150", "source": "company rates", "date": "2026-03-31"}

    def test_the_workings_tell_the_step_and_round_once(self):
        steps = self.RESULT.workings["steps"]
        assert [step["step"] for step in steps].count("rounding") == 1
        exchanged, rounded = steps[-2:]
        assert (exchanged["step"], exchanged["before"], exchanged["after"]) == ("bill_currency", "0.525", "78.750")
        assert (rounded["before"], rounded["after"], rounded["to"]) == ("78.750", "79", "1")
        assert self.RESULT.workings["currency"] == "JPY"

    def test_the_workings_are_a_request(self):
        workings = self.RESULT.workings
        again = handle({name: workings[name] for name in ("rule", "terms", "facts", "bill_in")})
        assert again["workings"] == workings
        assert again["statement"] == self.RESULT.statement

    def test_extras_are_billed_alike(self):
        request = {
            "candidates": [
                {"rule": {"rule_id": 1}, "terms": {"charge_model": "per_unit", "unit_price": "0.07"}},
                {"rule": {"rule_id": 2}, "terms": {"charge_model": "per_unit", "unit_price": "1"}, "role": "extra"},
            ],
            "facts": {**self.RESULT.workings["facts"]},
            "bill_in": self.RESULT.workings["bill_in"],
        }
        answer = handle(request)
        # 7.5 x 1 x 150
        assert (answer["amount"], answer["extras"][0]["amount"]) == ("79", "1125")

    def test_a_correction_is_the_difference_in_the_currency_that_was_billed(self):
        correction = difference(self.RESULT, Decimal("60"), Decimal("6"))
        assert (correction.amount, correction.workings["currency"]) == (Decimal("19"), "JPY")


class TestRefusals:
    PRICE = rate(per_unit("1"), make_facts("1"))

    @pytest.mark.parametrize(
        ("exchange", "rounding", "reason"),
        [
            (to("JPY", "0"), YEN, "exchange_rate"),
            (to("JPY", "-1"), YEN, "exchange_rate"),
            (to("JPY", "150", from_currency="USD"), YEN, "exchange_currency"),
            (to("JPY", "150"), Decimal(0), "rounding"),
        ],
    )
    def test_what_cannot_be(self, exchange, rounding, reason):
        with pytest.raises(FactsError) as refusal:
            bill_in(self.PRICE, exchange, rounding)
        assert refusal.value.reason == reason

    def test_a_float(self):
        with pytest.raises(TypeError):
            bill_in(self.PRICE, replace(to("JPY", "150"), rate=150.0), YEN)
