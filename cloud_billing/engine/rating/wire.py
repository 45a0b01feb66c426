"""Rating by JSON: a request in, an answer out. Money and quantities are text.

A request has `facts` and either `terms` (with `rule`) or `candidates` (with `at`, else the service's start, and
`dimensions`), from which the price is resolved first. With `billed` the answer is the correction. README.md shows one
of each.
"""

from decimal import Decimal

from ..json_door import (
    RequestError,
    answer,
    join,
    listed,
    mapped,
    maybe,
    read_date,
    read_decimal,
    read_flag,
    read_moment,
    read_object,
    read_text,
    read_whole,
)
from .around.bill_currency import bill_in
from .around.difference import difference
from .around.true_up import true_up
from .choosing.resolve import Candidate, resolve
from .errors import RatingError
from .facts import DimensionQuantity, Exchange, RatingFacts
from .rate import rate
from .telling.explain import as_text, describe_rule
from .terms import MatrixCell, RuleFacts, Terms, Tier
from .wire_around import (
    FACTS_AROUND,
    TERMS_AROUND,
    answer_price_set,
    answer_share_out,
    answer_split_bundle,
    read_adjustment,
    read_commitment,
    read_key,
    read_proration,
)


def answer_text(text):
    """(JSON answer, whether all went well) for the text of one request or of a list of requests."""
    return answer(text, handle, (RatingError,), _describe_fact)


def handle(request):
    """The answer to one request: amount, amount_exact, quantity, unit_price, workings, statement.

    Where extras apply it has `extras` too: the same of each one, beside the price, not in it.
    What is no price stands alone under its name: true_up (with `rule` where there is one), split_bundle, price_set,
    share_out.
    Raises RequestError for one that cannot be read, RatingError for one that cannot be rated.
    """
    for name, answer_other in _OTHERS.items():
        if isinstance(request, dict) and name in request:
            return answer_other(request)
    asked = read_object(
        request,
        "",
        required={"facts": read_facts},
        optional={
            "rule": maybe(read_rule),
            "terms": lambda value, at: value,
            "candidates": listed(read_candidate),
            "at": read_moment,
            "dimensions": _read_dimensions,
            "billed": _read_billed,
            "adjustments": listed(_read_adjustment_with_rule),
            "bill_in": _read_bill_in,
        },
    )
    facts = asked["facts"]
    terms, resolution = _choose_terms(asked, facts)
    adjustments = tuple(candidate.adjustment for candidate in resolution.adjustments) if resolution else ()
    adjustments += asked.get("adjustments", ())
    bill = _get_billing(asked)
    result = bill(rate(terms, facts, resolution=resolution, adjustments=adjustments))
    if "billed" in asked:
        result = difference(result, asked["billed"]["amount"], asked["billed"].get("quantity"))
    given = _describe_result(result)
    if resolution and resolution.extras:
        given["extras"] = [_describe_result(bill(rate(extra.terms, facts))) for extra in resolution.extras]
    return given


def _get_billing(asked):
    """The function that brings a price into the currency it is billed in; without `bill_in` it stays as it is."""
    if "bill_in" not in asked:
        return lambda result: result
    return lambda result: bill_in(result, asked["bill_in"]["exchange"], asked["bill_in"]["rounding"])


def _answer_true_up(request):
    """A true-up, or with `billed` its correction."""
    asked = read_object(
        request,
        "",
        required={"true_up": lambda value, at: value},
        optional={"rule": maybe(read_rule), "billed": _read_billed},
    )
    result = true_up(read_commitment(asked["true_up"], "true_up", asked.get("rule")))
    if "billed" in asked:
        result = difference(result, asked["billed"]["amount"], asked["billed"].get("quantity"))
    return _describe_result(result)


def _answer_alone(name, answer_one):
    """The answer of a request that holds nothing else."""
    return lambda request: read_object(request, "", required={name: answer_one})[name]


_OTHERS = {
    "true_up": _answer_true_up,
    "split_bundle": _answer_alone("split_bundle", answer_split_bundle),
    "price_set": _answer_alone("price_set", answer_price_set),
    "share_out": _answer_alone("share_out", answer_share_out),
}


def _describe_result(result):
    return {
        "amount": as_text(result.amount),
        "amount_exact": as_text(result.amount_exact),
        "quantity": as_text(result.quantity),
        "unit_price": as_text(result.unit_price),
        "workings": result.workings,
        "statement": result.statement,
    }


def _choose_terms(asked, facts):
    """(terms, resolution or None): given, or those of the most specific candidate."""
    if ("terms" in asked) == ("candidates" in asked):
        raise RequestError("unknown_request", "terms")
    if "terms" in asked:
        return read_terms(asked["terms"], "terms", asked.get("rule")), None
    resolution = resolve(asked["candidates"], asked.get("at", facts.service_start), asked.get("dimensions", {}))
    return resolution.chosen.terms, resolution


def read_facts(data, at="facts"):
    return RatingFacts(
        **read_object(
            data,
            at,
            required={
                "quantity": maybe(read_decimal),
                "unit": read_text,
                "currency": read_text,
                "rounding": read_decimal,
                "service_start": read_date,
                "service_end": read_date,
            },
            optional={
                "cost": maybe(read_decimal),
                "proration": maybe(read_proration),
                "exchange": maybe(_read_exchange),
                "rows": maybe(read_whole),
                "usage_number": maybe(read_whole),
                **_MEASURES,
                **FACTS_AROUND,
            },
        )
    )


