"""The order of one price, its two explanations, and a charge model from outside."""

import json
from dataclasses import FrozenInstanceError, replace
from datetime import date
from decimal import Decimal

import pytest
from cloud_billing_engine.rating import (
    ENGINE_VERSION,
    PRICERS,
    DimensionQuantity,
    Exchange,
    FactsError,
    MatrixCell,
    Proration,
    RatedPart,
    Terms,
    Tier,
    difference,
    rate,
)
from rating_samples import (
    RULE,
    cost_plus,
    flat,
    graduated,
    make_facts,
    make_percent_tier,
    make_terms,
    make_tier,
    per_unit,
)

DOLLARS = Exchange(Decimal("0.9234"), "USD", "EUR", "European Central Bank", date(2026, 3, 31))


def steps_of(result):
    return [step["step"] for step in result.workings["steps"]]


class TestTheOrderOfOnePrice:
    def test_exchange_then_charge_model_then_proration_then_rounding(self):
        # 100.00 USD x 0.9234 = 92.34 EUR; + 20 % = 110.808; + 31.00 x 16/31 = 126.808; to the cent 126.81
        result = rate(
            cost_plus("20", "31.00"), make_facts(None, cost="100.00", exchange=DOLLARS, proration=Proration(16, 31))
        )
        assert steps_of(result) == ["exchange", "charge_model", "proration", "rounding"]
        afters = [Decimal(step["after"]) for step in result.workings["steps"]]
        assert afters == [Decimal("92.34"), Decimal("141.808"), Decimal("126.808"), Decimal("126.81")]
        assert (result.amount_exact, result.amount) == (Decimal("126.808"), Decimal("126.81"))

    def test_steps_that_do_nothing_are_not_there(self):
        assert steps_of(rate(per_unit("0.10"), make_facts("5"))) == ["charge_model", "rounding"]

    def test_proration_divides_the_sum_once(self):
        # 0.01 + 0.005 = 0.015; x 1/3 = exactly half a cent: up to 0.01. Dividing each part first gives 0.00499..9.
        terms = graduated(("1", "0.01"), (None, "0.005"))
        result = rate(terms, make_facts("2", proration=Proration(1, 3)))
        assert (result.amount_exact, result.amount) == (Decimal("0.005"), Decimal("0.01"))

    @pytest.mark.parametrize(
        ("rounding", "amount"),
        [("1", "1235"), ("0.01", "1234.57"), ("0.001", "1234.568"), ("0.05", "1234.55")],
    )
    def test_rounding_is_once_half_up_to_the_currencys_step(self, rounding, amount):
        # 1,234.5675 in yen, euro, dinar and Swiss cash
        result = rate(per_unit("1234.5675"), make_facts("1", rounding=Decimal(rounding)))
        assert str(result.amount) == amount
        assert result.amount_exact == Decimal("1234.5675")

    def test_a_credit_rounds_away_from_zero_like_its_charge(self):
        assert rate(per_unit("0.125"), make_facts("-1")).amount == Decimal("-0.13")

    def test_one_unit_price_is_named_and_several_are_not(self):
        assert rate(per_unit("0.10"), make_facts("5")).unit_price == Decimal("0.10")
        ladder = graduated(("10", "0.10"), (None, "0.08"))
        assert rate(ladder, make_facts("10")).unit_price == Decimal("0.10")
        assert rate(ladder, make_facts("11")).unit_price is None
        # a flat amount beside it: quantity x unit price would not be the amount
        assert rate(graduated((None, "0.10", "3.00")), make_facts("5")).unit_price is None
        assert rate(cost_plus("20"), make_facts("5", cost="1")).unit_price is None

    def test_numbers_beyond_120_digits_are_refused_not_rounded(self):
        with pytest.raises(FactsError) as refusal:
            rate(per_unit("1." + "1" * 60), make_facts("1." + "1" * 60))
        assert refusal.value.reason == "too_many_digits"

    def test_so_are_shares_whose_sum_has_more(self):
        terms = make_terms("matrix", rest_price="1")
        terms = replace(terms, cells=(MatrixCell((("region", "eu"),), Decimal(1)),))
        shares = tuple(DimensionQuantity((), Decimal(f"1E{exponent}")) for exponent in (60, -60))
        with pytest.raises(FactsError, match="too_many_digits"):
            rate(terms, make_facts("1", dimensions=shares))


