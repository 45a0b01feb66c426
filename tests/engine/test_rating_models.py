"""Each charge model, by hand."""

from decimal import Decimal

import pytest
from cloud_billing_engine.rating import FactsError, Proration, Terms, TermsError, Tier, TierError, check_terms, rate
from rating_samples import RULE, cost_plus, flat, graduated, make_facts, per_unit

LADDER = graduated(("1000", "0.10"), ("5000", "0.08", "5.00"), (None, "0.05", "20.00"))
HALF_MARCH = Proration(16, 31)


def amount_of(terms, quantity, **facts):
    return rate(terms, make_facts(quantity, **facts)).amount


class TestPerUnit:
    def test_quantity_times_unit_price(self):
        # 1,234.5 h x 0.07 = 86.415, half up to the cent
        assert amount_of(per_unit("0.07"), "1234.5") == Decimal("86.42")

    def test_a_giant_quantity_at_a_tiny_price_keeps_every_digit(self):
        # 999,999,999,999,999.123456789012 x 0.000000123456, worked out in whole numbers:
        # 999999999999999123456789012 x 123456 = 123455999999999891785481344265472, with 12 + 12 decimals
        result = rate(per_unit("0.000000123456"), make_facts("999999999999999.123456789012"))
        assert result.amount_exact == Decimal("123455999.999999891785481344265472")
        assert result.amount == Decimal("123456000.00")

    def test_a_negative_usage_is_a_credit_at_the_same_price(self):
        assert amount_of(per_unit("0.07"), "-1234.5") == Decimal("-86.42")

    def test_no_usage_costs_nothing_and_has_no_parts(self):
        result = rate(per_unit("0.07"), make_facts(None))
        assert (result.amount, result.parts, result.quantity) == (Decimal(0), (), None)

    def test_usage_of_zero_has_one_part_of_nothing(self):
        result = rate(per_unit("0.07"), make_facts("0"))
        assert [(part.quantity, part.amount) for part in result.parts] == [(Decimal(0), Decimal(0))]

    def test_rows_without_any_quantity_are_refused_instead_of_billed_as_nothing(self):
        with pytest.raises(FactsError) as refusal:
            rate(per_unit("0.07"), make_facts(None, rows=12))
        assert (refusal.value.reason, refusal.value.facts) == ("quantity_missing", {"rows": 12})

    def test_a_price_of_a_thousandth_of_a_billionth(self):
        # 5,000,000,000,000 x 0.000000000001 = 5
        assert amount_of(per_unit("0.000000000001"), "5000000000000") == Decimal("5.00")


class TestGraduated:
    @pytest.mark.parametrize(
        ("quantity", "amount"),
        [
            ("0", "0.00"),  # nothing reached
            ("1", "0.10"),
            ("1000", "100.00"),  # the bound itself is in tier 1
            ("1000.5", "105.04"),  # 100.00 + 0.5 x 0.08 + 5.00
            ("1001", "105.08"),
            ("5000", "425.00"),  # 100.00 + 4,000 x 0.08 + 5.00
            ("5000.000001", "445.00"),  # 425.00 + 20.00 + 0.00000005
            ("6000", "495.00"),  # 425.00 + 1,000 x 0.05 + 20.00
        ],
    )
    def test_each_part_is_priced_in_its_tier_and_each_tier_reached_adds_its_flat_amount(self, quantity, amount):
        assert amount_of(LADDER, quantity) == Decimal(amount)

    def test_the_parts_say_tier_by_tier_what_was_charged(self):
        result = rate(LADDER, make_facts("6000"))
        assert [(part.label, part.tier.number, part.quantity, part.amount) for part in result.parts] == [
            ("tier", 1, Decimal(1000), Decimal("100.00")),
            ("tier", 2, Decimal(4000), Decimal("320.00")),
            ("tier_flat", 2, None, Decimal("5.00")),
            ("tier", 3, Decimal(1000), Decimal("50.00")),
            ("tier_flat", 3, None, Decimal("20.00")),
        ]

    def test_a_flat_amount_of_the_first_tier_is_due_with_the_first_use(self):
        terms = graduated((None, "0.10", "3.00"))
        assert [amount_of(terms, quantity) for quantity in ("0", "0.01", "10")] == [
            Decimal("0.00"),
            Decimal("3.00"),  # 0.001 + 3.00
            Decimal("4.00"),
        ]

    def test_a_negative_usage_is_a_credit_at_the_first_tiers_price_without_flat_amounts(self):
        # -1,500 x 0.10
        assert amount_of(LADDER, "-1500") == Decimal("-150.00")

    def test_no_usage_has_no_parts(self):
        assert rate(LADDER, make_facts(None)).parts == ()

    def test_free_units_are_a_first_tier_at_zero(self):
        # first 100 free, then 0.50: 130 -> 30 x 0.50
        assert amount_of(graduated(("100", "0"), (None, "0.50")), "130") == Decimal("15.00")

    def test_seats_of_a_part_of_the_period_are_prorated_inside_their_tiers(self):
        # 15 seats choose the tiers: 10 x 31.00 + 5 x 15.50 = 387.50; 16 of 31 days = 200.00
        terms = graduated(("10", "31.00"), (None, "15.50"))
        assert amount_of(terms, "15", proration=HALF_MARCH) == Decimal("200.00")


