"""docs/contracts.md, its cycles, alignment, proration and notice, row by row."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import islice

import pytest
from cloud_billing_engine.schedule import Cycle, earliest_end, next_renewal, notice_date, periods, share
from doc_tables import read_examples

OURS = {"cycle", "method", "notice", "term"}
EXAMPLES = [example for example in read_examples("contracts.md") if OURS & set(example[1])]
FEE = Fraction(70)


def read_days(text):
    return [date.fromisoformat(day) for day in text.split(" to ")]


def check_begins(block, row):
    terms = dict(block["cycle"])
    if "origin" in terms:
        terms["origin"] = date.fromisoformat(terms["origin"])
    days = row["periods begin on"].split(", ")
    found = islice(periods(Cycle(**terms), date.fromisoformat(row["start"]), None, date(2100, 1, 1)), len(days))
    assert [period.start.isoformat() for period in found] == days


def find_share(block, row):
    numerator, denominator = share(
        block["method"],
        *read_days(row["part"]),
        *read_days(row["period"]),
        time_zone=block.get("time_zone", "UTC"),
    )
    amount = FEE * numerator / denominator
    cents = (Decimal(amount.numerator * 100) / amount.denominator).quantize(Decimal(1), ROUND_HALF_UP)
    assert str(cents / 100 + Decimal("0.00")) == row["of 70.00"]
    return numerator, denominator


def check_share(block, row):
    numerator, denominator = find_share(block, row)
    assert f"{numerator}/{denominator}" == row["share"]


def check_hours(block, row):
    assert [Fraction(number, 3600) for number in find_share(block, row)] == [
        Fraction(number) for number in row["hours"].split("/")
    ]


def check_last_day(block, row):
    last = earliest_end(date.fromisoformat(row["given on"]), **block["notice"]) - timedelta(days=1)
    assert last.isoformat() == row["last day of service"]


def check_notice(block, row):
    end = date.fromisoformat(row["first day without service"])
    assert notice_date(end, **block["notice"]).isoformat() == row["give notice by"]


def check_term(block, row):
    start, on = date.fromisoformat(row["start"]), date.fromisoformat(row["on"])
    found = next_renewal(start, block["term"]["count"], block["term"]["unit"], on)
    assert found.isoformat() == row["next term begins"]


CHECKS = {
    ("start", "periods begin on"): check_begins,
    ("period", "part", "share", "of 70.00"): check_share,
    ("period", "part", "hours", "of 70.00"): check_hours,
    ("given on", "last day of service"): check_last_day,
    ("first day without service", "give notice by"): check_notice,
    ("start", "on", "next term begins"): check_term,
}


@pytest.mark.parametrize(
    ("block", "row"),
    [pytest.param(block, row, id=f"line_{number}") for number, block, row in EXAMPLES if tuple(row) in CHECKS],
)
def test_a_row_of_the_page(block, row):
    CHECKS[tuple(row)](block, row)


def test_every_kind_of_table_is_there():
    assert {tuple(row) for _number, _block, row in EXAMPLES} >= set(CHECKS)
    assert len(EXAMPLES) > 40
