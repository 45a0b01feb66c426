"""docs/contracts.md, its phases, indexation and takeover, row by row."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from cloud_billing_engine.rating import (
    Adjustment,
    Candidate,
    Proration,
    RatingFacts,
    RuleFacts,
    Terms,
    index_percent,
    limit_percent,
    rate,
    resolve_stretches,
)
from cloud_billing_engine.schedule import share
from doc_tables import read_examples, work_out

OURS = {"agreed", "index", "takeover"}
EXAMPLES = [example for example in read_examples("contracts.md") if OURS & set(example[1])]
CENT = Decimal("0.01")


def read_days(text):
    return [date.fromisoformat(day) for day in text.split(" to ")]


def make_candidates(block):
    agreed = block["agreed"]
    listed = RuleFacts(rule_id="list")
    yield Candidate(
        rule=listed, terms=Terms("flat", unit_price=Decimal(agreed["list"]), rule=listed), scope_level="line"
    )
    for place, one in enumerate(agreed["rates"]):
        rule = RuleFacts(rule_id=f"rate {place}")
        if "price" in one:
            applied = {"terms": Terms("flat", unit_price=Decimal(one["price"]), rule=rule)}
        else:
            values = {name: Decimal(one[name]) for name in ("percent", "amount") if name in one}
            applied = {"adjustment": Adjustment(rule=rule, **values)}
        yield Candidate(
            rule=rule,
            role="price" if "price" in one else "adjust",
            scope_level="contract_line",
            valid_from=date.fromisoformat(one["from"]),
            valid_to=date.fromisoformat(one["to"]) if "to" in one else None,
            sequence=one.get("sequence", 0),
            **applied,
        )


def bill(candidates, start, end):
    """What one of it costs in a month: each stretch rounded once."""
    total, days = Decimal(0), (end - start).days
    for left, right, resolution in resolve_stretches(start, end, candidates):
        used = (right - left).days
        facts = RatingFacts(
            quantity=Decimal(1),
            unit="",
            currency="EUR",
            rounding=CENT,
            service_start=left,
            service_end=right,
            proration=None if used == days else Proration(used, days),
        )
        adjustments = [candidate.adjustment for candidate in resolution.adjustments]
        total += rate(resolution.chosen.terms, facts, adjustments=adjustments).amount
    return total


def check_month(block, row):
    start = date.fromisoformat(f"{row['month']}-01")
    end = (start + timedelta(days=31)).replace(day=1)
    assert str(bill(list(make_candidates(block)), start, end)) == row["billed"]


def check_index(block, row):
    digits = block["index"]["digits"]
    floor, cap = (Decimal(row[name]) if row[name] else None for name in ("at least", "at most"))
    found = limit_percent(index_percent(Decimal(row["before"]), Decimal(row["now"]), digits), floor, cap)
    assert str(found) == row["percent"]
    # By itself: the exact share, rounded here, within the limits in their own order.
    moved = (Fraction(row["now"]) / Fraction(row["before"]) - 1) * 100
    rounded = (Decimal(moved.numerator) / Decimal(moved.denominator)).quantize(
        Decimal(1).scaleb(-digits), ROUND_HALF_UP
    )
    limits = [limit for limit in (rounded if floor is None else max(rounded, floor), cap) if limit is not None]
    assert found == min(limits)


def check_takeover(block, row):
    start, end = read_days(block["takeover"]["month"])
    day, fee = date.fromisoformat(row["from"]), Fraction(block["takeover"]["fee"])
    for name, part in (("former customer", (start, day)), ("new customer", (day, end))):
        numerator, denominator = share("day", *part, start, end) if part[0] < part[1] else (0, 28)
        working, amount = row[name].split(" = ")
        assert working == f"{block['takeover']['fee']} x {numerator}/{denominator}"
        exact = work_out(working)
        assert exact == fee * numerator / denominator
        cents = (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(CENT, ROUND_HALF_UP)
        assert str(cents) == amount


CHECKS = {
    ("month", "worked out", "billed"): check_month,
    ("before", "now", "at least", "at most", "percent"): check_index,
    ("from", "former customer", "new customer"): check_takeover,
}


@pytest.mark.parametrize(
    ("number", "block", "row"), EXAMPLES, ids=[f"line {number}" for number, _block, _row in EXAMPLES]
)
def test_every_row_of_the_page(number, block, row):
    CHECKS[tuple(row)](block, row)


def test_every_table_was_found():
    assert {tuple(row) for _number, _block, row in EXAMPLES} == set(CHECKS)
    assert len(EXAMPLES) == 19
