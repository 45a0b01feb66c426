"""Prices of a value: percentage, graduated percentage and dynamic, by hand."""

from dataclasses import replace
from decimal import Decimal

import pytest
from cloud_billing_engine.rating import FactsError, Proration, TermsError, TierError, check_terms, difference, rate
from rating_samples import make_events, make_facts, make_percent_tier, make_terms

SHARE = make_terms("percentage", percent="1.2")
CARDS = make_terms("percentage", percent="2.9", fixed_per_event="0.30")
BOUNDED = make_terms("percentage", percent="1", event_minimum="0.50", event_maximum="10.00")
LADDER = replace(
    make_terms("graduated_percentage"),
    tiers=(make_percent_tier("1000", "1", "200"), make_percent_tier("10000", "2", "300"), make_percent_tier(None, "3")),
)


def amount_of(terms, *events):
    return rate(terms, make_events(*events)).amount


def rows_of(terms, *events):
    return [(row["row"], row["amount"]) for row in rate(terms, make_events(*events)).statement["rows"]]


class TestAPercentageOfTheValue:
    def test_of_the_sum_alone(self):
        # 1,234.56 x 1.2 %
        assert rate(SHARE, make_facts("7", value=Decimal("1234.56"))).amount == Decimal("14.81")

    def test_of_the_sum_of_single_events(self):
        assert amount_of(SHARE, "1000", "234.56") == Decimal("14.81")

    @pytest.mark.parametrize(
        ("value", "amount"), [("0", "0.00"), ("0.99", "0"), ("500", "0.00"), ("500.01", "0.00"), ("750", "3.00")]
    )
    def test_above_a_free_amount(self, value, amount):
        # (750 - 500) x 1.2 %
        terms = replace(SHARE, free_amount=Decimal(500))
        assert rate(terms, make_facts(None, value=Decimal(value))).amount == Decimal(amount)

    def test_a_value_taken_back_gives_its_percentage_back(self):
        assert rate(SHARE, make_facts(None, value=Decimal("-100"))).amount == Decimal("-1.20")

    def test_no_usage_and_a_value_of_zero_are_two_answers(self):
        none, zero = rate(SHARE, make_facts(None)), rate(SHARE, make_facts(None, value=Decimal(0)))
        assert (none.parts, none.statement["usage"]) == ((), "none")
        assert (len(zero.parts), zero.amount, zero.statement["usage"]) == (1, 0, "zero")

    def test_rows_without_any_value_are_refused_instead_of_billed_as_nothing(self):
        with pytest.raises(FactsError, match="value_missing"):
            rate(SHARE, make_facts("3", rows=3))

    def test_no_share_of_a_period_is_taken(self):
        facts = make_facts(None, value=Decimal(1000), proration=Proration(1, 2))
        assert rate(SHARE, facts).amount == Decimal("12.00")


class TestAFeePerTransaction:
    def test_comes_with_each_one(self):
        # 130 x 2.9 % + 2 x 0.30 = 3.77 + 0.60
        assert amount_of(CARDS, "100", "30") == Decimal("4.37")
        assert rows_of(CARDS, "100", "30") == [("percentage", "3.770"), ("event_fixed", "0.60")]

    def test_may_be_all_there_is(self):
        assert amount_of(make_terms("percentage", fixed_per_event="0.30"), "100", "30") == Decimal("0.60")

    def test_is_due_for_a_transaction_of_nothing_and_not_for_a_refund(self):
        # 0.30; and (100 - 100) x 2.9 % + 0.30
        assert amount_of(CARDS, "0") == Decimal("0.30")
        assert amount_of(CARDS, "100", "-100") == Decimal("0.30")

    def test_needs_the_single_transactions(self):
        with pytest.raises(FactsError, match="events_missing"):
            rate(CARDS, make_facts("2", value=Decimal(130), rows=2))

    def test_no_transaction_owes_nothing(self):
        assert rate(CARDS, make_facts(None)).parts == ()
        assert rate(CARDS, make_facts("0", events=(), value=Decimal(0))).amount == 0

    def test_transactions_and_their_total_agree(self):
        with pytest.raises(FactsError, match="events_do_not_add_up"):
            rate(CARDS, make_events("100", "30", value=Decimal(129)))


