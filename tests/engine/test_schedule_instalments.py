"""Instalments: one sum in parts, exact to the smallest unit, and the tables of docs/contracts.md about them."""

import json
from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from cloud_billing_engine.schedule import (
    CycleError,
    Instalment,
    InstalmentError,
    check_instalments,
    from_units,
    get_dates,
    make_dated,
    make_instalments,
    split_evenly,
    to_units,
)
from cloud_billing_engine.schedule.wire import answer_text
from doc_tables import read_examples
from hypothesis import given
from hypothesis import strategies as st

D = Decimal
STEPS = [D("1"), D("0.01"), D("0.001"), D("0.05")]
EXAMPLES = [example for example in read_examples("contracts.md") if "instalments" in example[1]]

amounts = st.integers(min_value=1, max_value=10**12)
counts = st.integers(min_value=1, max_value=400)
days = st.dates(min_value=date(1990, 1, 1), max_value=date(2060, 12, 31))


def ask(**plan):
    return json.loads(answer_text(json.dumps({"instalments": plan}))[0])


@pytest.mark.parametrize(
    ("block", "row"), [pytest.param(block, row, id=f"line_{number}") for number, block, row in EXAMPLES]
)
def test_a_row_of_the_page(block, row):
    plan = {**block["instalments"], "total": row["sum"]}
    given_parts = ask(**plan)["instalments"]
    assert ", ".join(part["amount"] for part in given_parts) == row["parts"]
    assert ", ".join(part["date"] for part in given_parts) == row["due on"]


def test_the_page_has_its_tables():
    assert len(EXAMPLES) >= 10


class TestEqualParts:
    @given(amounts, counts)
    def test_they_are_the_sum_and_differ_by_one_unit_at_most(self, total, count):
        if count > total:
            return
        parts = split_evenly(total, count)
        assert (len(parts), sum(parts)) == (count, total)
        assert max(parts) - min(parts) <= 1
        assert parts[-1] == max(parts)

    @given(amounts, counts)
    def test_at_no_time_more_was_asked_for_than_the_share_of_that_time(self, total, count):
        if count > total:
            return
        reached = 0
        for number, part in enumerate(split_evenly(total, count), 1):
            reached += part
            # The largest whole number that is not more than number / count of the sum.
            assert reached * count <= total * number < (reached + 1) * count

    @given(
        amounts,
        counts,
        days,
        st.sampled_from(["day", "week", "month", "quarter", "year"]),
        st.integers(1, 6),
        st.data(),
    )
    def test_with_a_down_payment_they_are_still_the_sum_in_order(self, total, count, first, unit, every, data):
        count = min(count, 60)
        if total <= count:
            return
        down = data.draw(st.integers(0, total - count))
        parts = make_instalments(total, count, first, unit, every, down_payment=down, down_date=first - timedelta(9))
        assert sum(part.amount for part in parts) == total
        assert [part.number for part in parts] == list(range(0 if down else 1, count + 1))
        assert all(before.date <= after.date for before, after in pairwise(parts))
        assert all(part.amount > 0 for part in parts)

    @pytest.mark.parametrize(
        ("total", "count", "reason"),
        [(0, 1, "total"), (-5, 2, "total"), (D("1.00"), 2, "total"), (5, 0, "count"), (5, 6, "too_many_parts")],
    )
    def test_what_cannot_be_is_refused(self, total, count, reason):
        with pytest.raises(InstalmentError) as refused:
            split_evenly(total, count)
        assert refused.value.reason == reason


class TestDates:
    @given(days, st.integers(1, 60), st.integers(1, 6))
    def test_months_rise_and_come_back_from_their_ends(self, first, count, every):
        found = get_dates(first, count, "month", every)
        for step, day in enumerate(found):
            year, month = divmod(first.year * 12 + first.month - 1 + step * every, 12)
            assert day == date(year, month + 1, min(first.day, monthrange(year, month + 1)[1]))
        assert all(before < after for before, after in pairwise(found))

    def test_a_first_date_at_the_end_of_february_may_stand_for_the_31st(self):
        found = get_dates(date(2026, 2, 28), 3, anchor_day=31)
        assert found == [date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]

    def test_another_day_than_the_first_dates_is_refused(self):
        with pytest.raises(CycleError):
            get_dates(date(2026, 2, 27), 3, anchor_day=31)


