"""Every table of dated quantities and of changes on docs/contracts.md, worked out by the engine and by hand."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from cloud_billing_engine.rating import BilledShare, Proration, RatingFacts, Terms, difference_of_days, rate
from doc_tables import read_examples, work_out

CENT = Decimal("0.01")
EXAMPLES = [example for example in read_examples("contracts.md") if {"seats", "changes"} & set(example[1])]


def price(terms, quantity, start, end, period):
    whole, used = (period[1] - period[0]).days, (end - start).days
    facts = RatingFacts(
        quantity=quantity,
        unit="seats",
        currency="EUR",
        rounding=CENT,
        service_start=start,
        service_end=end,
        proration=None if used == whole else Proration(used, whole),
    )
    return rate(Terms("flat", unit_price=Decimal(terms["price"])), facts)


def get_period(terms):
    return [date.fromisoformat(day) for day in terms["period"]]


def by_hand(row):
    """The hand-worked formula of a row, rounded half up, halves away from zero."""
    exact = work_out(row["worked out"])
    cents = int(abs(exact) * 100 + Fraction(1, 2))
    return Decimal(cents if exact >= 0 else -cents) / 100


def test_the_page_has_examples():
    assert len(EXAMPLES) == 10


@pytest.mark.parametrize("example", [one for one in EXAMPLES if "seats" in one[1]], ids=lambda one: f"line {one[0]}")
def test_stretches_of_quantities(example):
    _line, block, row = example
    period = get_period(block["seats"])
    start, last = (date.fromisoformat(day) for day in row["days"].split(" to "))
    held = [quantity for day, quantity in block["seats"]["quantities"] if date.fromisoformat(day) <= start][-1]
    assert held == row["quantity"]
    result = price(block["seats"], Decimal(held), start, last + timedelta(days=1), period)
    assert result.amount == Decimal(row["amount"]) == by_hand(row)


@pytest.mark.parametrize("example", [one for one in EXAMPLES if "changes" in one[1]], ids=lambda one: f"line {one[0]}")
def test_corrections_of_billed_days(example):
    _line, block, row = example
    terms, period = block["changes"], get_period(block["changes"])
    start, end = date.fromisoformat(row["from"]), period[1]
    billed = price(terms, Decimal(terms["quantity"]), *period, period)
    now = price(terms, Decimal(row["quantity"]), start, end, period)
    share = BilledShare(1, billed.amount_exact, billed.quantity, (end - start).days, (period[1] - period[0]).days)
    expected = Decimal(0) if row["correction"] == "none" else Decimal(row["correction"])
    assert difference_of_days(now, [share], CENT).amount == expected == by_hand(row)
