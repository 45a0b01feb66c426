"""Volume and stairstep, by hand; and the two ways to write the bounds of a ladder."""

from dataclasses import replace
from decimal import Decimal

import pytest
from cloud_billing_engine.rating import (
    FactsError,
    TermsError,
    Tier,
    TierError,
    bounds_from_capacities,
    capacities_from_bounds,
    check_terms,
    difference,
    rate,
)
from cloud_billing_engine.rating.memo import once_per_object
from rating_samples import make_facts, make_terms

TIERS = (("1000", "0.10"), ("5000", "0.08", "5.00"), (None, "0.05", "20.00"))
VOLUME = make_terms("volume", TIERS)
STEPS = make_terms("stairstep", (("10", "0", "49.00"), ("50", "0", "99.00"), (None, "0", "199.00")))


def amount_of(terms, quantity, **facts):
    return rate(terms, make_facts(quantity, **facts)).amount


class TestVolume:
    @pytest.mark.parametrize(
        ("quantity", "amount"),
        [
            ("0", "0.00"),  # no tier is reached
            ("1000", "100.00"),  # the bound itself is in tier 1
            ("1000.5", "85.04"),  # 1,000.5 x 0.08 + 5.00
            ("5000", "405.00"),  # 5,000 x 0.08 + 5.00
            ("5000.000001", "270.00"),  # 250.00000005 + 20.00
            ("6000", "320.00"),  # 6,000 x 0.05 + 20.00
        ],
    )
    def test_all_of_it_is_priced_in_the_tier_it_reaches_with_that_tiers_flat_amount(self, quantity, amount):
        assert amount_of(VOLUME, quantity) == Decimal(amount)

    def test_the_flat_amount_of_the_first_tier_is_due_with_the_first_use(self):
        terms = make_terms("volume", [(None, "0.10", "3.00")])
        assert [amount_of(terms, quantity) for quantity in ("0", "0.01", "10")] == [
            Decimal("0.00"),
            Decimal("3.00"),  # 0.001 + 3.00
            Decimal("4.00"),
        ]

    def test_the_parts_name_the_tier_and_hold_the_whole_quantity(self):
        parts = rate(VOLUME, make_facts("6000")).parts
        assert [(part.label, part.tier.number, part.tier.starts_at, part.quantity, part.amount) for part in parts] == [
            ("tier", 3, Decimal(5000), Decimal(6000), Decimal("300.00")),
            ("tier_flat", 3, Decimal(5000), None, Decimal("20.00")),
        ]

    def test_a_negative_usage_is_a_credit_at_the_first_tiers_price_without_flat_amounts(self):
        assert amount_of(VOLUME, "-6000") == Decimal("-600.00")

    def test_no_usage_has_no_parts(self):
        assert rate(VOLUME, make_facts(None)).parts == ()

    def test_rows_without_any_quantity_are_refused(self):
        with pytest.raises(FactsError, match="quantity_missing"):
            rate(VOLUME, make_facts(None, rows=1))

    def test_walking_back_over_a_bound_prices_everything_anew(self):
        # 6,000 was 320.00; 4,000 is 4,000 x 0.08 + 5.00 = 325.00: less usage, 5.00 more
        now = rate(VOLUME, make_facts("4000"))
        assert difference(now, Decimal("320.00"), Decimal("6000")).amount == Decimal("5.00")


class TestStairstep:
    @pytest.mark.parametrize(
        ("quantity", "amount"),
        [
            ("0", "0.00"),
            ("0.001", "49.00"),
            ("10", "49.00"),
            ("10.001", "99.00"),
            ("50", "99.00"),
            ("51", "199.00"),
            ("1000000", "199.00"),
            ("-5", "0.00"),
        ],
    )
    def test_the_step_that_is_reached_is_the_price(self, quantity, amount):
        assert amount_of(STEPS, quantity) == Decimal(amount)

    def test_no_usage_has_no_parts(self):
        assert rate(STEPS, make_facts(None)).parts == ()

    def test_the_customer_sees_the_step(self):
        statement = rate(STEPS, make_facts("12")).statement
        assert statement["rows"] == [
            {"row": "step", "quantity": "12", "starts_at": "10", "up_to": "50", "amount": "99.00"}
        ]
        assert (statement["tiers"], statement["unit_price"]) == ([], None)

    def test_the_first_step_begins_at_zero(self):
        part = rate(STEPS, make_facts("3")).parts[0]
        assert (part.tier.number, part.tier.starts_at, part.tier.up_to) == (1, 0, 10)

    def test_walking_back_is_the_difference_of_two_steps(self):
        now = rate(STEPS, make_facts("9"))
        assert difference(now, Decimal("199.00"), Decimal("60")).amount == Decimal("-150.00")

    def test_a_unit_price_in_a_step_is_refused_because_it_would_never_be_charged(self):
        terms = make_terms("stairstep", (("10", "0", "49.00"), (None, "0.50", "99.00")))
        with pytest.raises(TierError) as refusal:
            check_terms(terms)
        assert refusal.value.reason == "unit_price_not_used"
        assert refusal.value.facts == {"tier": 2, "starts_at": Decimal(10)}
        with pytest.raises(TierError, match="unit_price_not_used") as refusal:
            check_terms(make_terms("stairstep", ((None, "0.50", "99.00"),)))
        assert refusal.value.facts == {"tier": 1, "starts_at": Decimal(0)}