class TestFlat:
    def test_quantity_times_price_per_period(self):
        # 3 servers x 49.90
        assert amount_of(flat("49.90"), "3") == Decimal("149.70")

    def test_a_part_of_the_period_costs_its_share_of_days(self):
        # 31.00 x 16 / 31
        assert amount_of(flat("31.00"), "1", proration=HALF_MARCH) == Decimal("16.00")

    def test_no_day_costs_nothing(self):
        assert amount_of(flat("31.00"), "1", proration=Proration(0, 31)) == 0

    def test_zero_units_cost_nothing(self):
        assert amount_of(flat("31.00"), "0") == 0

    def test_a_negative_price_is_a_recurring_rebate(self):
        assert amount_of(flat("-10.00"), "2") == Decimal("-20.00")

    @pytest.mark.parametrize(("quantity", "reason"), [(None, "quantity_missing"), ("-1", "quantity_negative")])
    def test_an_agreed_quantity_is_there_and_not_negative(self, quantity, reason):
        with pytest.raises(FactsError) as refusal:
            rate(flat("31.00"), make_facts(quantity))
        assert refusal.value.reason == reason


class TestCostPlus:
    def test_cost_and_a_percentage_of_it(self):
        # 100.10 + 12 % = 100.10 + 12.012 = 112.112
        assert amount_of(cost_plus("12"), None, cost="100.10") == Decimal("112.11")

    def test_a_fixed_amount_comes_once(self):
        # 100.00, 10 % of it, and 5.00
        assert amount_of(cost_plus("10", "5.00"), None, cost="100.00") == Decimal("115.00")
        assert amount_of(cost_plus(fixed="5.00"), None, cost="100.00") == Decimal("105.00")

    def test_at_cost_and_below_cost(self):
        assert amount_of(cost_plus("0"), None, cost="100.00") == Decimal("100.00")
        assert amount_of(cost_plus("-15"), None, cost="100.00") == Decimal("85.00")

    def test_a_credit_gives_its_percentage_back(self):
        assert amount_of(cost_plus("20"), None, cost="-10.00") == Decimal("-12.00")

    def test_a_cost_of_zero_still_owes_the_fixed_amount(self):
        assert amount_of(cost_plus("20", "5.00"), None, cost="0") == Decimal("5.00")

    def test_no_usage_owes_nothing(self):
        result = rate(cost_plus("20", "5.00"), make_facts(None))
        assert (result.amount, result.parts) == (Decimal(0), ())

    def test_rows_without_any_cost_are_refused_instead_of_billed_as_nothing(self):
        with pytest.raises(FactsError) as refusal:
            rate(cost_plus("20"), make_facts("100", rows=3))
        assert refusal.value.reason == "cost_missing"

    def test_only_the_fixed_amount_is_prorated(self):
        # 100.00 + 20 % + 31.00 x 16/31: the cost is that of the days already
        assert amount_of(cost_plus("20", "31.00"), None, cost="100.00", proration=HALF_MARCH) == Decimal("136.00")

    def test_a_long_percentage_is_not_shortened(self):
        # 1,000,000 x 12.3456789 % = 123,456.789
        assert amount_of(cost_plus("12.3456789"), None, cost="1000000") == Decimal("1123456.79")


