"""Whatever a request holds, the answer is an answer: rating by JSON never falls over."""

import json

from cloud_billing_engine.rating import PRICERS
from cloud_billing_engine.rating.wire import answer_text
from fuzz_documents import WORDS, check_answer, make_documents, shaped
from hypothesis import given, settings
from hypothesis import strategies as st

KEYS = [
    "rule", "terms", "facts", "candidates", "at", "billed", "charge_model", "unit_price", "tiers", "percent",
    "fixed", "cost_basis", "up_to", "flat_amount", "quantity", "unit", "currency", "rounding", "service_start",
    "service_end", "cost", "proration", "exchange", "rows", "usage_number", "numerator", "denominator", "label",
    "rate", "from_currency", "to_currency", "source", "date", "rule_id", "scope_level", "product_level",
    "valid_from", "amount", "role", "matches", "dimensions", "adjustment", "sequence", "adjustments", "conversion",
    "maximum", "minimum", "carried", "carried_counted", "grants", "key", "expires", "period_share", "limit",
    "is_discount", "bill_in", "true_up", "split_bundle", "prices", "share_out", "quantities",
]  # fmt: skip
NUMBERS = st.one_of(WORDS, st.none(), st.integers(-5, 5), st.decimals(allow_nan=False, allow_infinity=False).map(str))
DAYS = st.one_of(st.dates().map(str), st.none())
VALUES = st.dictionaries(st.sampled_from(["region", "sku"]), st.sampled_from(["", "eu", "us"]), max_size=2)
SHARES = shaped(numerator=st.integers(-1, 40), denominator=st.integers(-1, 40))
GRANTS = st.lists(shaped(key=st.integers(0, 2), quantity=NUMBERS, expires=DAYS), max_size=3)
FACTS = st.fixed_dictionaries(
    {
        "quantity": NUMBERS,
        "unit": WORDS,
        "currency": st.sampled_from(["EUR", "USD"]),
        "rounding": st.sampled_from(["1", "0.01", "0.001", "0", "-1"]),
        "service_start": DAYS,
        "service_end": DAYS,
    },
    optional={
        "cost": NUMBERS,
        "rows": st.integers(0, 3),
        "proration": SHARES,
        "period_share": SHARES,
        "carried": NUMBERS,
        "carried_counted": NUMBERS,
        "grants": GRANTS,
        "value": NUMBERS,
        "events": st.lists(NUMBERS, max_size=4),
        "dimensions": st.lists(shaped(values=VALUES, quantity=NUMBERS), max_size=3),
        "variables": st.dictionaries(st.sampled_from(["gb", "cpu", "cost"]), NUMBERS, max_size=2),
    },
)
TIERS = st.lists(shaped(up_to=NUMBERS, unit_price=NUMBERS, flat_amount=NUMBERS, percent=NUMBERS), max_size=4)
TERMS = st.fixed_dictionaries(
    {"charge_model": st.sampled_from(sorted(PRICERS))},
    optional={
        "unit_price": NUMBERS,
        "tiers": TIERS,
        "percent": NUMBERS,
        "fixed": NUMBERS,
        "conversion": shaped(
            numerator=NUMBERS,
            denominator=NUMBERS,
            step=NUMBERS,
            rounding=st.sampled_from(["none", "up", "down", "half_up", "sideways"]),
            is_cumulative=st.booleans(),
        ),
        "maximum": NUMBERS,
        "minimum": NUMBERS,
        "block_size": NUMBERS,
        "block_rounding": st.sampled_from(["up", "down", "sideways"]),
        "free_units": NUMBERS,
        "fixed_per_event": NUMBERS,
        "free_events": st.integers(-1, 3),
        "free_amount": NUMBERS,
        "event_minimum": NUMBERS,
        "event_maximum": NUMBERS,
        "cells": st.lists(shaped(values=VALUES, unit_price=NUMBERS), max_size=3),
        "rest_price": NUMBERS,
        "formula": st.sampled_from(["quantity*gb", "cost/quantity", "1+", "max(events,value)", "cpu"]),
    },
)


ADJUSTMENTS = st.lists(
    st.fixed_dictionaries(
        {"rule": st.just({"rule_id": 1})},
        optional={
            "percent": NUMBERS,
            "amount": NUMBERS,
            "limit": NUMBERS,
            "label": WORDS,
            "is_discount": st.booleans(),
        },
    ),
    max_size=3,
)
OTHERS = st.one_of(
    st.fixed_dictionaries(
        {
            "true_up": st.fixed_dictionaries(
                {
                    "minimum": NUMBERS,
                    "billed": NUMBERS,
                    "currency": st.just("EUR"),
                    "rounding": NUMBERS,
                    "service_start": DAYS,
                    "service_end": DAYS,
                },
                optional={"proration": SHARES},
            )
        }
    ),
    st.fixed_dictionaries(
        {
            "split_bundle": st.fixed_dictionaries(
                {"amount": NUMBERS, "prices": st.lists(NUMBERS, max_size=4), "rounding": NUMBERS}
            )
        }
    ),
    st.fixed_dictionaries(
        {
            "share_out": st.fixed_dictionaries(
                {"quantities": st.lists(NUMBERS, max_size=4), "grants": GRANTS, "at": DAYS}
            )
        }
    ),
)


@settings(max_examples=max(300, settings.default.max_examples))
@given(
    st.one_of(
        make_documents(KEYS),
        st.fixed_dictionaries({"terms": TERMS, "facts": FACTS}, optional={"adjustments": ADJUSTMENTS}),
        OTHERS,
    )
)
def test_any_document_is_answered(document):
    check_answer(*answer_text(json.dumps(document)))


@given(st.text())
def test_any_text_is_answered(text):
    check_answer(*answer_text(text))
