"""Corrections: the price as of now, less what was billed."""

from decimal import Decimal

import pytest
from cloud_billing_engine.rating import difference, rate
from rating_samples import graduated, make_facts, per_unit

LADDER = graduated(("1000", "0.10"), (None, "0.08"))


class TestLateUsage:
    def test_it_is_billed_at_the_price_of_the_tier_it_falls_in_now(self):
        # Billed 1,200 h: 100.00 + 16.00 = 116.00. Now 1,500 h: 140.00. Late: 300 h for 24.00, all in tier 2.
        correction = difference(rate(LADDER, make_facts("1500")), Decimal("116.00"), Decimal("1200"))
        assert (correction.quantity, correction.amount) == (Decimal("300"), Decimal("24.00"))

    def test_usage_taken_back_walks_down_through_the_tiers(self):
        # Billed 1,500 h: 140.00. Now 800 h: 80.00. Back: 500 h x 0.08 + 200 h x 0.10 = 60.00.
        correction = difference(rate(LADDER, make_facts("800")), Decimal("140.00"), Decimal("1500"))
        assert (correction.quantity, correction.amount) == (Decimal("-700"), Decimal("-60.00"))

    def test_usage_that_is_gone_is_credited_in_full(self):
        correction = difference(rate(LADDER, make_facts(None)), Decimal("140.00"), Decimal("1500"))
        assert (correction.quantity, correction.amount) == (Decimal("-1500"), Decimal("-140.00"))

    def test_the_first_usage_of_a_charge_that_was_billed_as_nothing(self):
        correction = difference(rate(LADDER, make_facts("10")), Decimal("0"), None)
        assert (correction.quantity, correction.amount) == (Decimal("10"), Decimal("1.00"))

    def test_still_no_usage_stays_no_quantity(self):
        correction = difference(rate(LADDER, make_facts(None)), Decimal("0"), None)
        assert (correction.quantity, correction.amount) == (None, Decimal("0"))

    def test_cents_lost_in_an_earlier_rounding_come_back(self):
        # 1 x 0.004 was billed as 0.00, and 1 x 0.004 more as 0.01 - 0.00: two together are 0.008, half up 0.01.
        now = rate(per_unit("0.004"), make_facts("2"))
        assert difference(now, Decimal("0.00"), Decimal("1")).amount == Decimal("0.01")


class TestWhatACorrectionSays:
    def test_the_workings_hold_both_amounts_and_those_of_now(self):
        now = rate(LADDER, make_facts("1500"))
        workings = difference(now, Decimal("116.00"), Decimal("1200")).workings
        assert workings["steps"] == [
            {
                "step": "difference",
                "before": "116.00",
                "after": "24.00",
                "amount_now": "140.00",
                "amount_billed": "116.00",
                "quantity_now": "1500",
                "quantity_billed": "1200",
            }
        ]
        assert workings["now"] == now.workings

    def test_the_statement_shows_the_customer_what_changed(self):
        statement = difference(rate(LADDER, make_facts("1500")), Decimal("116.00"), Decimal("1200")).statement
        assert (statement["quantity"], statement["amount"], statement["tiers"]) == ("300", "24.00", [])
        assert statement["correction"] == {
            "amount_now": "140.00",
            "amount_billed": "116.00",
            "quantity_now": "1500",
            "quantity_billed": "1200",
        }

    def test_a_float_is_refused(self):
        with pytest.raises(TypeError):
            difference(rate(LADDER, make_facts("1")), 116.0, None)
