"""Billing periods: they tile, they clamp, they come back."""

from datetime import date, datetime, timedelta
from itertools import islice, pairwise, product

import pytest
from cloud_billing_engine.schedule import Cycle, CycleError, PeriodError, due_date, period_containing, periods
from hypothesis import given
from hypothesis import strategies as st

FAR = date(2099, 1, 1)


def starts(cycle, date_start, count, date_end=None):
    return [period.start for period in islice(periods(cycle, date_start, date_end, FAR), count)]


def spans(cycle, date_start, until, date_end=None):
    return [(period.start, period.end) for period in periods(cycle, date_start, date_end, until)]


class TestCalendarMonths:
    CYCLE = Cycle()

    def test_a_start_within_the_month_makes_a_short_first_period(self):
        first, second = islice(periods(self.CYCLE, date(2026, 3, 16), None, FAR), 2)
        assert (first.start, first.end) == (date(2026, 3, 16), date(2026, 4, 1))
        assert (first.full_start, first.full_end) == (date(2026, 3, 1), date(2026, 4, 1))
        assert (second.start, second.end) == (date(2026, 4, 1), date(2026, 5, 1))
        assert (first.index, second.index) == (0, 1)

    def test_an_end_within_the_month_cuts_the_last_period(self):
        found = list(periods(self.CYCLE, date(2026, 3, 16), date(2026, 4, 11), FAR))
        last = found[-1]
        assert (len(found), last.start, last.end) == (2, date(2026, 4, 1), date(2026, 4, 11))
        assert (last.full_start, last.full_end) == (date(2026, 4, 1), date(2026, 5, 1))

    def test_a_subscription_of_three_days_has_one_period(self):
        assert spans(self.CYCLE, date(2026, 3, 16), FAR, date(2026, 3, 19)) == [(date(2026, 3, 16), date(2026, 3, 19))]

    def test_an_anchor_moves_the_boundary(self):
        # Cycles from the 5th to the 4th: 28 March to 4 April are 8 days of a period of 31.
        first = next(periods(Cycle(anchor_day=5), date(2025, 3, 28), None, FAR))
        assert (first.start, first.end) == (date(2025, 3, 28), date(2025, 4, 5))
        assert (first.full_start, first.full_end) == (date(2025, 3, 5), date(2025, 4, 5))

    def test_an_anchor_on_the_31st_follows_the_month_ends(self):
        assert starts(Cycle(anchor_day=31), date(2028, 1, 31), 5) == [
            date(2028, 1, 31), date(2028, 2, 29), date(2028, 3, 31), date(2028, 4, 30), date(2028, 5, 31),
        ]  # fmt: skip

    def test_until_stops_but_does_not_cut(self):
        assert spans(self.CYCLE, date(2026, 3, 1), date(2026, 4, 2)) == [
            (date(2026, 3, 1), date(2026, 4, 1)),
            (date(2026, 4, 1), date(2026, 5, 1)),
        ]
        assert len(spans(self.CYCLE, date(2026, 3, 1), date(2026, 4, 1))) == 1
        assert spans(self.CYCLE, date(2026, 3, 1), date(2026, 3, 1)) == []


class TestAnniversaries:
    CYCLE = Cycle(kind="anniversary")

    def test_from_the_day_of_the_start(self):
        assert starts(self.CYCLE, date(2026, 3, 16), 3) == [date(2026, 3, 16), date(2026, 4, 16), date(2026, 5, 16)]

    def test_the_31st_clamps_and_comes_back(self):
        # The table of Stripe's documentation: January 31, February 28, March 31, April 30
        assert starts(self.CYCLE, date(2026, 1, 31), 4) == [
            date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30),
        ]  # fmt: skip

    def test_the_30th_and_the_29th_come_back_too(self):
        assert starts(self.CYCLE, date(2026, 1, 30), 3)[1:] == [date(2026, 2, 28), date(2026, 3, 30)]
        assert starts(self.CYCLE, date(2028, 1, 29), 3)[1:] == [date(2028, 2, 29), date(2028, 3, 29)]

    def test_a_year_from_a_leap_day(self):
        assert starts(Cycle("year", kind="anniversary"), date(2024, 2, 29), 5) == [
            date(2024, 2, 29), date(2025, 2, 28), date(2026, 2, 28), date(2027, 2, 28), date(2028, 2, 29),
        ]  # fmt: skip

    def test_a_start_at_a_months_end_may_stand_for_a_later_day(self):
        cycle = Cycle(kind="anniversary", anchor_day=31)
        assert starts(cycle, date(2026, 2, 28), 2) == [date(2026, 2, 28), date(2026, 3, 31)]

    def test_another_day_than_that_of_the_start_is_refused(self):
        with pytest.raises(CycleError) as refusal:
            periods(Cycle(kind="anniversary", anchor_day=1), date(2026, 3, 16), None, FAR)
        assert refusal.value.reason == "anchor_not_start_day"