def _read_share(data, at):
    return DimensionQuantity(**read_object(data, at, required={"values": mapped(read_text), "quantity": read_decimal}))


# The facts that only some charge models read.
_MEASURES = {
    "value": maybe(read_decimal),
    "events": maybe(listed(read_decimal)),
    "dimensions": listed(_read_share),
    "variables": mapped(read_decimal),
}


def read_terms(data, at="terms", rule=None):
    values = read_object(
        data,
        at,
        required={"charge_model": read_text},
        optional={
            "unit_price": maybe(read_decimal),
            "tiers": listed(_read_tier),
            "percent": maybe(read_decimal),
            "fixed": maybe(read_decimal),
            "cost_basis": maybe(read_text),
            **_MODEL_TERMS,
            **TERMS_AROUND,
        },
    )
    if values.get("cost_basis") is None:
        values.pop("cost_basis", None)
    return Terms(rule=rule, **values)


def _read_cell(data, at):
    return MatrixCell(**read_object(data, at, required={"values": mapped(read_text), "unit_price": read_decimal}))


# The terms that one charge model alone reads.
_MODEL_TERMS = {
    "block_size": maybe(read_decimal),
    "block_rounding": read_text,
    "free_units": maybe(read_decimal),
    "fixed_per_event": maybe(read_decimal),
    "free_events": maybe(read_whole),
    "free_amount": maybe(read_decimal),
    "event_minimum": maybe(read_decimal),
    "event_maximum": maybe(read_decimal),
    "cells": listed(_read_cell),
    "rest_price": maybe(read_decimal),
    "formula": read_text,
}


def read_rule(data, at="rule"):
    return RuleFacts(
        **read_object(
            data,
            at,
            required={"rule_id": read_key},
            optional={
                "rule_name": read_text,
                "plan_name": read_text,
                "version_name": read_text,
                "scope": read_text,
                "valid_from": maybe(read_moment),
                "valid_to": maybe(read_moment),
            },
        )
    )


def read_candidate(data, at):
    """One rule. A rule of the role adjust has an `adjustment`, every other one `terms`."""
    values = read_object(
        data,
        at,
        required={"rule": read_rule},
        optional={
            "terms": lambda value, at: value,
            "adjustment": lambda value, at: value,
            "role": read_text,
            "scope_level": read_text,
            "scope_depth": read_whole,
            "product_level": read_text,
            "product_depth": read_whole,
            "matches": _read_matches,
            "valid_from": maybe(read_moment),
            "valid_to": maybe(read_moment),
            "final": read_flag,
            "sequence": read_whole,
        },
    )
    needed, other = ("adjustment", "terms") if values.get("role") == "adjust" else ("terms", "adjustment")
    if needed not in values:
        raise RequestError("missing_key", f"{at}.{needed}")
    if other in values:
        raise RequestError("unknown_key", f"{at}.{other}")
    read = read_adjustment if needed == "adjustment" else read_terms
    values[needed] = read(values[needed], f"{at}.{needed}", values["rule"])
    return Candidate(**values)


def _read_adjustment_with_rule(data, at):
    """An adjustment that stands alone: it names its rule itself."""
    if not isinstance(data, dict) or "rule" not in data:
        raise RequestError("missing_key", join(at, "rule"))
    rest = {name: value for name, value in data.items() if name != "rule"}
    return read_adjustment(rest, at, read_rule(data["rule"], join(at, "rule")))


def _read_matches(data, at):
    """{"region": ["eu", "us"]}: each dimension with the values that fit."""
    if not isinstance(data, dict):
        raise RequestError("not_an_object", at)
    return tuple((dimension, listed(read_text)(values, join(at, dimension))) for dimension, values in data.items())


def _read_dimensions(data, at):
    """{"region": "eu"}: what the usage is of."""
    if not isinstance(data, dict):
        raise RequestError("not_an_object", at)
    return {dimension: read_text(value, join(at, dimension)) for dimension, value in data.items()}


def _read_tier(data, at):
    """A tier. Its unit price may be left out only where a flat amount or a percentage says what it costs instead."""
    values = read_object(
        data,
        at,
        required={"up_to": maybe(read_decimal)},
        optional={"unit_price": read_decimal, "flat_amount": read_decimal, "percent": maybe(read_decimal)},
    )
    if "unit_price" not in values:
        if "flat_amount" not in values and values.get("percent") is None:
            raise RequestError("missing_key", join(at, "unit_price"))
        values["unit_price"] = Decimal(0)
    return Tier(**values)


def _read_exchange(data, at):
    return Exchange(
        **read_object(
            data,
            at,
            required={
                "rate": read_decimal,
                "from_currency": read_text,
                "to_currency": read_text,
                "source": read_text,
                "date": read_date,
            },
        )
    )


def _read_bill_in(data, at):
    return read_object(data, at, required={"exchange": _read_exchange, "rounding": read_decimal})


def _read_billed(data, at):
    return read_object(data, at, required={"amount": read_decimal}, optional={"quantity": maybe(read_decimal)})


def _describe_fact(value):
    """A fact of a refusal as JSON: rules as objects, several things as a list."""
    if isinstance(value, RuleFacts):
        return describe_rule(value)
    if isinstance(value, (tuple, list)):
        return [_describe_fact(item) for item in value]
    return as_text(value)
