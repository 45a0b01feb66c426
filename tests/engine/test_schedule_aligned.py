"""Periods aligned to a common date, and the tiling that is asked of every schedule in every zone."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from cloud_billing_engine.schedule import Cycle, CycleError, period_containing, periods, utc_bounds
from hypothesis import given
from hypothesis import strategies as st
from schedule_zones import ZONES

UNITS = ("day", "week", "month", "quarter", "year")
FAR = date(2100, 1, 1)


def starts(cycle, date_start, count):
    found = periods(cycle, date_start, None, FAR)
    return [next(found).start.isoformat() for _ in range(count)]


class TestACommonDate:
    @pytest.mark.parametrize(
        ("unit", "count", "origin", "begins"),
        [
            ("month", 1, "2026-01-15", ["2026-03-20", "2026-04-15", "2026-05-15"]),
            # quarters from January: 15 January, 15 April, 15 July
            ("quarter", 1, "2026-01-15", ["2026-03-20", "2026-04-15", "2026-07-15"]),
            ("year", 1, "2020-07-01", ["2026-03-20", "2026-07-01", "2027-07-01"]),
            # the common date may lie in the future: it counts backwards too
            ("quarter", 1, "2026-12-31", ["2026-03-20", "2026-03-31", "2026-06-30", "2026-09-30", "2026-12-31"]),
            # Fridays in even distance to Friday 2 January 2026
            ("week", 2, "2026-01-02", ["2026-03-20", "2026-03-27", "2026-04-10"]),
            ("day", 10, "2026-03-18", ["2026-03-20", "2026-03-28", "2026-04-07"]),
            ("day", 10, "2026-04-17", ["2026-03-20", "2026-03-28", "2026-04-07"]),
        ],
    )
    def test_the_first_period_runs_from_the_start_to_the_next_common_boundary(self, unit, count, origin, begins):
        cycle = Cycle(unit, count, "aligned", origin=date.fromisoformat(origin))
        assert starts(cycle, date(2026, 3, 20), len(begins)) == begins

    def test_the_month_s_end_may_be_meant(self):
        cycle = Cycle(kind="aligned", origin=date(2026, 2, 28), anchor_day=31)
        assert starts(cycle, date(2026, 3, 1), 3) == ["2026-03-01", "2026-03-31", "2026-04-30"]

    @given(
        st.sampled_from(UNITS),
        st.integers(1, 7),
        st.dates(date(1990, 1, 1), date(2060, 12, 31)),
        st.dates(date(1990, 1, 1), date(2060, 12, 31)),
        st.dates(date(1990, 1, 1), date(2060, 12, 31)),
    )
    def test_subscriptions_with_one_common_date_share_every_boundary(self, unit, count, origin, left, right):
        cycle = Cycle(unit, count, "aligned", origin=origin)
        later = max(left, right)
        one, other = (list(periods(cycle, day, None, later + timedelta(days=900))) for day in (left, right))
        assert {p.end for p in one if p.end > later} == {p.end for p in other if p.end > later}
        assert period_containing(cycle, left, left).start == left
        assert all(period.end == following.start for period, following in pairwise(one))

    @pytest.mark.parametrize(
        ("values", "reason"),
        [
            ({"kind": "aligned"}, "origin"),
            ({"kind": "calendar", "origin": date(2026, 1, 1)}, "origin"),
            ({"kind": "anniversary", "origin": date(2026, 1, 1)}, "origin"),
            ({"kind": "aligned", "origin": date(2026, 1, 15), "anchor_day": 14}, "anchor_not_start_day"),
        ],
    )
    def test_what_is_no_common_date_is_refused(self, values, reason):
        with pytest.raises(CycleError) as refusal:
            Cycle(**values)
        assert refusal.value.reason == reason


class TestNoDayTwiceAndNoneLost:
    """Anchors 1-31 x cycles x 40 zones x 30 years. Lago's fix 6173 (2026): anchors on the 29th and later overlapped."""

    @pytest.mark.parametrize("zone", ZONES)
    @given(
        st.sampled_from(UNITS),
        st.integers(1, 4),
        st.sampled_from(["calendar", "anniversary", "aligned"]),
        st.integers(1, 31),
        st.integers(0, 11),
    )
    def test_thirty_years_of_any_cycle_tile_in_utc(self, zone, unit, count, kind, anchor_day, months):
        # January has every anchor; the months after it are reached by the start.
        origin = date(2010, 1, anchor_day)
        start = origin if kind == "anniversary" else origin + timedelta(days=30 * months)
        anchored = unit in ("month", "quarter", "year") and kind != "anniversary"
        cycle = Cycle(
            unit,
            # Days and weeks would be ten thousand periods: every seventh of them is as good a sample of thirty years.
            count * 7 if unit in ("day", "week") else count,
            kind,
            anchor_day if anchored else None,
            origin if kind == "aligned" else None,
        )
        found = list(periods(cycle, start, None, date(2040, 1, 1)))
        assert found[0].start == start
        bounds = [utc_bounds(period.start, period.end, zone) for period in found]
        for (period, following), (left, right) in zip(pairwise(found), pairwise(bounds), strict=True):
            assert period.end == following.start
            assert left[1] == right[0]
        assert all(left < right for left, right in bounds)

    @pytest.mark.parametrize("anchor_day", range(1, 32))
    @pytest.mark.parametrize("unit", ["month", "quarter", "year"])
    def test_each_anchor_comes_back_for_thirty_years(self, unit, anchor_day):
        cycle = Cycle(unit, 1, "aligned", anchor_day, date(2010, 1, anchor_day))
        found = list(periods(cycle, date(2010, 1, 1), None, date(2040, 1, 1)))
        assert all(period.end == following.start for period, following in pairwise(found))
        for period in found[1:]:
            is_last = (period.start + timedelta(days=1)).day == 1
            assert period.start.day == anchor_day or (is_last and period.start.day < anchor_day)
