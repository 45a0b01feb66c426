"""docs/prices.md, row by row."""

from decimal import Decimal
from fractions import Fraction
from math import floor

import pytest
from cloud_billing_engine.rating import PRICERS, DimensionQuantity, Exchange, Proration, difference, rate
from cloud_billing_engine.rating.wire import read_terms
from doc_tables import read_examples, work_out
from rating_samples import make_facts

EXAMPLES = read_examples("prices.md")
COLUMNS = {
    "quantity", "value", "events", "dimensions", "variables", "cost", "share", "exchange", "billed quantity",
    "billed amount", "by hand", "exact", "amount",
}  # fmt: skip


def read_number(text):
    return None if text == "none" else Decimal(text)


def read_measures(row):
    """Facts of a row besides its quantity. Events: 10; -5. Dimensions: region=eu sku=a: 10; ... Variables: gb=2; ..."""
    values = {name: read_number(row[name]) for name in ("cost", "value") if name in row}
    listed = {
        name: row[name].split("; ") for name in ("events", "dimensions", "variables") if row.get(name, "none") != "none"
    }
    if "events" in listed:
        values["events"] = tuple(map(Decimal, listed["events"]))
    if "variables" in listed:
        pairs = (item.split("=") for item in listed["variables"])
        values["variables"] = tuple((name, Decimal(number)) for name, number in pairs)
    if "dimensions" in listed:
        shares = (item.rsplit(": ", 1) for item in listed["dimensions"])
        values["dimensions"] = tuple(
            DimensionQuantity(tuple(tuple(pair.split("=")) for pair in named.split()), Decimal(quantity))
            for named, quantity in shares
        )
    return values


def read_quantity(row, values):
    """The row's quantity; where single events or shares stand instead, their number or their sum."""
    if "quantity" in row:
        return read_number(row["quantity"])
    if "events" in values:
        return Decimal(len(values["events"]))
    return sum(share.quantity for share in values["dimensions"]) if "dimensions" in values else None


def rate_row(terms, row):
    """The result of one row: a price, or a correction where something was billed."""
    values = read_measures(row)
    if row.get("share"):
        values["proration"] = Proration(*map(int, row["share"].split("/")))
    if row.get("exchange"):
        values["exchange"] = Exchange(Decimal(row["exchange"]), "USD", "EUR", "the page", make_facts().service_start)
    result = rate(read_terms(terms), make_facts(read_quantity(row, values), **values))
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
    assert {terms["charge_model"] for _number, terms, _row in EXAMPLES} == set(PRICERS)
    assert len(EXAMPLES) > 100