class TestFreeTransactions:
    THREE = replace(CARDS, percent=Decimal("1.2"), fixed_per_event=Decimal("0.10"), free_events=3)

    def test_the_first_ones_owe_nothing(self):
        # the fourth: 50 x 1.2 % + 0.10
        assert amount_of(self.THREE, "200", "100", "100", "50") == Decimal("0.70")
        assert amount_of(self.THREE, "200", "100", "100") == 0

    def test_an_event_that_crosses_the_free_amount_is_charged_above_it(self):
        # 200 + 300 free; the third lies 100 above: 100 x 1.2 % + 0.10
        terms = replace(self.THREE, free_events=None, free_amount=Decimal(500))
        assert amount_of(terms, "200", "300") == 0
        assert amount_of(terms, "200", "300", "100") == Decimal("1.30")
        assert amount_of(terms, "200", "400") == Decimal("1.30")

    def test_where_both_are_named_the_first_that_ends_ends_it(self):
        both = replace(self.THREE, free_amount=Decimal(500))
        # the number ends first: the fourth is charged although 450 are within 500
        assert amount_of(both, "200", "100", "100", "50") == Decimal("0.70")
        # the amount ends first: 600 - 500 = 100 x 1.2 % + 0.10
        assert amount_of(both, "200", "400") == Decimal("1.30")

    def test_none_free_is_none(self):
        assert amount_of(replace(self.THREE, free_events=0), "100") == Decimal("1.30")

    def test_a_refund_undoes_what_was_charged_before_what_was_free(self):
        of_the_total = replace(SHARE, free_amount=Decimal(500))
        for terms in (of_the_total, replace(of_the_total, event_minimum=Decimal(0))):
            # 700 is 200 above; less 300 leaves 400: nothing is charged any more
            assert amount_of(terms, "700", "-300") == 0
            # less 100 leaves 100 above: 100 x 1.2 %
            assert amount_of(terms, "700", "-100") == Decimal("1.20")

    def test_a_refund_of_another_period_takes_no_free_payment_away(self):
        # -50 x 1.2 %; the first payment is free all the same, the second is charged: 100 x 1.2 % + 0.10
        terms = replace(self.THREE, free_events=1)
        assert amount_of(terms, "-50", "20") == Decimal("-0.60")
        assert amount_of(terms, "-50", "20", "100") == Decimal("0.70")
        # of 50 taken back 20 were free: 30 x 1.2 %
        assert amount_of(terms, "20", "-50") == Decimal("-0.36")

    def test_a_refund_of_a_free_payment_makes_no_later_one_free(self):
        # the first is free, its refund gives nothing back; the second: 50 x 1.2 % + 0.10
        assert amount_of(replace(self.THREE, free_events=1), "100", "-100", "50") == Decimal("0.70")

    def test_a_payment_of_nothing_is_free_where_others_would_be(self):
        terms = replace(self.THREE, free_events=None, free_amount=Decimal(500))
        assert amount_of(terms, "0") == 0
        # 100 x 1.2 % + 0.10, and 0.10 for the one of nothing
        assert amount_of(terms, "600", "0") == Decimal("1.40")

    def test_the_customer_sees_how_many_and_how_much_were_free(self):
        rows = rate(self.THREE, make_events("200", "100", "100", "50")).statement["rows"]
        assert rows == [
            {"row": "percentage", "value": "450", "free_value": "400", "percent": "1.2", "amount": "0.600"},
            {"row": "event_fixed", "events": 1, "free_events": 3, "fixed_per_event": "0.10", "amount": "0.10"},
        ]


