"""Package, by hand."""

from decimal import Decimal

import pytest
from cloud_billing_engine.rating import TermsError, check_terms, difference, rate
from rating_samples import make_facts, make_terms

# 5.00 per 100 units, the first 100 are free
STARTED = make_terms("package", unit_price="5.00", block_size="100", free_units="100")
FULL = make_terms("package", unit_price="5.00", block_size="100", block_rounding="down")


def amount_of(terms, quantity):
    return rate(terms, make_facts(quantity)).amount


class TestStartedBlocks:
    @pytest.mark.parametrize(
        ("quantity", "amount"),
        [
            ("0", "0.00"),
            ("100", "0.00"),
            ("100.001", "5.00"),
            ("200", "5.00"),
            ("201", "10.00"),
            ("1100", "50.00"),
        ],
    )
    def test_a_started_block_is_charged_after_the_free_units(self, quantity, amount):
        assert amount_of(STARTED, quantity) == Decimal(amount)

    @pytest.mark.parametrize(("quantity", "amount"), [("-1", "0.00"), ("-100", "-5.00"), ("-250", "-10.00")])
    def test_of_usage_taken_back_only_full_blocks_are_given_back(self, quantity, amount):
        assert amount_of(STARTED, quantity) == Decimal(amount)

    def test_no_usage_has_no_parts(self):
        assert rate(STARTED, make_facts(None)).parts == ()

    def test_walking_back_gives_back_the_blocks_that_are_no_longer_started(self):
        # 1,100 were 10 blocks; 250 are 2
        now = rate(STARTED, make_facts("250"))
        assert difference(now, Decimal("50.00"), Decimal("1100")).amount == Decimal("-40.00")

    def test_a_giant_is_counted_to_the_last_block(self):
        # 999,999,999,999,999.000000000001 / 0.000001, rounded up: one block more than 999999999999999000000
        terms = make_terms("package", unit_price="0.000000000001", block_size="0.000001")
        result = rate(terms, make_facts("999999999999999.000000000001"))
        assert result.amount_exact == Decimal("999999999.999999000001")

    def test_the_customer_sees_blocks(self):
        statement = rate(STARTED, make_facts("201")).statement
        assert statement["rows"] == [
            {
                "row": "blocks",
                "quantity": "201",
                "free_units": "100",
                "blocks": "2",
                "block_size": "100",
                "block_price": "5.00",
                "amount": "10.00",
            }
        ]


class TestFullBlocks:
    @pytest.mark.parametrize(
        ("quantity", "amount"), [("99.999", "0.00"), ("100", "5.00"), ("250", "10.00"), ("-250", "-10.00")]
    )
    def test_a_started_block_is_free(self, quantity, amount):
        assert amount_of(FULL, quantity) == Decimal(amount)


class TestTermsThatCannotPrice:
    @pytest.mark.parametrize(
        ("changes", "reason", "term"),
        [
            ({"unit_price": None}, "term_missing", "unit_price"),
            ({"block_size": None}, "term_missing", "block_size"),
            ({"block_size": "0"}, "term_not_positive", "block_size"),
            ({"block_size": "-1"}, "term_not_positive", "block_size"),
            ({"block_rounding": "sideways"}, "unknown_block_rounding", "sideways"),
            ({"free_units": "-1"}, "term_negative", "free_units"),
            ({"free_units": "NaN"}, "not_finite", "free_units"),
        ],
    )
    def test_they_are_named(self, changes, reason, term):
        terms = make_terms("package", **{"unit_price": "5", "block_size": "100", **changes})
        with pytest.raises(TermsError) as refusal:
            check_terms(terms)
        assert (refusal.value.reason, refusal.value.facts["term"]) == (reason, term)

    def test_the_least_that_is_enough(self):
        assert check_terms(make_terms("package", unit_price="0", block_size="1", free_units="0")) is None