@pytest.mark.parametrize("model", ["volume", "stairstep", "graduated_percentage"])
class TestLaddersThatCannotPrice:
    def test_without_tiers(self, model):
        with pytest.raises(TierError, match="no_tiers"):
            check_terms(make_terms(model))

    def test_with_an_amount_that_is_no_number(self, model):
        with pytest.raises(TermsError, match="not_finite") as refusal:
            check_terms(make_terms(model, ((None, "0", "NaN"),)))
        assert refusal.value.facts["term"] == "flat_amount"

    def test_with_bounds_that_fall(self, model):
        with pytest.raises(TierError, match="bound_not_ascending"):
            check_terms(make_terms(model, (("10", "0"), ("10", "0"), (None, "0"))))

    def test_with_an_end(self, model):
        with pytest.raises(TierError, match="last_tier_closed"):
            check_terms(make_terms(model, (("10", "0"),)))


class TestBoundsAndCapacities:
    CAPACITIES = (Decimal(1000), Decimal(4000), Decimal("0.5"), None)
    BOUNDS = (Decimal(1000), Decimal(5000), Decimal("5000.5"), None)

    def test_what_each_tier_holds_becomes_its_upper_bound_and_back(self):
        assert bounds_from_capacities(self.CAPACITIES) == self.BOUNDS
        assert capacities_from_bounds(self.BOUNDS) == self.CAPACITIES

    def test_a_ladder_that_is_still_being_written_may_lack_its_rest(self):
        assert bounds_from_capacities(self.CAPACITIES[:2]) == self.BOUNDS[:2]
        assert capacities_from_bounds(self.BOUNDS[:2]) == self.CAPACITIES[:2]
        assert bounds_from_capacities(()) == capacities_from_bounds(()) == ()

    @pytest.mark.parametrize(
        ("turn", "numbers", "tier", "reason"),
        [
            (bounds_from_capacities, ("0", None), 1, "capacity_not_positive"),
            (bounds_from_capacities, ("5", "-1", None), 2, "capacity_not_positive"),
            (bounds_from_capacities, (None, "5"), 1, "bound_missing"),
            (capacities_from_bounds, ("0", None), 1, "bound_not_positive"),
            (capacities_from_bounds, ("5", "5", None), 2, "bound_not_ascending"),
            (capacities_from_bounds, ("5", None, None), 2, "bound_missing"),
        ],
    )
    def test_what_makes_no_ladder_names_its_tier(self, turn, numbers, tier, reason):
        with pytest.raises(TierError) as refusal:
            turn(tuple(None if number is None else Decimal(number) for number in numbers))
        assert (refusal.value.tier, refusal.value.reason) == (tier, reason)

    @pytest.mark.parametrize("turn", [bounds_from_capacities, capacities_from_bounds])
    def test_a_float_is_refused_by_type_and_a_number_without_end_by_name(self, turn):
        with pytest.raises(TypeError):
            turn((0.5, None))
        with pytest.raises(TermsError, match="not_finite"):
            turn((Decimal("Infinity"), None))


class TestWhatIsRemembered:
    def test_a_frozen_object_is_asked_once_and_each_one_by_itself(self):
        asked = []
        remember = once_per_object(lambda terms: asked.append(terms) or len(asked))
        first, second = make_terms("volume", TIERS), make_terms("volume", TIERS)
        assert [remember(first), remember(first), remember(second), remember(first)] == [1, 1, 2, 1]
        assert (len(asked), first == second) == (2, True)

    def test_nothing_is_kept_of_an_object_that_is_gone(self):
        remember = once_per_object(lambda terms: 1)
        terms = make_terms("volume", TIERS)
        remember(terms)
        known = remember.__closure__
        kept = next(cell.cell_contents for cell in known if isinstance(cell.cell_contents, dict))
        assert len(kept) == 1
        del terms
        assert kept == {}


def test_a_bound_is_a_number():
    with pytest.raises(TypeError):
        check_terms(replace(VOLUME, tiers=(Tier(0.5, Decimal(1)), Tier(None, Decimal(1)))))
    with pytest.raises(TermsError, match="not_finite"):
        check_terms(replace(VOLUME, tiers=(Tier(Decimal("Infinity"), Decimal(1)), Tier(None, Decimal(1)))))


def test_terms_are_checked_once_and_a_refusal_every_time():
    good = make_terms("volume", TIERS)
    assert check_terms(good) is check_terms(good) is None
    bad = make_terms("volume", TIERS[:1])
    for _time in range(2):
        with pytest.raises(TierError):
            check_terms(bad)


def test_a_tier_of_another_rule_is_not_taken_for_one_that_was_checked():
    # objects come and go: an identity that was used before is checked again
    for number in range(2000):
        tiers = (Tier(Decimal(number + 1), Decimal(1)), Tier(None if number % 2 else Decimal(1), Decimal(1)))
        terms = make_terms("volume")
        terms = terms.__class__("volume", tiers=tiers)
        if number % 2:
            check_terms(terms)
        else:
            with pytest.raises(TierError):
                check_terms(terms)