class TestThreeDifferentAnswers:
    @pytest.mark.parametrize(("quantity", "usage"), [(None, "none"), ("0", "zero"), ("-1", "some"), ("5", "some")])
    def test_no_usage_and_usage_of_zero_are_told_apart(self, quantity, usage):
        result = rate(per_unit("0.10"), make_facts(quantity))
        assert (result.workings["usage"], result.statement["usage"]) == (usage, usage)
        assert result.statement["quantity"] == quantity

    @pytest.mark.parametrize(("cost", "usage"), [(None, "none"), ("0", "zero"), ("5", "some")])
    def test_where_the_cost_is_what_was_measured_it_answers(self, cost, usage):
        assert rate(cost_plus("20"), make_facts(None, cost=cost)).workings["usage"] == usage

    def test_a_fee_from_outside_that_measures_nothing_says_that_nothing_was_used(self):
        result = rate(Terms("fee"), make_facts(None), pricer=lambda terms, facts: [RatedPart("fee", Decimal(9))])
        assert (result.amount, result.workings["usage"]) == (Decimal("9.00"), "none")


class TestFactsThatContradictThemselves:
    @pytest.mark.parametrize(
        ("values", "reason"),
        [
            ({"rounding": Decimal(0)}, "rounding"),
            ({"rounding": Decimal("-0.01")}, "rounding"),
            ({"service_end": date(2026, 3, 1)}, "interval"),
            ({"proration": Proration(1, 0)}, "proration"),
            ({"proration": Proration(-1, 31)}, "proration"),
            ({"cost": "NaN"}, "not_finite"),
            ({"exchange": replace(DOLLARS, rate=Decimal(0))}, "exchange_rate"),
            ({"exchange": replace(DOLLARS, to_currency="GBP")}, "exchange_currency"),
        ],
    )
    def test_they_are_refused_with_a_reason(self, values, reason):
        with pytest.raises(FactsError) as refusal:
            rate(per_unit("0.10"), make_facts("1", **values))
        assert refusal.value.reason == reason

    @pytest.mark.parametrize(
        "values",
        [{"cost": 0.5}, {"rounding": 0.01}, {"proration": Proration(0.5, 1)}, {"proration": Proration(True, 1)}],
    )
    def test_inexact_numbers_are_refused_by_type(self, values):
        with pytest.raises(TypeError):
            rate(per_unit("0.10"), make_facts("1", **values))


class TestWorkings:
    def test_they_hold_rule_terms_facts_and_version(self):
        result = rate(per_unit("0.10"), make_facts("1500", rows=12, usage_number=88))
        workings = result.workings
        assert workings["engine_version"] == ENGINE_VERSION
        assert workings["rule"]["rule_name"] == "Compute hours"
        assert workings["rule"]["valid_from"] == "2026-01-01"
        assert workings["terms"]["unit_price"] == "0.10"
        assert (workings["facts"]["rows"], workings["facts"]["usage_number"]) == (12, 88)
        assert (workings["amount_exact"], workings["amount"], workings["currency"]) == ("150.00", "150.00", "EUR")

    @pytest.mark.parametrize(
        ("terms", "cost_basis"),
        [
            (cost_plus("20", cost_basis="list"), "list"),
            (cost_plus(fixed="5", cost_basis="list"), "list"),
            (cost_plus("20"), "billed"),
            (per_unit("0.10"), None),
        ],
    )
    def test_a_cost_basis_is_named_where_a_cost_was_priced(self, terms, cost_basis):
        assert rate(terms, make_facts("1", cost="1")).workings["terms"]["cost_basis"] == cost_basis

    def test_terms_and_facts_cannot_be_changed_afterwards(self):
        result = rate(per_unit("0.10"), make_facts("5"))
        for value in (per_unit("0.10"), RULE, make_facts("5"), DOLLARS, Proration(1, 2), result):
            with pytest.raises(FrozenInstanceError):
                value.anything = 1
        # A part is a tuple: it refuses with the error that FrozenInstanceError is a kind of.
        for name in ("anything", "amount"):
            with pytest.raises(AttributeError):
                setattr(result.parts[0], name, Decimal(1))

    def test_an_exchange_names_source_and_date(self):
        step = rate(cost_plus("20"), make_facts(None, cost="100.00", exchange=DOLLARS)).workings["steps"][0]
        assert step == {
            "step": "exchange",
            "before": "100.00",
            "after": "92.340000",
            "rate": "0.9234",
            "from_currency": "USD",
            "to_currency": "EUR",
            "source": "European Central Bank",
            "date": "2026-03-31",
        }

    def test_they_survive_json_unchanged(self):
        result = rate(graduated(("10", "0.1"), (None, "0.05", "1")), make_facts("12", proration=Proration(1, 3)))
        assert json.loads(json.dumps(result.workings)) == result.workings
        assert json.loads(json.dumps(result.statement)) == result.statement


