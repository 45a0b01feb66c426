"""What stands around a charge model: conversion, included quantities, adjustments, discounts, maximum and minimum."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from cloud_billing_engine.rating import (
    Adjustment,
    Conversion,
    DimensionQuantity,
    FactsError,
    Grant,
    Proration,
    RatedPart,
    Terms,
    TermsError,
    Tier,
    difference,
    rate,
)
from cloud_billing_engine.rating.wire import handle
from rating_samples import RULE, cost_plus, flat, graduated, make_facts, make_tier, per_unit

ADJUSTING = replace(RULE, rule_id=8, rule_name="Gold")


def steps_of(result):
    return [step["step"] for step in result.workings["steps"]]


def get_step(result, name):
    return next(step for step in result.workings["steps"] if step["step"] == name)


def convert(**values):
    return Conversion(**{name: Decimal(value) if name in NUMBERS else value for name, value in values.items()})


NUMBERS = ("numerator", "denominator", "step")


def adjusted(percent=None, amount=None, limit=None, label="", is_discount=False, rule=ADJUSTING):
    return Adjustment(
        rule=rule,
        percent=None if percent is None else Decimal(percent),
        amount=None if amount is None else Decimal(amount),
        limit=None if limit is None else Decimal(limit),
        label=label,
        is_discount=is_discount,
    )


def discounted(percent=None, amount=None, limit=None, label="Coupon", rule_id="coupon"):
    return adjusted(percent, amount, limit, label, is_discount=True, rule=replace(RULE, rule_id=rule_id))


def bounded(terms, maximum=None, minimum=None, is_minimum_prorated=True):
    return replace(
        terms,
        maximum=None if maximum is None else Decimal(maximum),
        minimum=None if minimum is None else Decimal(minimum),
        is_minimum_prorated=is_minimum_prorated,
    )


def gigabytes(*quantities):
    return tuple(Grant(f"grant {number}", "Included", Decimal(one)) for number, one in enumerate(quantities, 1))


def rate_again(result):
    """What the stored workings give when they are rated anywhere else."""
    stored = json.loads(json.dumps(result.workings))
    return handle({key: stored[key] for key in ("rule", "terms", "facts", "adjustments") if key in stored})


class TestTheOrderAroundAChargeModel:
    def test_every_step_in_its_place(self):
        # 7,200 s = 2 h; 0.5 h included, 1.5 h left; x 100.00 = 150.00; + 10 % = 165.00; - 15.00 = 150.00; x 16/31 =
        # 77.4193...; at most 75.00 x 16/31 = 38.7096..., which is above the minimum of 70.00 x 16/31 = 36.1290...
        terms = bounded(replace(per_unit("100.00"), conversion=convert(denominator="3600", unit="hour")), "75.00", "70")
        result = rate(
            terms,
            make_facts("7200", unit="s", grants=gigabytes("0.5"), proration=Proration(16, 31)),
            adjustments=[discounted(amount="-15.00"), adjusted(percent="10")],
        )
        assert steps_of(result) == [
            "conversion", "included", "charge_model", "adjustment", "discount", "proration", "maximum", "rounding",
        ]  # fmt: skip
        assert [step["after"] for step in result.workings["steps"]][:5] == [
            "2",
            "1.5",
            "150.000",
            "165.00000",
            "150.00000",
        ]
        assert result.amount == Decimal("38.71")

    def test_steps_that_do_nothing_are_not_there(self):
        terms = bounded(per_unit("1.00"), "100", "1")
        assert steps_of(rate(terms, make_facts("5"))) == ["charge_model", "rounding"]


class TestAConvertedQuantity:
    def test_hours_of_seconds(self):
        terms = replace(per_unit("0.10"), conversion=convert(denominator="3600", unit="hour"))
        result = rate(terms, make_facts("5400", unit="s"))
        assert (result.quantity, result.statement["unit"], result.amount) == (Decimal("1.5"), "hour", Decimal("0.15"))

    @pytest.mark.parametrize(
        ("rounding", "step", "quantity", "rounded"),
        [
            ("up", "1", "3601", "2"),
            ("up", "1", "3600", "1"),
            ("up", "1", "-3601", "-2"),
            ("down", "1", "7199", "1"),
            ("down", "1", "-7199", "-1"),
            ("half_up", "1", "5400", "2"),
            ("half_up", "1", "5399", "1"),
            ("half_up", "1", "-5400", "-2"),
            ("up", "0.25", "3601", "1.25"),
            ("down", "0.25", "3599", "0.75"),
            ("up", "1", "0", "0"),
        ],
    )
    def test_is_rounded_to_a_step(self, rounding, step, quantity, rounded):
        conversion = convert(denominator="3600", unit="hour", rounding=rounding, step=step)
        result = rate(replace(per_unit("1"), conversion=conversion), make_facts(quantity, unit="s"))
        assert result.quantity == Decimal(rounded)

    def test_what_is_above_a_step_by_less_than_any_decimal_shows_is_still_above_it(self):
        # (3 + 10^-50) / 3 is 1.000...0033 at the 51st decimal: one step more, although 30 decimals do not show it.
        conversion = convert(denominator="3", rounding="up")
        quantity = "3." + "0" * 49 + "1"
        assert rate(replace(per_unit("1"), conversion=conversion), make_facts(quantity)).quantity == 2

    def test_no_usage_stays_no_usage(self):
        terms = replace(per_unit("1"), conversion=convert(numerator="2"))
        assert rate(terms, make_facts(None)).quantity is None

    def test_quantities_by_dimension_are_rounded_each_and_add_up(self):
        seen = []

        def price(terms, facts):
            seen.append(facts)
            return [RatedPart("sum", facts.quantity)]

        terms = replace(per_unit("1"), conversion=convert(denominator="10", rounding="up"))
        dimensions = tuple(DimensionQuantity((("region", name),), Decimal(11)) for name in ("eu", "us"))
        rate(terms, make_facts("22", dimensions=dimensions), pricer=price)
        assert [share.quantity for share in seen[0].dimensions] == [2, 2]
        assert seen[0].quantity == 4


class TestIncludedQuantities:
    def test_they_are_used_in_the_order_given_and_the_rest_stays(self):
        # 150 GB: 100 of the first 100, 50 of the second 80; nothing is left to pay
        result = rate(per_unit("0.10"), make_facts("150", grants=gigabytes("100", "80")))
        assert result.granted == (("grant 1", Decimal(100)), ("grant 2", Decimal(50)))
        assert (result.quantity, result.counted, result.amount) == (150, 0, Decimal("0.00"))
        assert result.statement["included"] == [
            {"label": "Included", "used": "100", "of": "100"},
            {"label": "Included", "used": "50", "of": "80"},
        ]
        assert (result.statement["charged"], result.statement["quantity"]) == ("0", "150")

    def test_what_is_left_is_paid_from_the_first_tier_on(self):
        # 250 GB less 100 = 150: 100 x 0.10 + 50 x 0.08 = 14.00
        ladder = graduated(("100", "0.10"), (None, "0.08"))
        result = rate(ladder, make_facts("250", grants=gigabytes("100")))
        assert result.amount == Decimal("14.00")
        assert get_step(result, "included")["grants"] == [
            {"key": "grant 1", "label": "Included", "used": "100", "of": "100"}
        ]

    @pytest.mark.parametrize("quantity", ["0", "-5"])
    def test_nothing_and_credits_draw_nothing(self, quantity):
        result = rate(per_unit("0.10"), make_facts(quantity, grants=gigabytes("100")))
        assert (result.granted, result.counted) == ((), Decimal(quantity))

    def test_no_usage_draws_nothing_and_says_nothing(self):
        result = rate(per_unit("0.10"), make_facts(None, grants=gigabytes("100")))
        assert (result.granted, "included" in result.statement) == ((), False)

    def test_a_grant_is_gone_on_the_day_it_expires(self):
        grants = (
            Grant(1, "Old", Decimal(10), expires=date(2026, 3, 1)),
            Grant(2, "New", Decimal(10), expires=date(2026, 3, 2)),
        )
        assert rate(per_unit("1"), make_facts("15", grants=grants)).granted == ((2, Decimal(10)),)

    def test_quantities_by_dimension_give_up_theirs_in_their_order(self):
        seen = []

        def price(terms, facts):
            seen.append(facts)
            return [RatedPart("sum", facts.quantity)]

        dimensions = tuple(DimensionQuantity((("region", name),), Decimal(30)) for name in ("eu", "us"))
        rate(per_unit("1"), make_facts("60", dimensions=dimensions, grants=gigabytes("40")), pricer=price)
        assert [share.quantity for share in seen[0].dimensions] == [0, 20]

    def test_a_price_on_cost_cannot_take_units_off(self):
        with pytest.raises(FactsError, match="grants_not_possible"):
            rate(cost_plus("20"), make_facts("5", cost="1", grants=gigabytes("1")))

    def test_less_than_nothing_is_not_granted(self):
        with pytest.raises(FactsError, match="grant_negative"):
            rate(per_unit("1"), make_facts("5", grants=gigabytes("-1")))


class TestAdjustments:
    def test_each_is_of_what_the_one_before_left(self):
        # 100.00 + 10 % = 110.00; + 5.00 = 115.00; - 20 % = 92.00
        result = rate(
            per_unit("1"), make_facts("100"), adjustments=[adjusted("10"), adjusted(amount="5.00"), adjusted("-20")]
        )
        assert result.amount == Decimal("92.00")
        assert [step["after"] for step in result.workings["steps"][1:4]] == ["110.00", "115.00", "92.0000"]

    def test_an_amount_is_for_the_share_of_the_period(self):
        # (31.00 + 6.20) x 10 / 31 = 12.00
        result = rate(
            flat("31.00"), make_facts("1", proration=Proration(10, 31)), adjustments=[adjusted(amount="6.20")]
        )
        assert result.amount == Decimal("12.00")

    def test_on_measured_usage_an_amount_has_its_share_and_the_usage_has_none(self):
        # 50.00 was measured in the half of the month; the 6.00 are of a month: 50.00 + 3.00
        result = rate(per_unit("1"), make_facts("50", period_share=Proration(1, 2)), adjustments=[adjusted(amount="6")])
        assert result.amount == Decimal("53.00")

    def test_two_different_shares_are_taken_of_one_sum_once(self):
        # 10.00 x 1/3 + 0.01 x 2/9 = 30.02 / 9 = 3.33555...
        facts = make_facts("1", proration=Proration(1, 3), period_share=Proration(2, 9))
        result = rate(flat("10.00"), facts, adjustments=[adjusted(amount="0.01")])
        assert result.amount_exact == Decimal("3.335555555555555555555555555556")
        assert get_step(result, "proration")["period_share"]["numerator"] == 2

    def test_where_nothing_was_used_nothing_is_adjusted(self):
        result = rate(per_unit("1"), make_facts(None), adjustments=[adjusted(amount="5")])
        assert (result.amount, steps_of(result)) == (Decimal("0.00"), ["charge_model", "rounding"])

    def test_and_no_coupon_is_looked_at(self):
        result = rate(
            bounded(per_unit("1"), minimum="10"), make_facts(None), adjustments=[discounted(amount="-5", limit="9")]
        )
        # 10.00 are the minimum's
        assert (result.amount, steps_of(result)) == (Decimal("10.00"), ["charge_model", "minimum", "rounding"])

    @pytest.mark.parametrize(
        ("adjustment", "reason"),
        [
            (adjusted(), "adjustment_empty"),
            (adjusted("1", "1"), "adjustment_empty"),
            (adjusted("-100.01"), "percent_below_minus_100"),
            (adjusted("-5", limit="1"), "limit_without_discount"),
            (discounted("5"), "discount_raises"),
            (discounted(amount="5"), "discount_raises"),
            (discounted("-5", limit="-1"), "limit_negative"),
            (adjusted("NaN"), "not_finite"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, adjustment, reason):
        with pytest.raises(TermsError, match=reason):
            rate(per_unit("1"), make_facts("1"), adjustments=[adjustment])


class TestWhatTheCustomerReadsOfAdjustments:
    def test_one_without_a_label_is_in_the_price(self):
        result = rate(per_unit("0.10"), make_facts("100"), adjustments=[adjusted("10")])
        assert (result.unit_price, result.statement["unit_price"]) == (Decimal("0.11"), "0.11")
        assert "changes" not in result.statement

    def test_tiers_too(self):
        ladder = graduated(("10", "0.10"), (None, "0.08", "5.00"))
        tiers = rate(ladder, make_facts("20"), adjustments=[adjusted("-50")]).statement["tiers"]
        assert [(Decimal(tier["unit_price"]), Decimal(tier["amount"])) for tier in tiers] == [
            (Decimal("0.05"), Decimal("0.5")),
            (Decimal("0.04"), Decimal("2.9")),
        ]

    def test_blocks_and_percentages_too(self):
        package = Terms("package", unit_price=Decimal(20), block_size=Decimal(10), rule=RULE)
        rows = rate(package, make_facts("15"), adjustments=[adjusted("10")]).statement["rows"]
        assert [(row["blocks"], row["block_price"], Decimal(row["amount"])) for row in rows] == [("2", "22", 44)]
        share = Terms("percentage", percent=Decimal(3), rule=RULE)
        rows = rate(share, make_facts(None, value=Decimal(200)), adjustments=[adjusted("-50")]).statement["rows"]
        assert [(row["value"], row["percent"], Decimal(row["amount"])) for row in rows] == [("200", "1.5", 3)]

    def test_one_with_a_label_is_named_and_the_price_stays(self):
        result = rate(per_unit("0.10"), make_facts("100"), adjustments=[adjusted("-10", label="Partner")])
        assert result.statement["unit_price"] == "0.10"
        assert result.statement["changes"] == [{"label": "Partner", "percent": "-10", "amount": "-1.0000"}]

    def test_an_amount_without_a_label_hides_unit_prices_that_would_not_add_up(self):
        result = rate(per_unit("0.10"), make_facts("100"), adjustments=[adjusted(amount="3")])
        assert (result.unit_price, result.statement["unit_price"], result.statement["tiers"]) == (None, None, [])
        assert result.statement["amount"] == "13.00"

    def test_a_later_one_without_a_label_moves_the_named_amounts_before_it(self):
        result = rate(
            per_unit("1"), make_facts("100"), adjustments=[adjusted(amount="10", label="Fee"), adjusted("50")]
        )
        # 100 x 1.50 + 15 = 165
        assert (result.statement["unit_price"], result.amount) == ("1.5", Decimal("165.00"))
        assert result.statement["changes"] == [{"label": "Fee", "percent": None, "amount": "15.00"}]

    def test_no_rule_and_no_percentage_without_a_label_is_in_it(self):
        secret = replace(RULE, rule_id=987, rule_name="SECRET", scope="SECRET")
        result = rate(cost_plus("13.13"), make_facts("5", cost="100"), adjustments=[adjusted("17.17", rule=secret)])
        for word in ("SECRET", "987", "17.17", "13.13"):
            assert word not in json.dumps(result.statement)


class TestDiscounts:
    def test_they_come_after_adjustments_whatever_their_place(self):
        # 100.00 + 10.00 = 110.00; - 10 % = 99.00
        result = rate(per_unit("1"), make_facts("100"), adjustments=[discounted("-10"), adjusted(amount="10")])
        assert result.amount == Decimal("99.00")

    def test_an_amount_never_goes_through_zero(self):
        result = rate(per_unit("1"), make_facts("3"), adjustments=[discounted(amount="-5", limit="100")])
        assert (result.amount, result.discounts) == (Decimal("0.00"), (("coupon", Decimal("3.00")),))

    def test_a_limit_is_never_exceeded(self):
        # 10 % of 100.00 is 10.00, of which 4.00 are left on the coupon
        result = rate(per_unit("1"), make_facts("100"), adjustments=[discounted("-10", limit="4.00")])
        assert (result.amount, result.discounts) == (Decimal("96.00"), (("coupon", Decimal("4.00")),))
        assert get_step(result, "discount")["is_limited"] is True
        assert result.statement["changes"] == [{"label": "Coupon", "percent": None, "amount": "-4.00"}]

    def test_a_limit_is_of_money_and_not_of_a_share(self):
        # half of 100.00 is 50.00; 10 % = 5.00; 4.00 are left: 46.00, and not 50.00 less half of 4.00
        facts = make_facts("1", proration=Proration(1, 2))
        result = rate(flat("100"), facts, adjustments=[discounted("-10", limit="4.00")])
        assert (result.amount, result.discounts) == (Decimal("46.00"), (("coupon", Decimal("4.00")),))

    def test_what_is_taken_off_a_limit_is_what_the_rounded_amount_is_lower_by(self):
        # 0.05 x 10 % = 0.005: the amount is 0.045, half up 0.05, so nothing was saved and nothing is used up
        result = rate(per_unit("0.05"), make_facts("1"), adjustments=[discounted("-10", limit="4")])
        assert (result.amount, result.discounts) == (Decimal("0.05"), ())

    def test_a_part_of_a_cent_on_a_limit_takes_nothing(self):
        result = rate(per_unit("1"), make_facts("100"), adjustments=[discounted("-10", limit="0.009")])
        assert (result.amount, result.discounts) == (Decimal("100.00"), ())

    def test_a_discount_that_a_minimum_takes_back_uses_nothing_up(self):
        # 10.00 - 5.00 = 5.00; the minimum of 10.00 is due all the same
        result = rate(
            bounded(per_unit("1"), minimum="10"), make_facts("10"), adjustments=[discounted(amount="-5", limit="20")]
        )
        assert (result.amount, result.discounts) == (Decimal("10.00"), ())

    def test_a_credit_gives_back_what_was_charged(self):
        charge = rate(per_unit("1"), make_facts("100"), adjustments=[discounted("-10")])
        credit = rate(per_unit("1"), make_facts("-100"), adjustments=[discounted("-10")])
        assert (charge.amount, credit.amount) == (Decimal("90.00"), Decimal("-90.00"))

    def test_and_gives_it_back_to_the_limit(self):
        credit = rate(per_unit("1"), make_facts("-100"), adjustments=[discounted("-10", limit="4")])
        assert (credit.amount, credit.discounts) == (Decimal("-96.00"), (("coupon", Decimal("-4.00")),))

    def test_an_amount_is_not_taken_off_a_credit(self):
        credit = rate(per_unit("1"), make_facts("-100"), adjustments=[discounted(amount="-10")])
        assert credit.amount == Decimal("-100.00")

    def test_several_take_together_what_the_rounded_amount_is_lower_by(self):
        coupons = [discounted("-10", limit="3", rule_id="a"), discounted(amount="-7.777", limit="5", rule_id="b")]
        result = rate(per_unit("1"), make_facts("33.333"), adjustments=coupons)
        # 33.333 - 3.00 (of 3.3333) = 30.333; - 5.00 (of 7.777) = 25.333
        assert result.discounts == (("a", Decimal("3.00")), ("b", Decimal("5.00")))
        assert result.amount == Decimal("25.33")


class TestMaximumAndMinimum:
    @pytest.mark.parametrize(
        ("quantity", "amount"),
        [("500", "100.00"), ("100", "100.00"), ("50", "50.00"), ("3", "10.00"), ("0", "10.00"), (None, "10.00")],
    )
    def test_an_amount_stays_between_them(self, quantity, amount):
        assert rate(bounded(per_unit("1"), "100", "10"), make_facts(quantity)).amount == Decimal(amount)

    def test_a_minimum_without_usage_is_due_and_usage_is_still_none(self):
        result = rate(bounded(per_unit("1"), minimum="10"), make_facts(None))
        assert (result.quantity, result.statement["usage"], result.amount) == (None, "none", Decimal("10.00"))
        assert result.statement["minimum"] == {"before": "0", "after": "10", "minimum": "10"}

    def test_half_a_period_owes_half_of_it(self):
        facts = make_facts("3", period_share=Proration(1, 2))
        assert rate(bounded(per_unit("1"), minimum="10"), facts).amount == Decimal("5.00")
        assert rate(bounded(per_unit("1"), "4"), facts).amount == Decimal("2.00")

    def test_or_all_of_it_where_the_contract_says_so(self):
        facts = make_facts("3", period_share=Proration(1, 2))
        assert rate(bounded(per_unit("1"), minimum="10", is_minimum_prorated=False), facts).amount == Decimal("10.00")

    def test_a_credit_is_given_back_in_full_beside_a_minimum(self):
        assert rate(bounded(per_unit("1"), minimum="10"), make_facts("-50")).amount == Decimal("-40.00")

    def test_a_credit_gives_back_no_more_than_could_be_charged(self):
        assert rate(bounded(per_unit("1"), "100"), make_facts("-500")).amount == Decimal("-100.00")

    @pytest.mark.parametrize(
        ("maximum", "minimum", "reason"),
        [("-1", None, "maximum_negative"), (None, "-1", "minimum_negative"), ("1", "2", "minimum_above_maximum")],
    )
    def test_bounds_that_contradict_are_refused(self, maximum, minimum, reason):
        with pytest.raises(TermsError, match=reason):
            rate(bounded(per_unit("1"), maximum, minimum), make_facts("1"))

    def test_around_a_charge_model_from_outside_too(self):
        with pytest.raises(TermsError, match="minimum_negative"):
            rate(bounded(Terms("odd"), minimum="-1"), make_facts("1"), pricer=lambda terms, facts: [])


class TestConversionsThatCannotBe:
    @pytest.mark.parametrize(
        ("values", "reason"),
        [
            ({"numerator": "0"}, "conversion_not_positive"),
            ({"denominator": "-1"}, "conversion_not_positive"),
            ({"step": "0"}, "conversion_not_positive"),
            ({"rounding": "sideways"}, "unknown_quantity_rounding"),
        ],
    )
    def test_are_refused(self, values, reason):
        with pytest.raises(TermsError, match=reason):
            rate(replace(per_unit("1"), conversion=convert(**values)), make_facts("1"))


LADDER = graduated(("1000", "0.10"), (None, "0.08"))


class TestACounterOverTheYear:
    """Annual tiers billed monthly: 600 h in January, 700 h in February."""

    def test_the_second_month_goes_on_where_the_first_stopped(self):
        # the year: 1,000 x 0.10 + 300 x 0.08 = 124.00; January was 60.00; February owes 64.00
        january = rate(LADDER, make_facts("600"))
        february = rate(LADDER, make_facts("700", carried=Decimal(600)))
        assert (january.amount, february.amount) == (Decimal("60.00"), Decimal("64.00"))
        assert [(part.tier.number, part.quantity, part.amount) for part in february.parts] == [
            (1, Decimal(400), Decimal("40.00")),
            (2, Decimal(300), Decimal("24.00")),
        ]
        assert february.statement["counter"] == {"before": "600", "after": "1300"}
        assert [tier["quantity"] for tier in february.statement["tiers"]] == ["400", "300"]
        assert february.statement["quantity"] == "700"

    def test_the_workings_show_both_totals(self):
        step = get_step(rate(LADDER, make_facts("700", carried=Decimal(600))), "counter")
        assert (step["before"], step["amount_before"], step["after"]) == ("124.00", "60.00", "64.00")
        assert [one["step"] for one in step["steps_before"]] == ["charge_model", "rounding"]

    def test_a_cent_lost_in_one_month_comes_back_in_the_next(self):
        # 3 x 0.005: 0.01 (0.005), 0.00 (0.010 - 0.01), 0.01 (0.015 -> 0.02 - 0.01); three alone would be 0.03
        terms = per_unit("0.005")
        amounts = [rate(terms, make_facts("1", carried=Decimal(before))).amount for before in (0, 1, 2)]
        assert amounts == [Decimal("0.01"), Decimal("0.00"), Decimal("0.01")]

    def test_a_flat_amount_of_a_tier_is_due_once_a_cycle(self):
        ladder = graduated(("1000", "0.10", "5.00"), (None, "0.08"))
        assert rate(ladder, make_facts("100")).amount == Decimal("15.00")
        assert rate(ladder, make_facts("100", carried=Decimal(100))).amount == Decimal("10.00")

    def test_blocks_that_the_stretch_starts(self):
        # 15 started 2 blocks of 10; 25 start 3: one more
        package = Terms("package", unit_price=Decimal(20), block_size=Decimal(10), rule=RULE)
        result = rate(package, make_facts("10", carried=Decimal(15)))
        assert result.amount == Decimal("20.00")
        row = result.statement["rows"][0]
        assert (row["blocks"], row["quantity"], row["block_size"]) == ("1", "10", "10")

    def test_a_volume_price_that_falls_prices_the_cycle_anew(self):
        # 900 x 0.10 = 90.00; 1,100 x 0.08 = 88.00: 2.00 back
        volume = replace(LADDER, charge_model="volume")
        result = rate(volume, make_facts("200", carried=Decimal(900)))
        assert result.amount == Decimal("-2.00")
        assert [(part.tier.number, part.quantity) for part in result.parts] == [(2, 1100), (1, -900)]

    def test_a_step_that_is_climbed(self):
        # 5 is on the step of 50.00, 15 on that of 80.00
        steps = Terms("stairstep", tiers=(make_tier("10", "0", "50"), make_tier(None, "0", "80")), rule=RULE)
        assert rate(steps, make_facts("10", carried=Decimal(5))).amount == Decimal("30.00")
        assert rate(steps, make_facts("2", carried=Decimal(5))).amount == Decimal("0.00")

    def test_a_ladder_of_percentages_counts_the_value(self):
        # 400 x 3 % + 300 x 2 % = 18.00
        tiers = (
            Tier(Decimal(1000), Decimal(0), percent=Decimal(3)),
            Tier(None, Decimal(0), percent=Decimal(2)),
        )
        terms = Terms("graduated_percentage", tiers=tiers, rule=RULE)
        result = rate(terms, make_facts(None, value=Decimal(700), carried=Decimal(600)))
        assert (result.amount, result.counted) == (Decimal("18.00"), Decimal(700))
        assert [row["value"] for row in result.statement["rows"]] == ["400", "300"]
        assert result.statement["counter"] == {"before": "600", "after": "1300"}

    def test_a_month_without_usage_says_so(self):
        result = rate(LADDER, make_facts(None, carried=Decimal(600)))
        assert (result.amount, result.parts, result.statement["usage"]) == (Decimal("0.00"), (), "none")

    def test_rows_without_their_number_are_still_a_mistake(self):
        with pytest.raises(FactsError, match="quantity_missing"):
            rate(LADDER, make_facts(None, carried=Decimal(600), rows=3))

    def test_a_month_of_zero_shows_where_the_counter_stands(self):
        result = rate(LADDER, make_facts("0", carried=Decimal(1200)))
        assert (result.amount, result.statement["usage"], result.parts[0].tier.number) == (Decimal("0.00"), "zero", 2)

    def test_maximum_and_minimum_are_of_the_stretch(self):
        # the year: 60.00, then 64.00 more; at most 50.00 and at least 100.00 a month
        facts = make_facts("700", carried=Decimal(600))
        assert rate(bounded(LADDER, "50"), facts).amount == Decimal("50.00")
        assert rate(bounded(LADDER, minimum="100"), facts).amount == Decimal("100.00")
        assert rate(bounded(LADDER, minimum="100"), make_facts(None, carried=Decimal(600))).amount == Decimal("100.00")

    def test_a_stretch_that_is_a_part_of_its_month_has_its_share_of_them(self):
        facts = make_facts("700", carried=Decimal(600), period_share=Proration(1, 2))
        assert rate(bounded(LADDER, minimum="150"), facts).amount == Decimal("75.00")

    def test_percentages_go_with_it_and_amounts_are_of_each_stretch(self):
        # year: 124.00 - 10 % = 111.60; January 54.00; February 57.60; + 2.00 a month - 10 % = 1.80
        changes = [adjusted(amount="2", label="Fee"), adjusted("-10", label="Gold")]
        january = rate(LADDER, make_facts("600"), adjustments=changes)
        february = rate(LADDER, make_facts("700", carried=Decimal(600)), adjustments=changes)
        assert (january.amount, february.amount) == (Decimal("55.80"), Decimal("59.40"))
        # of the 64.00 and the 2.00 that were added
        assert february.statement["changes"] == [
            {"label": "Fee", "percent": None, "amount": "2"},
            {"label": "Gold", "percent": "-10", "amount": "-6.6000"},
        ]

    def test_a_limited_discount_is_of_the_stretch(self):
        # February owes 64.00; 10 % = 6.40, of which 4.00 are left
        result = rate(LADDER, make_facts("700", carried=Decimal(600)), adjustments=[discounted("-10", limit="4")])
        assert (result.amount, result.discounts) == (Decimal("60.00"), (("coupon", Decimal("4.00")),))

    def test_the_running_total_is_rounded_where_the_price_says_so(self):
        # minutes of seconds, up: 90 s -> 2; 150 s -> 3, so the second 60 s are one minute; each alone would be 2 + 1
        conversion = convert(denominator="60", rounding="up", is_cumulative=True)
        terms = replace(per_unit("1"), conversion=conversion)
        first = rate(terms, make_facts("90"))
        second = rate(terms, make_facts("60", carried=Decimal(90)))
        third = rate(terms, make_facts("20", carried=Decimal(150)))
        assert [one.quantity for one in (first, second, third)] == [2, 1, 0]

    def test_rounded_each_on_its_own_it_needs_what_was_counted(self):
        terms = replace(per_unit("1"), conversion=convert(denominator="60", rounding="up"))
        with pytest.raises(FactsError, match="carried_counted_missing"):
            rate(terms, make_facts("60", carried=Decimal(90)))
        result = rate(terms, make_facts("61", carried=Decimal(90), carried_counted=Decimal(2)))
        assert (result.quantity, result.counted) == (2, 2)

    def test_included_quantities_do_not_move_it(self):
        # January 600 h less 100 included: 500 on the counter. February 700 h: 500 in tier 1, 200 in tier 2
        january = rate(LADDER, make_facts("600", grants=gigabytes("100")))
        assert january.counted == 500
        february = rate(LADDER, make_facts("700", carried=Decimal(600), carried_counted=january.counted))
        assert february.amount == Decimal("66.00")

    @pytest.mark.parametrize(
        ("terms", "values", "reason"),
        [
            (cost_plus("20"), {"cost": "1"}, "counter_not_possible"),
            (flat("1"), {}, "counter_not_possible"),
            (LADDER, {"proration": Proration(1, 2)}, "counter_prorated"),
        ],
    )
    def test_where_a_counter_has_no_meaning_it_is_refused(self, terms, values, reason):
        with pytest.raises(FactsError, match=reason):
            rate(terms, make_facts("1", carried=Decimal(1), **values))


class TestCorrectionsOfThem:
    def test_what_is_no_longer_used_of_grants_and_coupons_is_given_back(self):
        # billed: 150 GB, 100 included, 50 x 1 = 50.00 less 4.00. Now 80 GB: all included, nothing to discount.
        now = rate(per_unit("1"), make_facts("80", grants=gigabytes("100")), adjustments=[discounted("-10", limit="4")])
        correction = difference(
            now,
            Decimal("46.00"),
            Decimal("150"),
            billed_granted=[("grant 1", Decimal(100))],
            billed_discounts=[("coupon", Decimal("4.00"))],
            billed_counted=Decimal(50),
        )
        assert (correction.amount, correction.quantity) == (Decimal("-46.00"), Decimal("-70"))
        assert correction.granted == (("grant 1", Decimal(-20)),)
        assert correction.discounts == (("coupon", Decimal("-4.00")),)
        assert correction.counted == -50
        assert "included" not in correction.statement

    def test_a_stretch_of_a_counter_is_corrected_like_any_other(self):
        now = rate(LADDER, make_facts("700", carried=Decimal(600)))
        assert difference(now, Decimal("60.00"), Decimal("650")).amount == Decimal("4.00")


class TestTheWorkingsAreARequest:
    @pytest.mark.parametrize(
        ("terms", "facts", "adjustments"),
        [
            (
                bounded(
                    replace(LADDER, conversion=convert(denominator="7", unit="h", rounding="up")), "90", "3", False
                ),
                make_facts("3001", grants=gigabytes("10", "20"), period_share=Proration(1, 3)),
                [adjusted("3.3"), adjusted(amount="2", label="Fee"), discounted("-7", limit="1.25")],
            ),
            (LADDER, make_facts("700", carried=Decimal(600)), [discounted("-7", limit="1.25")]),
            (LADDER, make_facts("7", carried=Decimal(60), carried_counted=Decimal(4)), [adjusted("1")]),
            (
                replace(per_unit("1"), conversion=convert(denominator="60", rounding="down", is_cumulative=True)),
                make_facts("7", carried=Decimal(60)),
                [],
            ),
            (flat("9"), make_facts("1", grants=(Grant(1, "x", Decimal(5), date(2026, 5, 1)),)), []),
        ],
    )
    def test_rated_again(self, terms, facts, adjustments):
        result = rate(terms, facts, adjustments=adjustments)
        again = rate_again(result)
        assert again["workings"] == result.workings
        assert again["statement"] == result.statement
