"""Terms, renewals and notice. Numbers by hand; the rule of notice is that of the German Civil Code."""

from datetime import date, timedelta

import pytest
from cloud_billing_engine.schedule import (
    Cycle,
    CycleError,
    PeriodError,
    add_cycles,
    add_units,
    earliest_end,
    end_after_notice,
    end_of_term,
    next_boundary,
    next_renewal,
    notice_date,
    periods,
)
from hypothesis import given
from hypothesis import strategies as st

DAYS = st.dates(date(1990, 1, 1), date(2060, 12, 31))
UNITS = st.sampled_from(["day", "week", "month", "quarter", "year"])


def day(text):
    return date.fromisoformat(text)


class TestCountingOn:
    @pytest.mark.parametrize(
        ("start", "count", "unit", "found"),
        [
            ("2026-01-31", 1, "month", "2026-02-28"),
            ("2026-01-31", 2, "month", "2026-03-31"),
            ("2028-01-31", 1, "month", "2028-02-29"),
            ("2026-11-30", 1, "quarter", "2027-02-28"),
            ("2024-02-29", 1, "year", "2025-02-28"),
            ("2024-02-29", 4, "year", "2028-02-29"),
            ("2026-12-25", 2, "week", "2027-01-08"),
            ("2026-02-20", 10, "day", "2026-03-02"),
            ("2026-03-31", -1, "month", "2026-02-28"),
        ],
    )
    def test_months_clamp_and_come_back(self, start, count, unit, found):
        assert add_units(day(start), count, unit) == day(found)

    def test_a_clamped_day_may_stand_for_a_later_one(self):
        assert add_units(day("2026-02-28"), 1, "month", anchor_day=31) == day("2026-03-31")

    def test_outside_the_calendar_and_unknown_units_are_refused(self):
        with pytest.raises(PeriodError, match="out_of_calendar"):
            add_units(date(9999, 12, 1), 1, "month")
        with pytest.raises(PeriodError, match="out_of_calendar"):
            add_units(date(9999, 12, 31), 1, "day")
        with pytest.raises(PeriodError, match="out_of_calendar"):
            add_units(date(1, 1, 1), -1, "month")
        with pytest.raises(CycleError, match="unknown_unit"):
            add_units(date(2026, 1, 1), 1, "moon")

    @given(UNITS, st.integers(1, 5), st.sampled_from(["calendar", "anniversary"]), DAYS, st.integers(0, 30))
    def test_cycles_are_those_of_the_periods(self, unit, count, kind, start, number):
        cycle = Cycle(unit, count, kind)
        found = [one.start for one in periods(cycle, start, None, add_cycles(cycle, start, number) + timedelta(1))]
        assert found[-1] == add_cycles(cycle, start, number)
        assert len(found) == number + 1


class TestTerms:
    def test_a_term_ends_with_the_first_day_after_it(self):
        assert end_of_term(day("2026-03-01"), 12, "month") == day("2027-03-01")
        # from 29 February a year lasts up to and including 27 February
        assert end_of_term(day("2024-02-29"), 1, "year") == day("2025-02-28")

    @pytest.mark.parametrize(
        ("start", "count", "unit", "on", "found"),
        [
            ("2026-01-31", 1, "month", "2026-02-27", "2026-02-28"),
            ("2026-01-31", 1, "month", "2026-02-28", "2026-03-31"),
            ("2024-02-29", 1, "year", "2027-06-01", "2028-02-29"),
            ("2026-03-01", 12, "month", "2026-03-01", "2027-03-01"),
            ("2026-03-01", 12, "month", "2027-02-28", "2027-03-01"),
            ("2026-03-01", 12, "month", "2027-03-01", "2028-03-01"),
            ("2026-03-01", 12, "month", "2026-02-01", "2026-03-01"),
            ("2026-03-02", 2, "week", "2026-03-16", "2026-03-30"),
        ],
    )
    def test_the_next_renewal_is_after_the_day(self, start, count, unit, on, found):
        assert next_renewal(day(start), count, unit, day(on)) == day(found)

    @given(DAYS, st.integers(1, 40), UNITS, st.integers(0, 8000))
    def test_renewals_are_whole_terms_from_the_start_and_none_is_skipped(self, start, count, unit, ahead):
        on = start + timedelta(days=ahead)
        found, number, former = next_renewal(start, count, unit, on), 1, start
        while add_units(start, number * count, unit) <= on:
            former = add_units(start, number * count, unit)
            number += 1
        assert (former <= on < found, found) == (True, add_units(start, number * count, unit))

    def test_a_term_of_nothing_is_refused(self):
        for count in (0, -1, True, 1.0):
            with pytest.raises(CycleError, match="count"):
                end_of_term(date(2026, 1, 1), count, "month")


class TestNotice:
    @pytest.mark.parametrize(
        ("given_on", "count", "unit", "last_day"),
        [
            # BGB 188(2): the period ends with the day that corresponds to the one of the notice
            ("2026-06-30", 3, "month", "2026-09-30"),
            ("2026-01-15", 1, "month", "2026-02-15"),
            # BGB 188(3): where that day is missing, with the last of the month
            ("2026-01-30", 1, "month", "2026-02-28"),
            ("2026-01-31", 1, "month", "2026-02-28"),
            ("2027-11-30", 3, "month", "2028-02-29"),
            # BGB 187(1): the day of the notice does not count
            ("2026-06-10", 14, "day", "2026-06-24"),
            ("2026-06-10", 2, "week", "2026-06-24"),
        ],
    )
    def test_the_last_day_of_service(self, given_on, count, unit, last_day):
        assert earliest_end(day(given_on), count, unit) == day(last_day) + timedelta(days=1)

    @pytest.mark.parametrize(
        ("end", "count", "unit", "last"),
        [
            ("2026-10-01", 3, "month", "2026-06-30"),
            ("2026-03-01", 3, "month", "2025-11-30"),
            ("2026-03-01", 1, "month", "2026-01-31"),
            ("2026-06-25", 14, "day", "2026-06-10"),
            ("2026-01-01", 1, "quarter", "2025-09-30"),
        ],
    )
    def test_the_last_day_on_which_notice_may_be_given(self, end, count, unit, last):
        assert notice_date(day(end), count, unit) == day(last)

    @given(DAYS, st.integers(0, 12), UNITS)
    def test_notice_in_time_is_in_time_and_a_day_later_is_not(self, end, count, unit):
        last = notice_date(end, count, unit)
        assert earliest_end(last, count, unit) <= end < earliest_end(last + timedelta(days=1), count, unit)

    def test_not_before_the_minimum_term_and_only_at_a_boundary(self):
        given_on, start = day("2026-05-10"), day("2026-01-15")
        assert end_after_notice(given_on, 1, "month") == day("2026-06-11")
        assert end_after_notice(given_on, 1, "month", day("2027-01-15")) == day("2027-01-15")
        monthly = Cycle(kind="anniversary")
        assert end_after_notice(given_on, 1, "month", None, monthly, start) == day("2026-06-15")
        assert end_after_notice(given_on, 1, "month", day("2026-08-01"), monthly, start) == day("2026-08-15")

    def test_a_boundary_on_the_day_is_the_next_one(self):
        assert next_boundary(Cycle(), day("2026-01-15"), day("2026-01-10")) == day("2026-01-15")
        assert next_boundary(Cycle(), day("2026-01-15"), day("2026-02-01")) == day("2026-02-01")
        assert next_boundary(Cycle(), day("2026-01-15"), day("2026-02-02")) == day("2026-03-01")