class TestOtherUnits:
    @pytest.mark.parametrize(
        ("cycle", "first_three"),
        [
            # Wednesday 18 March 2026
            (Cycle("day"), ["2026-03-18", "2026-03-19", "2026-03-20"]),
            (Cycle("day", 10, "anniversary"), ["2026-03-18", "2026-03-28", "2026-04-07"]),
            (Cycle("week"), ["2026-03-18", "2026-03-23", "2026-03-30"]),
            (Cycle("week", kind="anniversary"), ["2026-03-18", "2026-03-25", "2026-04-01"]),
            (Cycle("week", 2), ["2026-03-18", "2026-03-30", "2026-04-13"]),
            (Cycle("month", 2), ["2026-03-18", "2026-05-01", "2026-07-01"]),
            (Cycle("month", 5), ["2026-03-18", "2026-06-01", "2026-11-01"]),
            (Cycle("quarter"), ["2026-03-18", "2026-04-01", "2026-07-01"]),
            (Cycle("quarter", kind="anniversary"), ["2026-03-18", "2026-06-18", "2026-09-18"]),
            (Cycle("quarter", 2), ["2026-03-18", "2026-07-01", "2027-01-01"]),
            (Cycle("year"), ["2026-03-18", "2027-01-01", "2028-01-01"]),
            (Cycle("year", 3), ["2026-03-18", "2029-01-01", "2032-01-01"]),
            (Cycle("year", anchor_day=31), ["2026-03-18", "2027-01-31", "2028-01-31"]),
        ],
    )
    def test_days_weeks_quarters_and_years(self, cycle, first_three):
        assert [day.isoformat() for day in starts(cycle, date(2026, 3, 18), 3)] == first_three

    def test_a_year_with_a_leap_day_has_366_days(self):
        period = period_containing(Cycle("year"), date(2028, 1, 1), date(2028, 7, 1))
        assert (period.end - period.start).days == 366


class TestTheyTile:
    """No gap, no overlap: anchors 1-31, every unit, both kinds, thirty years."""

    CYCLES = list(product(("week", "month", "quarter", "year"), (1, 2, 5), ("calendar", "anniversary")))

    @pytest.mark.parametrize("anchor_day", range(1, 32))
    def test_thirty_years_of_each_anchor(self, anchor_day):
        date_start, until = date(2024, 1, anchor_day), date(2054, 1, 1)
        for unit, count, kind in self.CYCLES:
            check_tiling(Cycle(unit, count, kind, anchor_day), date_start, None, until)

    @pytest.mark.parametrize("kind", ["calendar", "anniversary"])
    @pytest.mark.parametrize("count", [1, 7, 30])
    def test_thirty_years_of_days(self, kind, count):
        check_tiling(Cycle("day", count, kind), date(2024, 2, 29), None, date(2054, 1, 1))

    @given(
        st.sampled_from(CYCLES),
        st.one_of(st.none(), st.integers(1, 31)),
        st.dates(date(1990, 1, 1), date(2060, 12, 31)),
        st.one_of(st.none(), st.integers(1, 3000)),
        st.integers(0, 3000),
    )
    def test_any_start_any_end(self, shape, anchor_day, date_start, length, ahead):
        unit, count, kind = shape
        cycle = Cycle(unit, count, kind, anchor_day if kind == "calendar" else None)
        date_end = None if length is None else date_start + timedelta(days=length)
        check_tiling(cycle, date_start, date_end, date_start + timedelta(days=ahead))

    @given(st.sampled_from(CYCLES), st.dates(date(1990, 1, 1), date(2060, 12, 31)), st.integers(0, 10000))
    def test_every_day_is_in_exactly_the_period_that_is_found_for_it(self, shape, date_start, ahead):
        cycle, day = Cycle(*shape), date_start + timedelta(days=ahead)
        holding = [
            found for found in periods(cycle, date_start, None, day + timedelta(1)) if found.start <= day < found.end
        ]
        assert holding == [period_containing(cycle, date_start, day)]


