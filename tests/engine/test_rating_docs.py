"""docs/prices.md, row by row."""

from decimal import Decimal
from fractions import Fraction
from math import floor

import pytest
from cloud_billing_engine.rating import Exchange, Proration, difference, rate
from cloud_billing_engine.rating.wire import read_terms
from doc_tables import read_examples, work_out
from rating_samples import make_facts

EXAMPLES = read_examples("prices.md")
COLUMNS = {"quantity", "cost", "share", "exchange", "billed quantity", "billed amount", "by hand", "exact", "amount"}


def read_number(text):
    return None if text == "none" else Decimal(text)


def rate_row(terms, row):
    """The result of one row: a price, or a correction where something was billed."""
    values = {}
    if "cost" in row:
        values["cost"] = read_number(row["cost"])
    if row.get("share"):
        values["proration"] = Proration(*map(int, row["share"].split("/")))
    if row.get("exchange"):
        values["exchange"] = Exchange(Decimal(row["exchange"]), "USD", "EUR", "the page", make_facts().service_start)
    result = rate(read_terms(terms), make_facts(read_number(row.get("quantity", "none")), **values))
    if "billed amount" in row:
        return difference(result, Decimal(row["billed amount"]), read_number(row["billed quantity"]))
    return result


@pytest.mark.parametrize(
    ("terms", "row"), [pytest.param(terms, row, id=f"line_{number}") for number, terms, row in EXAMPLES]
)
def test_a_row_of_the_page(terms, row):
    assert set(row) <= COLUMNS
    result = rate_row(terms, row)
    assert result.amount == Decimal(row["amount"])
    by_hand = work_out(row["by hand"])
    cents = floor(abs(by_hand) * 100 + Fraction(1, 2))
    assert abs(Fraction(row["amount"])) * 100 == cents
    assert abs(Fraction(result.amount_exact) - by_hand) < Fraction(1, 10**29)
    if "exact" in row:
        assert result.amount_exact == Decimal(row["exact"])


def test_every_charge_model_has_examples():
    assert {terms["charge_model"] for _number, terms, _row in EXAMPLES} == {
        "per_unit", "graduated", "flat", "cost_plus",
    }  # fmt: skip
    assert len(EXAMPLES) > 30