class TestBetweenMinimumAndMaximum:
    def test_each_transaction_by_itself(self):
        # 0.20 -> 0.50; 1.00; 50.00 -> 10.00
        assert amount_of(BOUNDED, "20", "100", "5000") == Decimal("11.50")
        assert rows_of(BOUNDED, "20", "100", "5000") == [
            ("percentage", "51.20"),
            ("event_minimum", "0.30"),
            ("event_maximum", "-40.00"),
        ]

    def test_the_customer_sees_how_many_were_raised_and_lowered(self):
        rows = rate(BOUNDED, make_events("20", "30", "100", "5000")).statement["rows"]
        assert [(row["row"], row["events"]) for row in rows[1:]] == [("event_minimum", 2), ("event_maximum", 1)]

    def test_a_fee_of_just_the_minimum_or_the_maximum_is_neither_raised_nor_lowered(self):
        assert rows_of(BOUNDED, "50", "1000") == [("percentage", "10.50")]

    def test_the_fixed_fee_counts_towards_both(self):
        terms = replace(BOUNDED, fixed_per_event=Decimal("0.30"))
        # 0.20 + 0.30 = 0.50; 9.90 + 0.30 -> 10.00
        assert amount_of(terms, "20", "990") == Decimal("10.50")

    def test_a_free_transaction_owes_no_minimum(self):
        assert amount_of(replace(BOUNDED, free_events=1), "20", "20") == Decimal("0.50")

    def test_a_transaction_of_nothing_owes_the_minimum(self):
        assert amount_of(BOUNDED, "0") == Decimal("0.50")

    def test_a_refund_gives_back_at_most_the_maximum_and_owes_no_minimum(self):
        assert amount_of(BOUNDED, "-20") == Decimal("-0.20")
        assert amount_of(replace(BOUNDED, event_maximum=Decimal("0.50")), "-80", "80") == 0
        assert amount_of(BOUNDED, "5000", "-5000") == 0


class TestPercentageTermsThatCannotPrice:
    @pytest.mark.parametrize(
        ("values", "reason", "term"),
        [
            ({}, "term_missing", "percent"),
            ({"percent": "NaN"}, "not_finite", "percent"),
            ({"percent": "1", "free_amount": "-1"}, "term_negative", "free_amount"),
            ({"percent": "1", "event_minimum": "-1"}, "term_negative", "event_minimum"),
            ({"percent": "1", "event_maximum": "-1"}, "term_negative", "event_maximum"),
            ({"percent": "1", "free_events": -1}, "term_negative", "free_events"),
            ({"percent": "1", "event_minimum": "2", "event_maximum": "1"}, "minimum_above_maximum", "event_minimum"),
        ],
    )
    def test_they_are_named(self, values, reason, term):
        with pytest.raises(TermsError) as refusal:
            check_terms(make_terms("percentage", **values))
        assert (refusal.value.reason, refusal.value.facts["term"]) == (reason, term)

    @pytest.mark.parametrize("count", [Decimal(3), True, 3.0])
    def test_events_are_counted_in_whole_numbers(self, count):
        with pytest.raises(TypeError):
            check_terms(make_terms("percentage", percent="1", free_events=count))

    def test_minimum_and_maximum_may_be_equal(self):
        assert amount_of(make_terms("percentage", percent="1", event_minimum="2", event_maximum="2"), "5", "5000") == 4