def check_tiling(cycle, date_start, date_end, until):
    """What must hold for every schedule, said without the code's own arithmetic."""
    found = list(periods(cycle, date_start, date_end, until))
    limit = until if date_end is None else min(until, date_end)
    assert bool(found) == (date_start < limit)
    if not found:
        return
    assert found[0].start == date_start
    assert [period.index for period in found] == list(range(len(found)))
    for period, following in pairwise(found):
        assert period.end == following.start
        assert following.start == following.full_start == period.full_end
    for period in found:
        assert period.full_start <= period.start < period.end <= period.full_end
        assert period.start < limit
        assert period_containing(cycle, date_start, period.start, date_end) == period
        assert period_containing(cycle, date_start, period.end - timedelta(1), date_end) == period
        if cycle.unit in ("month", "quarter", "year"):
            check_boundary(period.full_start, cycle.anchor_day or (1 if cycle.kind == "calendar" else date_start.day))
    assert found[-1].end == date_end or found[-1].end >= limit
    assert date_end is None or found[-1].end <= date_end


def check_boundary(day, anchor_day):
    """On the anchor day, or on the month's last where the month is shorter."""
    is_last = (day + timedelta(1)).month != day.month
    assert day.day == anchor_day or (is_last and day.day < anchor_day)


class TestDueDates:
    PERIOD = period_containing(Cycle(), date(2026, 3, 16), date(2026, 3, 20))

    def test_in_advance_on_the_first_day_in_arrears_on_the_day_after_the_last(self):
        assert due_date(self.PERIOD, "advance") == date(2026, 3, 16)
        assert due_date(self.PERIOD, "arrears") == date(2026, 4, 1)

    def test_another_timing_is_refused(self):
        with pytest.raises(PeriodError) as refusal:
            due_date(self.PERIOD, "whenever")
        assert refusal.value.facts == {"timing": "whenever"}


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("values", "reason"),
        [
            ({"unit": "fortnight"}, "unknown_unit"),
            ({"kind": "lunar"}, "unknown_kind"),
            ({"count": 0}, "count"),
            ({"count": True}, "count"),
            ({"count": 1.0}, "count"),
            ({"anchor_day": 0}, "anchor_day"),
            ({"anchor_day": 32}, "anchor_day"),
        ],
    )
    def test_cycles(self, values, reason):
        with pytest.raises(CycleError) as refusal:
            Cycle(**values)
        assert refusal.value.reason == reason

    def test_a_day_before_the_start_or_from_the_end_on(self):
        with pytest.raises(PeriodError, match="before_start"):
            period_containing(Cycle(), date(2026, 3, 16), date(2026, 3, 15))
        with pytest.raises(PeriodError, match="after_end"):
            period_containing(Cycle(), date(2026, 3, 16), date(2026, 4, 1), date(2026, 4, 1))

    def test_an_end_that_is_not_after_the_start(self):
        with pytest.raises(PeriodError, match="end_not_after_start"):
            periods(Cycle(), date(2026, 3, 16), date(2026, 3, 16), FAR)

    @pytest.mark.parametrize("place", range(4))
    def test_instants_where_days_are_meant(self, place):
        days = [date(2026, 3, 16), date(2026, 3, 20), date(2026, 4, 1), date(2026, 5, 1)]
        days[place] = datetime(2026, 3, 16)
        date_start, day, date_end, until = days
        with pytest.raises(TypeError, match="is a date"):
            period_containing(Cycle(), date_start, day, date_end)
            periods(Cycle(), date_start, date_end, until)

    def test_only_instants_are_refused_too(self):
        with pytest.raises(TypeError, match="is a date"):
            period_containing(Cycle(), datetime(2026, 3, 16), datetime(2026, 3, 16))

    def test_the_first_and_the_last_whole_month_of_the_calendar_are_there(self):
        assert period_containing(Cycle(), date(1, 1, 1), date(1, 1, 1)).full_start == date(1, 1, 1)
        assert period_containing(Cycle(), date(9999, 1, 1), date(9999, 11, 30)).end == date(9999, 12, 1)

    @pytest.mark.parametrize("unit", ["day", "year"])
    def test_the_end_of_the_calendar(self, unit):
        with pytest.raises(PeriodError, match="out_of_calendar"):
            period_containing(Cycle(unit, kind="anniversary"), date(9999, 12, 31), date(9999, 12, 31))
