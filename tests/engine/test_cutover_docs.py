"""docs/contracts.md, its cutover: tiers that go on, the first fee of ours, what is left of what is included."""

from datetime import date
from decimal import Decimal

import pytest
from cloud_billing_engine.rating import Grant, RatingFacts, RuleFacts, Terms, Tier, rate
from cloud_billing_engine.schedule import Cycle, period_containing, share
from doc_tables import read_examples, work_out

EXAMPLES = [
    example
    for example in read_examples("contracts.md")
    if {"cutover_tiers", "cutover_fee", "cutover_included"} & set(example[1])
]
CENT = Decimal("0.01")


def make_facts(quantity, **more):
    return RatingFacts(
        quantity=quantity,
        unit="GB",
        currency="EUR",
        rounding=CENT,
        service_start=date(2026, 7, 1),
        service_end=date(2026, 8, 1),
        **more,
    )


def bill_tiers(block, row):
    tiers = tuple(
        Tier(up_to=None if bound is None else Decimal(bound), unit_price=Decimal(price))
        for bound, price in block["tiers"]
    )
    counter = Decimal(block["counter"])
    facts = make_facts(Decimal(row["used in July"]), carried=counter, carried_counted=counter)
    return rate(Terms("graduated", tiers=tiers, rule=RuleFacts(rule_id=1)), facts).amount


def bill_fee(block, row):
    start, day = date.fromisoformat(block["start"]), date.fromisoformat(block["billed_through"])
    period = period_containing(Cycle("month", 1, row["periods"]), start, day)
    assert row["first bill"] == f"{day} to {period.end}"
    used, whole = share("day", day, period.end, period.full_start, period.full_end)
    return (Decimal(block["fee"]) * used / whole).quantize(CENT)


def bill_included(block, row):
    left = Decimal(block["granted"]) - Decimal(block["used"])
    facts = make_facts(Decimal(row["used in July"]), grants=(Grant(key="year", label="Included", quantity=left),))
    return rate(Terms("per_unit", unit_price=Decimal(block["price"]), rule=RuleFacts(rule_id=1)), facts).amount


BILL = {"cutover_tiers": bill_tiers, "cutover_fee": bill_fee, "cutover_included": bill_included}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"line {example[0]}")
def test_each_row_is_what_the_engine_bills(example):
    _line, block, row = example
    (name,) = set(block) & set(BILL)
    amount = BILL[name](block[name], row)
    assert f"{amount:.2f}" == row["billed"]
    assert Decimal(row["billed"]) == work_out(row["worked out"])


def test_the_page_has_examples():
    assert len(EXAMPLES) >= 8