class TestGraduatedPercentage:
    @pytest.mark.parametrize(
        ("value", "amount"),
        [
            ("0", "0.00"),
            ("500", "205.00"),  # 500 x 1 % + 200
            ("1000", "210.00"),  # the bound itself is in tier 1
            ("1000.50", "510.01"),  # 210 + 0.50 x 2 % + 300
            ("1050", "511.00"),  # 210 + 50 x 2 % + 300
            ("5050", "591.00"),  # 210 + 4,050 x 2 % + 300
            ("20000", "990.00"),  # 210 + 180 + 300 + 10,000 x 3 %
            ("-500", "-5.00"),  # tier 1's percentage, no flat amount
        ],
    )
    def test_each_part_of_the_value_is_charged_in_its_tier(self, value, amount):
        assert rate(LADDER, make_facts(None, value=Decimal(value))).amount == Decimal(amount)

    def test_no_usage_has_no_parts(self):
        assert rate(LADDER, make_facts(None)).parts == ()

    def test_a_share_is_taken_of_flat_amounts_alone(self):
        # 500 x 1 % + 200 x 1/2
        facts = make_facts(None, value=Decimal(500), proration=Proration(1, 2))
        assert rate(LADDER, facts).amount == Decimal("105.00")

    def test_walking_back_goes_through_the_tiers_that_were_climbed(self):
        now = rate(LADDER, make_facts(None, value=Decimal(500)))
        assert difference(now, Decimal("511.00"), None).amount == Decimal("-306.00")

    def test_the_customer_sees_each_tier(self):
        statement = rate(LADDER, make_facts(None, value=Decimal(1050))).statement
        assert statement["tiers"] == []
        assert statement["rows"] == [
            {
                "row": "value_tier", "starts_at": "0", "up_to": "1000", "value": "1000", "percent": "1",
                "amount": "10.00",
            },
            {"row": "value_tier_flat", "starts_at": "0", "up_to": "1000", "amount": "200"},
            {
                "row": "value_tier", "starts_at": "1000", "up_to": "10000", "value": "50", "percent": "2",
                "amount": "1.00",
            },
            {"row": "value_tier_flat", "starts_at": "1000", "up_to": "10000", "amount": "300"},
        ]  # fmt: skip

    def test_a_tier_without_a_percentage_is_named(self):
        terms = make_terms("graduated_percentage", (("10", "0"), (None, "0")))
        terms = replace(terms, tiers=(replace(terms.tiers[0], percent=Decimal(1)), terms.tiers[1]))
        with pytest.raises(TierError, match="percent_missing") as refusal:
            check_terms(terms)
        assert refusal.value.facts == {"tier": 2, "starts_at": Decimal(10)}

    def test_a_percentage_of_a_tier_is_a_number(self):
        first = LADDER.tiers[0]
        with pytest.raises(TermsError, match="not_finite"):
            check_terms(replace(LADDER, tiers=(replace(first, percent=Decimal("NaN")), *LADDER.tiers[1:])))
        with pytest.raises(TypeError):
            check_terms(replace(LADDER, tiers=(replace(first, percent=0.5), *LADDER.tiers[1:])))

    def test_a_unit_price_in_a_tier_is_refused_because_it_would_never_be_charged(self):
        terms = replace(LADDER, tiers=(*LADDER.tiers[:2], replace(LADDER.tiers[2], unit_price=Decimal(1))))
        with pytest.raises(TierError, match="unit_price_not_used"):
            check_terms(terms)


class TestDynamic:
    DYNAMIC = make_terms("dynamic")

    @pytest.mark.parametrize("value", ["3.45", "0.00", "-3.45"])
    def test_the_value_is_the_price(self, value):
        assert rate(self.DYNAMIC, make_facts("22", value=Decimal(value))).amount == Decimal(value)

    def test_no_usage_has_no_parts(self):
        assert rate(self.DYNAMIC, make_facts(None)).parts == ()

    def test_no_share_of_a_period_is_taken(self):
        facts = make_facts("22", value=Decimal("3.45"), proration=Proration(1, 2))
        assert rate(self.DYNAMIC, facts).amount == Decimal("3.45")

    def test_rows_without_a_price_are_refused(self):
        with pytest.raises(FactsError, match="value_missing"):
            rate(self.DYNAMIC, make_facts("22", rows=3))

    def test_a_quantity_of_zero_with_a_price_is_some_usage(self):
        assert rate(self.DYNAMIC, make_facts("0", value=Decimal(5))).statement["usage"] == "some"

    def test_the_customer_sees_quantity_and_amount(self):
        statement = rate(self.DYNAMIC, make_facts("22", value=Decimal("3.45"))).statement
        assert (statement["quantity"], statement["unit_price"], statement["rows"]) == ("22", None, [])
