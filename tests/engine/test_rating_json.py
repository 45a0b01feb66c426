"""Rating by JSON, in the process and as a command of its own."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import cloud_billing_engine
import pytest
from cloud_billing_engine.rating import PRICERS, DimensionQuantity, Exchange, MatrixCell, Proration, RatedResult, rate
from cloud_billing_engine.rating.wire import answer_text, handle
from rating_samples import (
    cost_plus,
    flat,
    graduated,
    make_events,
    make_facts,
    make_percent_tier,
    make_terms,
    per_unit,
)

ADD_ON = Path(cloud_billing_engine.__file__).parents[1]
FACTS = {
    "quantity": "1500",
    "unit": "hour",
    "currency": "EUR",
    "rounding": "0.01",
    "service_start": "2026-03-01",
    "service_end": "2026-04-01",
}
LADDER = {
    "charge_model": "graduated",
    "tiers": [{"up_to": "1000", "unit_price": "0.10"}, {"up_to": None, "unit_price": "0.08"}],
}


def price(unit_price):
    return {"charge_model": "per_unit", "unit_price": unit_price}


def answer_to(**request):
    text, is_fine = answer_text(json.dumps(request))
    return json.loads(text), is_fine


class TestAnswers:
    def test_terms_and_facts_give_an_amount_with_its_explanations(self):
        given, is_fine = answer_to(terms=LADDER, facts=FACTS)
        assert is_fine
        assert (given["amount"], given["quantity"], given["unit_price"]) == ("140.00", "1500", None)
        assert set(given) == {"amount", "amount_exact", "quantity", "unit_price", "workings", "statement"}

    def test_candidates_are_resolved_and_the_losers_named(self):
        flat_price = {"charge_model": "per_unit", "unit_price": "0.01"}
        candidates = [
            {"rule": {"rule_id": 1, "rule_name": "List"}, "terms": LADDER},
            {"rule": {"rule_id": 2, "rule_name": "Acme"}, "terms": flat_price, "scope_level": "customer"},
        ]
        given, _is_fine = answer_to(candidates=candidates, facts=FACTS)
        assert given["amount"] == "15.00"
        assert given["workings"]["rule"]["rule_name"] == "Acme"
        resolution = given["workings"]["resolution"]
        assert resolution["chosen"]["rule_id"] == 2
        assert [(loser["rule"]["rule_id"], loser["reason"]) for loser in resolution["lost"]] == [
            (1, "less_specific_scope")
        ]

    def test_a_final_rule_and_one_of_an_instant_are_read(self):
        old = {"rule": {"rule_id": "old"}, "terms": LADDER, "final": True, "valid_to": "2026-03-01T12:00:00"}
        new = {"rule": {"rule_id": "new"}, "terms": LADDER, "final": False, "valid_from": "2026-03-01T12:00:00"}
        given, _is_fine = answer_to(candidates=[old, new], facts=FACTS, at="2026-03-01T12:00:00")
        assert given["workings"]["rule"]["rule_id"] == "new"
        # without a moment the price is that of the service's start
        given, _is_fine = answer_to(candidates=[old, new], facts=FACTS)
        assert given["workings"]["rule"]["rule_id"] == "old"

    def test_dimensions_choose_the_price_and_extras_are_answers_beside_it(self):
        in_eu = {"rule": {"rule_id": "eu"}, "terms": price("0.02"), "matches": {"region": ["eu", "eu-2"]}}
        rest = {"rule": {"rule_id": "rest"}, "terms": price("0.01")}
        tax = {"rule": {"rule_id": "tax"}, "terms": price("0.001"), "role": "extra", "sequence": 1}
        for region, amount in (("eu-2", "30.00"), ("us", "15.00")):
            given, _is_fine = answer_to(candidates=[in_eu, rest, tax], facts=FACTS, dimensions={"region": region})
            assert given["amount"] == amount
            # 1500 x 0.001 = 1.50, whatever the price
            assert [extra["amount"] for extra in given["extras"]] == ["1.50"]
            assert [rule["rule_id"] for rule in given["workings"]["resolution"]["extras"]] == ["tax"]

    def test_an_adjustment_that_a_final_price_stops_is_read_and_named(self):
        own = {"rule": {"rule_id": "own"}, "terms": price("0.02"), "final": True}
        discount = {
            "rule": {"rule_id": "discount"},
            "role": "adjust",
            "adjustment": {"percent": "-10", "amount": None, "label": "Spring", "is_discount": True},
        }
        given, _is_fine = answer_to(candidates=[own, discount], facts=FACTS)
        assert given["amount"] == "30.00"
        (lost,) = given["workings"]["resolution"]["lost"]
        assert (lost["rule"]["rule_id"], lost["reason"]) == ("discount", "price_is_final")

    def test_no_word_of_the_cost_basis_is_the_billed_cost(self):
        for terms in ({}, {"cost_basis": None}):
            terms = {"charge_model": "cost_plus", "percent": "20", **terms}
            given, _is_fine = answer_to(terms=terms, facts={**FACTS, "cost": "10"})
            assert (given["amount"], given["workings"]["terms"]["cost_basis"]) == ("12.00", "billed")

    def test_what_was_billed_gives_the_correction(self):
        given, _is_fine = answer_to(terms=LADDER, facts=FACTS, billed={"amount": "116.00", "quantity": "1200"})
        assert (given["amount"], given["quantity"]) == ("24.00", "300")

    def test_a_list_of_requests_gets_a_list_of_answers(self):
        good, bad = {"terms": LADDER, "facts": FACTS}, {"facts": FACTS}
        text, is_fine = answer_text(json.dumps([good, bad]))
        first, second = json.loads(text)
        assert (first["amount"], second["error"]["reason"], is_fine) == ("140.00", "unknown_request", False)


class TestTheWorkingsAreARequest:
    """What was stored can be rated again anywhere, and gives the same, to the last letter."""

    @pytest.mark.parametrize(
        ("terms", "facts"),
        [
            (per_unit("0.000000123456"), make_facts("999999999999999.123456789012", rows=3, usage_number=9)),
            (graduated(("10.5", "1", "2"), (None, "0.5")), make_facts("12")),
            (flat("31.00"), make_facts("2", proration=Proration(16, 31))),
            (
                cost_plus("12.5", "1", "effective"),
                make_facts(
                    None, cost="3.3", exchange=Exchange(Decimal("0.9"), "USD", "EUR", "bank", date(2026, 3, 31))
                ),
            ),
            (per_unit("1"), make_facts(None)),
            (make_terms("volume", (("10", "1", "2"), (None, "0.5"))), make_facts("12")),
            (make_terms("stairstep", (("10", "0", "49"), (None, "0", "99"))), make_facts("12")),
            (
                make_terms("package", unit_price="5", block_size="100", free_units="10", block_rounding="down"),
                make_facts("250"),
            ),
            (
                make_terms(
                    "percentage",
                    percent="2.9",
                    fixed_per_event="0.3",
                    free_events=1,
                    free_amount="500",
                    event_minimum="0.5",
                    event_maximum="10",
                ),
                make_events("200", "0.5", "-3", "100000", value=Decimal("100197.5")),
            ),
            (
                replace(
                    make_terms("graduated_percentage"),
                    tiers=(make_percent_tier("1000", "1", "200"), make_percent_tier(None, "2")),
                ),
                make_facts(None, value=Decimal("1050.5")),
            ),
            (make_terms("dynamic"), make_facts("22", value=Decimal("3.435"))),
            (
                make_terms(
                    "matrix",
                    cells=(
                        MatrixCell((("sku", "large"), ("region", "eu")), Decimal("0.2")),
                        MatrixCell((("region", "us"),), Decimal("0.15")),
                    ),
                    rest_price="0.5",
                ),
                make_facts(
                    "15",
                    dimensions=(
                        DimensionQuantity((("region", "us"), ("sku", "")), Decimal(10)),
                        DimensionQuantity((("sku", "large"), ("region", "eu")), Decimal("5.0")),
                    ),
                ),
            ),
            (
                make_terms("formula", formula="round(gb * 0.004 + quantity / 3, 0.01)"),
                make_facts("22", variables=(("gb", Decimal("2.50")), ("cpu", Decimal(0)))),
            ),
        ],
    )
    def test_rated_again(self, terms, facts):
        result = rate(terms, facts)
        assert isinstance(result, RatedResult)
        stored = json.loads(json.dumps(result.workings))
        again = handle({key: stored[key] for key in ("rule", "terms", "facts")})
        assert again["workings"] == result.workings
        assert again["statement"] == result.statement


class TestRequestsThatCannotBeRead:
    @pytest.mark.parametrize(
        ("text", "reason", "at"),
        [
            ('{"facts": {"quantity": 1.5}}', "number_as_text", "1.5"),
            ('{"facts": NaN}', "number_as_text", "NaN"),
            ('{"facts": {}, "facts": {}}', "key_twice", "facts"),
            ('{"rule": {}, "facts": {"unit": "h", "quantity": "1", "quantity": "2"}}', "key_twice", "quantity"),
            ('{"terms": {}}', "missing_key", "facts"),
            ("7", "not_an_object", ""),
        ],
    )
    def test_the_document(self, text, reason, at):
        given, is_fine = json.loads(answer_text(text)[0]), answer_text(text)[1]
        assert given["error"] == {"kind": "RequestError", "reason": reason, "facts": {"at": at}}
        assert not is_fine

    @pytest.mark.parametrize("text", ["", "{", "[" * 100000])
    def test_what_is_no_json(self, text):
        assert json.loads(answer_text(text)[0])["error"]["reason"] == "not_json"

    @pytest.mark.parametrize(
        ("changes", "reason", "at"),
        [
            ({"quantity": "1,5"}, "not_a_number", "facts.quantity"),
            ({"quantity": True}, "not_a_number", "facts.quantity"),
            ({"quantity": "1e400"}, "too_large", "facts.quantity"),
            ({"colour": "red"}, "unknown_key", "facts.colour"),
            ({"service_start": "2026-3-1"}, "not_a_date", "facts.service_start"),
            ({"service_start": "20260301"}, "not_a_date", "facts.service_start"),
            ({"service_start": 20260301}, "not_a_date", "facts.service_start"),
            ({"unit": None}, "not_text", "facts.unit"),
            ({"rows": "3"}, "not_whole", "facts.rows"),
            ({"proration": {"numerator": "1", "denominator": 2}}, "not_whole", "facts.proration.numerator"),
        ],
    )
    def test_the_facts(self, changes, reason, at):
        given, _is_fine = answer_to(terms=LADDER, facts={**FACTS, **changes})
        assert (given["error"]["reason"], given["error"]["facts"]["at"]) == (reason, at)

    def test_the_tiers_say_which_one(self):
        terms = {"charge_model": "graduated", "tiers": [{"up_to": None, "unit_price": "x"}]}
        given, _is_fine = answer_to(terms=terms, facts=FACTS)
        assert given["error"]["facts"]["at"] == "terms.tiers[0].unit_price"

    def test_a_tier_says_what_it_costs_in_one_way_or_another(self):
        for tier, is_read in (({}, False), ({"percent": None}, False), ({"flat_amount": "5"}, True)):
            terms = {"charge_model": "stairstep", "tiers": [{"up_to": None, **tier}]}
            given, _is_fine = answer_to(terms=terms, facts=FACTS)
            assert ("error" not in given) == is_read
            assert is_read or given["error"]["facts"]["at"] == "terms.tiers[0].unit_price"

    @pytest.mark.parametrize(
        ("changes", "reason", "name"),
        [
            ({"final": 1}, "not_yes_or_no", "final"),
            ({"valid_from": "2026-03-01T12:00:00+01:00"}, "not_a_date", "valid_from"),
            ({"valid_from": "2026-03-01T12:00"}, "not_a_date", "valid_from"),
            ({"valid_from": "noon"}, "not_a_date", "valid_from"),
            ({"valid_from": 7}, "not_a_date", "valid_from"),
            ({"scope_level": 1}, "not_text", "scope_level"),
            ({"matches": ["region"]}, "not_an_object", "matches"),
            ({"matches": {"region": "eu"}}, "not_a_list", "matches.region"),
            ({"matches": {"region": [1]}}, "not_text", "matches.region[0]"),
            ({"conditions": 1}, "unknown_key", "conditions"),
            ({"role": "adjust"}, "missing_key", "adjustment"),
            ({"role": "adjust", "adjustment": {}}, "unknown_key", "terms"),
            ({"adjustment": {}}, "unknown_key", "adjustment"),
        ],
    )
    def test_the_candidates_say_which_one_and_what(self, changes, reason, name):
        candidate = {"rule": {"rule_id": 1}, "terms": LADDER}
        given, _is_fine = answer_to(candidates=[candidate, {**candidate, **changes}], facts=FACTS)
        assert given["error"]["reason"] == reason
        assert given["error"]["facts"]["at"] == f"candidates[1].{name}"

    @pytest.mark.parametrize(
        ("changes", "reason", "at"),
        [
            ({"events": "12"}, "not_a_list", "facts.events"),
            ({"events": ["x"]}, "not_a_number", "facts.events[0]"),
            ({"variables": []}, "not_an_object", "facts.variables"),
            ({"variables": {"gb": None}}, "not_a_number", "facts.variables.gb"),
            (
                {"dimensions": [{"values": {"region": 1}, "quantity": "1"}]},
                "not_text",
                "facts.dimensions[0].values.region",
            ),
            ({"dimensions": [{"quantity": "1"}]}, "missing_key", "facts.dimensions[0].values"),
        ],
    )
    def test_events_dimensions_and_variables_say_which_one(self, changes, reason, at):
        given, _is_fine = answer_to(terms=LADDER, facts={**FACTS, **changes})
        assert (given["error"]["reason"], given["error"]["facts"]["at"]) == (reason, at)

    def test_what_a_formula_and_a_matrix_refuse_is_json(self):
        given, _is_fine = answer_to(terms={"charge_model": "formula", "formula": "abs(1)"}, facts=FACTS)
        assert given["error"]["facts"]["known"] == ["min", "max", "round"]
        cell = {"values": {"region": "eu"}, "unit_price": "1"}
        given, _is_fine = answer_to(terms={"charge_model": "matrix", "cells": [cell, cell]}, facts=FACTS)
        assert (given["error"]["facts"]["double_of"], given["error"]["facts"]["values"]) == (1, [["region", "eu"]])

    def test_a_list_is_a_list(self):
        given, _is_fine = answer_to(candidates={}, facts=FACTS)
        assert given["error"] == {"kind": "RequestError", "reason": "not_a_list", "facts": {"at": "candidates"}}

    def test_the_dimensions(self):
        for dimensions, reason, at in ((["eu"], "not_an_object", ""), ({"region": 1}, "not_text", ".region")):
            given, _is_fine = answer_to(terms=LADDER, facts=FACTS, dimensions=dimensions)
            assert given["error"]["reason"] == reason
            assert given["error"]["facts"]["at"] == f"dimensions{at}"

    def test_terms_or_candidates_but_not_both(self):
        candidate = {"rule": {"rule_id": 1}, "terms": LADDER}
        given, _is_fine = answer_to(terms=LADDER, candidates=[candidate], facts=FACTS)
        assert given["error"]["reason"] == "unknown_request"

    def test_a_whole_number_may_stand_without_quotes(self):
        assert answer_to(terms={"charge_model": "per_unit", "unit_price": 2}, facts=FACTS)[0]["amount"] == "3000.00"


class TestRefusals:
    def test_a_broken_ladder_is_an_answer_with_its_facts(self):
        terms = {"charge_model": "graduated", "tiers": [{"up_to": "10", "unit_price": "1"}]}
        given, is_fine = answer_to(terms=terms, facts=FACTS)
        assert given == {
            "error": {"kind": "TierError", "reason": "last_tier_closed", "facts": {"tier": 1, "starts_at": "0"}}
        }
        assert not is_fine

    def test_a_clash_names_both_rules(self):
        candidates = [{"rule": {"rule_id": number}, "terms": LADDER} for number in (1, 2)]
        error = answer_to(candidates=candidates, facts=FACTS)[0]["error"]
        assert (error["kind"], [rule["rule_id"] for rule in error["facts"]["rules"]]) == ("AmbiguousPrice", [1, 2])

    def test_a_missing_price_names_who_was_not_in_force(self):
        candidate = {"rule": {"rule_id": 1}, "terms": LADDER, "valid_from": "2027-01-01"}
        error = answer_to(candidates=[candidate], facts=FACTS)[0]["error"]
        assert error["kind"] == "PriceMissing"
        assert error["facts"]["lost"][0][1] == "not_yet_in_force"


class TestTheCommand:
    """`python3 -m engine rating` in the add-on's folder, on a machine with nothing but Python."""

    def run(self, request):
        command = [sys.executable, "-m", "engine", "rating"]
        return subprocess.run(command, input=request, capture_output=True, text=True, cwd=ADD_ON, timeout=60)

    def test_a_price_is_checked_without_odoo(self):
        done = self.run(json.dumps({"terms": LADDER, "facts": FACTS}))
        assert (done.returncode, done.stderr) == (0, "")
        assert json.loads(done.stdout)["amount"] == "140.00"

    def test_a_refusal_ends_with_1(self):
        assert self.run("{}").returncode == 1

    def test_asked_for_nothing_it_says_how_to_ask(self):
        command = [sys.executable, "-m", "engine"]
        done = subprocess.run(command, input="", capture_output=True, text=True, cwd=ADD_ON, timeout=60)
        assert (done.returncode, done.stderr.split()[0]) == (2, "usage:")


class TestTheReadme:
    def test_its_requests_give_its_amounts(self):
        page = (Path(cloud_billing_engine.__file__).parent / "rating" / "README.md").read_text(encoding="utf-8")
        requests = [block.split("```")[0] for block in page.split("```json\n")[1:]]
        amounts = [json.loads(answer_text(request)[0])["amount"] for request in requests]
        assert amounts == ["140.00", "0.70"]
        assert '("140.00" and "0.70")' in page

    def test_it_names_every_charge_model(self):
        page = (Path(cloud_billing_engine.__file__).parent / "rating" / "README.md").read_text(encoding="utf-8")
        section = page.split("## Charge models")[1].split("##")[0]
        named = {name for row in section.splitlines() if row.startswith("| `") for name in row.split("|")[1].split("`")}
        assert named >= set(PRICERS)