class TestTheCustomersStatement:
    KEYS = {
        "usage", "quantity", "unit", "unit_price", "tiers", "rows", "proration", "service_start", "service_end",
        "currency", "amount",
    }  # fmt: skip

    def test_one_unit_price(self):
        assert rate(per_unit("0.10"), make_facts("1500")).statement == {
            "usage": "some",
            "quantity": "1500",
            "unit": "hour",
            "unit_price": "0.10",
            "tiers": [],
            "rows": [],
            "proration": None,
            "service_start": "2026-03-01",
            "service_end": "2026-04-01",
            "currency": "EUR",
            "amount": "150.00",
        }

    def test_a_tier_table_adds_up_to_the_amount(self):
        statement = rate(graduated(("1000", "0.10"), (None, "0.08", "5.00")), make_facts("1500")).statement
        assert statement["tiers"] == [
            {
                "starts_at": "0",
                "up_to": "1000",
                "quantity": "1000",
                "unit_price": "0.10",
                "flat_amount": "0",
                "amount": "100.00",
            },
            {
                "starts_at": "1000",
                "up_to": None,
                "quantity": "500",
                "unit_price": "0.08",
                "flat_amount": "5.00",
                "amount": "45.00",
            },
        ]
        assert statement["amount"] == "145.00"

    def test_a_share_of_the_period_is_said(self):
        statement = rate(flat("31.00"), make_facts("1", proration=Proration(16, 31))).statement
        assert statement["proration"] == {"numerator": 16, "denominator": 31, "label": "days"}
        assert (statement["unit_price"], statement["amount"]) == ("31.00", "16.00")

    @pytest.mark.parametrize("model", ["per_unit", "graduated", "flat", "cost_plus"])
    def test_no_cost_percentage_margin_rule_or_rate_of_exchange_is_in_it(self, model):
        # Marked numbers: none of them may be found in what the customer sees.
        terms = {
            "per_unit": per_unit("7"),
            "graduated": graduated(("3", "7"), (None, "6")),
            "flat": flat("7"),
            "cost_plus": cost_plus("13.13", "171.71"),
        }[model]
        terms = replace(terms, rule=replace(RULE, rule_name="SECRET-RULE", scope="SECRET-SCOPE"))
        exchange = replace(DOLLARS, rate=Decimal("0.919191"), source="SECRET-SOURCE")
        facts = make_facts("5", cost="4242.42", exchange=exchange, rows=987654)
        result = rate(terms, facts)
        for statement in (result.statement, difference(result, Decimal("1"), Decimal("1")).statement):
            shown = json.dumps(statement)
            for secret in ("13.13", "171.71", "4242", "0.919191", "SECRET", "987654", "cost", "percent", "margin"):
                assert secret not in shown
        assert set(result.statement) == self.KEYS