class TestDatedParts:
    @given(st.lists(st.tuples(days, st.integers(1, 10**9)), min_size=1, max_size=30), st.data())
    def test_the_part_that_takes_the_rest_makes_the_sum(self, dated, data):
        dated = sorted(dated)
        total = sum(amount for _day, amount in dated)
        rest = data.draw(st.integers(0, len(dated) - 1))
        asked = [(day, None if place == rest else amount) for place, (day, amount) in enumerate(dated)]
        parts = make_dated(total, asked)
        assert [(part.date, part.amount) for part in parts] == dated

    @pytest.mark.parametrize(
        ("parts", "reason"),
        [
            ([], "count"),
            ([(date(2026, 1, 1), None), (date(2026, 2, 1), None)], "several_rests"),
            ([(date(2026, 1, 1), 100), (date(2026, 2, 1), None)], "nothing_left"),
            ([(date(2026, 1, 1), 99)], "sum"),
            ([(date(2026, 2, 1), 50), (date(2026, 1, 31), 50)], "dates"),
            ([(date(2026, 1, 1), 0), (date(2026, 2, 1), 100)], "amount"),
        ],
    )
    def test_what_is_not_what_was_agreed_is_refused(self, parts, reason):
        with pytest.raises(InstalmentError) as refused:
            make_dated(100, parts)
        assert refused.value.reason == reason

    def test_two_parts_of_one_day_are_two_parts(self):
        parts = make_dated(100, [(date(2026, 1, 1), 40), (date(2026, 1, 1), 60)])
        assert [part.number for part in parts] == [1, 2]

    def test_a_later_down_payment_is_refused(self):
        with pytest.raises(InstalmentError) as refused:
            make_instalments(100, 2, date(2026, 1, 1), down_payment=10, down_date=date(2026, 1, 2))
        assert refused.value.reason == "dates"

    def test_parts_by_hand_are_checked_as_those_that_were_made(self):
        with pytest.raises(InstalmentError):
            check_instalments(100, [Instalment(1, date(2026, 1, 1), 100.0)])


class TestUnits:
    @given(st.integers(-(10**15), 10**15), st.sampled_from(STEPS))
    def test_there_and_back(self, units, step):
        assert to_units(from_units(units, step), step) == units

    @pytest.mark.parametrize(("amount", "step"), [("0.001", "0.01"), ("1.5", "1"), ("0.12", "0.05")])
    def test_what_is_smaller_than_the_currency_is_refused(self, amount, step):
        with pytest.raises(InstalmentError) as refused:
            to_units(D(amount), D(step))
        assert refused.value.reason == "not_whole_units"


class TestByJson:
    PLAN = {"total": "100.00", "step": "0.01", "count": 3, "first_date": "2026-01-31"}

    def test_a_sum_in_three(self):
        assert ask(**self.PLAN)["instalments"] == [
            {"number": 1, "date": "2026-01-31", "amount": "33.33"},
            {"number": 2, "date": "2026-02-28", "amount": "33.33"},
            {"number": 3, "date": "2026-03-31", "amount": "33.34"},
        ]

    def test_dated_parts_with_a_rest(self):
        parts = [{"date": "2026-01-15", "amount": "40"}, {"date": "2026-06-01", "amount": None}]
        given_parts = ask(total="100.00", step="0.01", parts=parts)["instalments"]
        assert [part["amount"] for part in given_parts] == ["40.00", "60.00"]

    @pytest.mark.parametrize(
        ("changes", "kind", "reason"),
        [
            ({"total": "100.001"}, "InstalmentError", "not_whole_units"),
            ({"total": "-1"}, "InstalmentError", "total"),
            ({"step": "0"}, "RequestError", "not_a_number"),
            ({"step": "-1"}, "RequestError", "not_a_number"),
            ({"total": 1.5}, "RequestError", "number_as_text"),
            ({"count": "three"}, "RequestError", "not_whole"),
            ({"unit": "moon"}, "CycleError", "unknown_unit"),
            ({"count": 10**9}, "InstalmentError", "count"),
        ],
    )
    def test_refusals_are_answers(self, changes, kind, reason):
        error = ask(**{**self.PLAN, **changes})["error"]
        assert (error["kind"], error["reason"]) == (kind, reason)
