"""docs/periods.md, row by row."""

from datetime import date, timedelta
from itertools import islice

import pytest
from cloud_billing_engine.schedule import Cycle, due_date, periods, prorate_days, utc_bounds
from doc_tables import read_examples

EXAMPLES = read_examples("periods.md")


def read_day(text):
    return date.fromisoformat(text) if text else None


def find_periods(cycle, row, count):
    return list(islice(periods(Cycle(**cycle), read_day(row["start"]), read_day(row["end"]), date(2100, 1, 1)), count))


def share_of(period):
    numerator, denominator = prorate_days(period.start, period.end, period.full_start, period.full_end)
    return f"{numerator}/{denominator}"


def check_begins(cycle, row):
    days = row["periods begin on"].split(", ")
    # One more than the row shows: with an end there must be none, without one the row stops in the middle.
    found = [period.start.isoformat() for period in find_periods(cycle, row, len(days) + 1)]
    assert found[: len(days)] == days
    assert (len(found) == len(days)) == bool(row["end"])


def check_shares(cycle, row):
    found = find_periods(cycle, row, 100)
    assert (share_of(found[0]), share_of(found[-1])) == (row["first share"], row["last share"])


def check_due(cycle, row):
    first = find_periods(cycle, row, 1)[0]
    assert due_date(first, "advance").isoformat() == row["first due in advance"]
    assert due_date(first, "arrears").isoformat() == row["first due in arrears"]


def check_day(zone, row):
    day = read_day(row["day"])
    start, end = utc_bounds(day, day + timedelta(days=1), zone["time_zone"])
    assert start.isoformat(" ", "minutes") == row["begins (UTC)"]
    assert (end - start) == timedelta(hours=float(row["hours"]))


CHECKS = {
    ("start", "end", "periods begin on"): check_begins,
    ("start", "end", "first share", "last share"): check_shares,
    ("start", "end", "first due in advance", "first due in arrears"): check_due,
    ("day", "begins (UTC)", "hours"): check_day,
}


@pytest.mark.parametrize(
    ("block", "row"), [pytest.param(block, row, id=f"line_{number}") for number, block, row in EXAMPLES]
)
def test_a_row_of_the_page(block, row):
    CHECKS[tuple(row)](block, row)


def test_every_kind_of_table_is_there():
    assert {tuple(row) for _number, _block, row in EXAMPLES} == set(CHECKS)
    assert len(EXAMPLES) > 25