MARKED = {
    "per_unit": {"unit_price": "7"},
    "flat": {"unit_price": "7"},
    "graduated": {"tiers": (("3", "7"), (None, "6"))},
    "volume": {"tiers": (("3", "7"), (None, "6", "2"))},
    "stairstep": {"tiers": (("3", "0", "7"), (None, "0", "6"))},
    "package": {"unit_price": "7", "block_size": "2"},
    "percentage": {"percent": "3", "fixed_per_event": "1", "event_minimum": "1", "event_maximum": "2"},
    "graduated_percentage": {"tiers": (make_percent_tier("3", "7"), make_percent_tier(None, "6", "2"))},
    "cost_plus": {"percent": "13.13", "fixed": "171.71"},
    "dynamic": {},
    "matrix": {"cells": (MatrixCell((("region", "eu"),), Decimal(7)),), "rest_price": "6"},
    "formula": {"formula": "cost * 13.13 + 171.71"},
}


@pytest.mark.parametrize("model", sorted(PRICERS))
def test_no_cost_margin_rule_formula_or_rate_of_exchange_reaches_the_customer(model):
    tiers = MARKED[model].get("tiers", ())
    terms = make_terms(model, **{name: value for name, value in MARKED[model].items() if name != "tiers"})
    terms = replace(terms, tiers=tuple(tier if isinstance(tier, Tier) else make_tier(*tier) for tier in tiers))
    terms = replace(terms, rule=replace(RULE, rule_name="SECRET-RULE", scope="SECRET-SCOPE"))
    facts = make_facts(
        "5",
        cost="4242.42",
        exchange=replace(DOLLARS, rate=Decimal("0.919191"), source="SECRET-SOURCE"),
        rows=987654,
        value=Decimal(5),
        events=(Decimal(2), Decimal(3)),
        dimensions=(DimensionQuantity((("region", "eu"),), Decimal(5)),),
        variables=(("secret", Decimal("565656")),),
    )
    result = rate(terms, facts)
    for statement in (result.statement, difference(result, Decimal("1"), Decimal("1")).statement):
        shown = json.dumps(statement)
        # An amount alone may be told: it is what the customer pays.
        shown = shown.replace(str(result.amount), "")
        for secret in (
            "13.13",
            "171.71",
            "4242",
            "0.919191",
            "SECRET",
            "987654",
            "565656",
            "cost",
            "margin",
            "formula",
        ):
            assert secret not in shown


class TestAChargeModelFromOutside:
    """What another module does: its own pricer, its own checks, the same order and explanations."""

    @staticmethod
    def price_per_started_hundred(terms, facts):
        hundreds = (facts.quantity + 99) // 100
        return [RatedPart("blocks", hundreds * terms.unit_price, quantity=hundreds, unit_price=terms.unit_price)]

    def test_it_is_rated_like_ours(self):
        # 250 -> 3 started hundreds x 2.50
        terms = Terms("per_started_hundred", unit_price=Decimal("2.50"), rule=RULE)
        result = rate(terms, make_facts("250"), pricer=self.price_per_started_hundred)
        assert result.amount == Decimal("7.50")
        assert result.workings["terms"]["charge_model"] == "per_started_hundred"
        assert steps_of(result) == ["charge_model", "rounding"]
        assert result.statement["quantity"] == "250"

    @pytest.mark.parametrize(("amount", "refusal"), [(2.5, TypeError), (3, TypeError), (Decimal("NaN"), FactsError)])
    def test_an_amount_that_is_not_exact_is_refused(self, amount, refusal):
        with pytest.raises(refusal):
            rate(Terms("odd"), make_facts("1"), pricer=lambda terms, facts: [RatedPart("odd", amount)])

    def test_it_may_price_a_known_model_its_own_way_but_the_terms_are_still_checked(self):
        result = rate(per_unit("2.50"), make_facts("250"), pricer=self.price_per_started_hundred)
        assert result.amount == Decimal("7.50")
        with pytest.raises(Exception, match="term_missing"):
            rate(Terms("per_unit"), make_facts("250"), pricer=self.price_per_started_hundred)
