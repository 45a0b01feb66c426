"""Corrections of some days of what was billed."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from cloud_billing_engine.rating import BilledShare, Proration, RatingFacts, Terms, difference_of_days, rate, settle
from hypothesis import given
from hypothesis import strategies as st

D = Decimal
CENT = D("0.01")
TWELVE = Terms("flat", unit_price=D(12))


def price(quantity, used, whole, start=date(2026, 3, 1), end=date(2026, 4, 1)):
    facts = RatingFacts(
        quantity=D(quantity),
        unit="seats",
        currency="EUR",
        rounding=CENT,
        service_start=start,
        service_end=end,
        proration=Proration(used, whole),
    )
    return rate(TWELVE, facts)


class TestDaysOfABilledFee:
    def test_seats_more_cost_their_share_rounded_once(self):
        # 4 x 12.00 x 21/31 = 32.516
        correction = difference_of_days(price(14, 21, 31), [BilledShare(7, D(120), D(10), 21, 31)], CENT)
        assert (correction.amount, correction.quantity) == (D("32.52"), D(4))
        assert correction.amount_exact.quantize(D("0.001")) == D("32.516")

    def test_seats_less_are_credited(self):
        # 4 x 12.00 x 16/31 = 24.774
        correction = difference_of_days(price(6, 16, 31), [BilledShare(7, D(120), D(10), 16, 31)], CENT)
        assert (correction.amount, correction.quantity) == (D("-24.77"), D(-4))

    def test_what_earlier_corrections_billed_counts(self):
        billed = [
            BilledShare(7, D(120), D(10), 11, 31),
            BilledShare(9, D("32.516129032258064516129032258065"), D(4), 11, 21),
        ]
        correction = difference_of_days(price(14, 11, 31), billed, CENT)
        assert (correction.amount, correction.quantity) == (D("0.00"), D(0))

    def test_the_workings_name_the_lines_and_their_shares(self):
        correction = difference_of_days(price(6, 16, 31), [BilledShare(7, D(120), D(10), 16, 31)], CENT)
        step, rounded = correction.workings["steps"]
        assert step["shares"] == [
            {"line": 7, "amount_exact": "120", "quantity": "10", "numerator": 16, "denominator": 31}
        ]
        assert (rounded["step"], rounded["after"]) == ("rounding", "-24.77")
        assert correction.workings["amount"] == correction.statement["amount"] == "-24.77"
        assert correction.statement["correction"]["amount_billed"] == "61.94"

    def test_settling_says_what_it_did(self):
        correction = difference_of_days(price(6, 16, 31), [BilledShare(7, D(120), D(10), 16, 31)], CENT)
        settled = settle(correction, D("-24.78"))
        assert settled.amount == D("-24.78")
        assert settled.workings["steps"][-1] == {"step": "settle", "before": "-24.77", "after": "-24.78"}
        assert settled.statement["amount"] == "-24.78"

    @given(st.integers(1, 30), st.integers(0, 500), st.integers(0, 500))
    def test_an_oracle_in_fractions(self, used, before, after):
        billed = replace(price(before, 31, 31)).amount_exact
        correction = difference_of_days(price(after, used, 31), [BilledShare(1, billed, D(before), used, 31)], CENT)
        assert abs(Fraction(correction.amount) - Fraction(12 * (after - before) * used, 31)) <= Fraction(1, 200)