class TestPublishedExamples:
    """Figures that others printed; the sources are named in docs/prices.md."""

    def test_amazon_s3_storage_of_2011_over_three_tiers(self):
        # 1,024 x 0.140 + 50,176 x 0.125 + 1,700 x 0.110 = 143.36 + 6,272.00 + 187.00 = 6,602.36
        terms = graduated(("1024", "0.140"), ("51200", "0.125"), (None, "0.110"))
        assert amount_of(terms, "52900", currency="USD") == Decimal("6602.36")

    def test_amazon_s3_express_requests(self):
        # 1,000,000 x 0.00113 / 1,000 = 1.13 and 9,000,000 x 0.00003 / 1,000 = 0.27
        assert amount_of(per_unit("0.00000113"), "1000000") == Decimal("1.13")
        assert amount_of(per_unit("0.00000003"), "9000000") == Decimal("0.27")

    def test_stripe_six_units_on_a_ladder(self):
        terms = graduated(("5", "5"), ("10", "4"), ("15", "3"), ("20", "2"), (None, "1"))
        assert amount_of(terms, "6") == Decimal("29.00")

    def test_autumn_fifteen_thousand_requests(self):
        terms = graduated(("1000", "0.01"), ("10000", "0.008"), (None, "0.005"))
        assert amount_of(terms, "15000") == Decimal("107.00")

    def test_zuplo_fifteen_thousand_units(self):
        terms = graduated(("1000", "0.10"), ("10000", "0.05"), (None, "0.01"))
        assert amount_of(terms, "15000") == Decimal("600.00")


class TestTermsThatCannotPrice:
    @pytest.mark.parametrize(
        ("tiers", "tier", "starts_at", "reason"),
        [
            ((), 0, "0", "no_tiers"),
            ((("0", "1"), (None, "1")), 1, "0", "bound_not_positive"),
            ((("-5", "1"), (None, "1")), 1, "0", "bound_not_positive"),
            ((("10", "1"), ("10", "1"), (None, "1")), 2, "10", "bound_not_ascending"),
            ((("10", "1"), ("5", "1"), (None, "1")), 2, "10", "bound_not_ascending"),
            (((None, "1"), (None, "1")), 1, "0", "bound_missing"),
            ((("10", "1"), ("20", "1")), 2, "10", "last_tier_closed"),
        ],
    )
    def test_a_broken_ladder_names_its_tier(self, tiers, tier, starts_at, reason):
        with pytest.raises(TierError) as refusal:
            rate(graduated(*tiers), make_facts("1"))
        assert refusal.value.facts == {"tier": tier, "starts_at": Decimal(starts_at)}
        assert (refusal.value.tier, refusal.value.reason) == (tier, reason)

    def test_a_tier_without_a_price_is_no_tier_at_zero(self):
        tiers = (Tier(Decimal(10), Decimal(1)), Tier(None, None))
        with pytest.raises(TierError, match="unit_price_missing") as refusal:
            rate(Terms("graduated", tiers=tiers, rule=RULE), make_facts("1"))
        assert refusal.value.tier == 2

    @pytest.mark.parametrize(
        ("terms", "reason", "term"),
        [
            (Terms("per_unit", rule=RULE), "term_missing", "unit_price"),
            (Terms("flat", rule=RULE), "term_missing", "unit_price"),
            (Terms("cost_plus", rule=RULE), "term_missing", "percent"),
            (cost_plus("-100.01"), "percent_below_minus_100", "percent"),
            (cost_plus("20", cost_basis="imagined"), "unknown_cost_basis", "imagined"),
            (cost_plus("NaN"), "not_finite", "percent"),
            (cost_plus("20", "Infinity"), "not_finite", "fixed"),
            (per_unit("NaN"), "not_finite", "unit_price"),
            (graduated((None, "Infinity")), "not_finite", "unit_price"),
        ],
    )
    def test_missing_or_impossible_terms_are_named(self, terms, reason, term):
        with pytest.raises(TermsError) as refusal:
            check_terms(terms)
        assert (refusal.value.reason, refusal.value.facts["term"]) == (reason, term)

    def test_an_unknown_charge_model_is_named(self):
        with pytest.raises(TermsError) as refusal:
            rate(Terms("lottery"), make_facts("1"))
        assert refusal.value.facts == {"charge_model": "lottery"}

    def test_a_cost_can_be_given_away_but_not_paid_for(self):
        assert amount_of(cost_plus("-100"), None, cost="80.00") == Decimal("0.00")

    def test_a_float_is_refused_by_type(self):
        with pytest.raises(TypeError):
            check_terms(Terms("per_unit", unit_price=0.1))

    def test_good_terms_pass_in_silence(self):
        assert check_terms(LADDER) is None
