"""docs/prices.md, row by row."""

from decimal import Decimal
from fractions import Fraction
from math import floor

import pytest
from cloud_billing_engine.rating import PRICERS
from doc_tables import read_examples, work_out
from rating_doc_rows import COLUMNS, bill_row, check_around, rate_row, resolve_row, share_out_row, split_row

EXAMPLES = read_examples("prices.md")


def of(*names):
    """The examples whose block is one of these, or a price where none is named."""
    others = {"true_up", "split_bundle", "share_out", "candidates", "bill_in"}
    return [
        pytest.param(block, row, id=f"line_{number}")
        for number, block, row in EXAMPLES
        if (set(block) & set(names) if names else not set(block) & others)
    ]


@pytest.mark.parametrize(("block", "row"), [*of(), *of("true_up")])
def test_a_row_of_the_page(block, row):
    assert set(row) <= COLUMNS
    result = rate_row(block, row)
    assert result.amount == Decimal(row["amount"])
    by_hand = work_out(row["by hand"])
    cents = floor(abs(by_hand) * 100 + Fraction(1, 2))
    assert abs(Fraction(row["amount"])) * 100 == cents
    # What a counter's stretch owes is a difference of rounded totals; its arithmetic by hand is that of the page.
    assert abs(Fraction(result.amount_exact) - by_hand) < Fraction(1, 10**29) or "carried" in row
    if "exact" in row:
        assert result.amount_exact == Decimal(row["exact"])
    check_around(result, row)


@pytest.mark.parametrize(("block", "row"), of("split_bundle"))
def test_a_bundle_of_the_page(block, row):
    parts = [Decimal(text) for text in row["parts"].replace("- ", "+ -").split(" + ")]
    assert list(split_row(block, row)) == parts
    assert sum(parts) == Decimal(row["amount"])


@pytest.mark.parametrize(("block", "row"), of("share_out"))
def test_a_shared_allowance_of_the_page(block, row):
    assert share_out_row(block, row) == (row["included"], row["charged"])


@pytest.mark.parametrize(("block", "row"), of("candidates"))
def test_which_price_of_the_page(block, row):
    answer = resolve_row(block, row)
    resolution = answer["workings"]["resolution"]
    assert resolution["chosen"]["rule_id"] == row["price"]
    assert ", ".join(rule["rule_id"] for rule in resolution["adjustments"]) == row.get("adjusted by", "")
    assert Decimal(answer["amount"]) == Decimal(row["amount"])
    assert Fraction(answer["amount_exact"]) == work_out(row["by hand"])
    extras = [f"{extra['workings']['rule']['rule_id']} {extra['amount']}" for extra in answer.get("extras", ())]
    assert ", ".join(extras) == row.get("extras", "")


@pytest.mark.parametrize(("block", "row"), of("bill_in"))
def test_another_currency_of_the_page(block, row):
    result = bill_row(block, row)
    assert result.amount == Decimal(row["amount"])
    assert Fraction(result.amount_exact) == work_out(row["by hand"])


def test_every_charge_model_and_every_step_has_examples():
    terms = [
        block.get("terms", block) for _number, block, _row in EXAMPLES if not set(block) & {"candidates", "bill_in"}
    ]
    assert {one["charge_model"] for one in terms if "charge_model" in one} == set(PRICERS)
    said = {column for _number, _block, row in EXAMPLES for column in row}
    assert said >= {"exchange", "priced quantity", "included", "taken off", "share", "carried"}
    assert {name for one in terms for name in one} >= {"conversion", "maximum", "minimum"}
    assert len(EXAMPLES) > 150
