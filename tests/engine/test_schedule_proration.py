"""Shares of a period, in days."""

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from cloud_billing_engine.schedule import Cycle, PeriodError, period_containing, prorate_days
from hypothesis import given
from hypothesis import strategies as st


class TestDaysOfAPeriod:
    @pytest.mark.parametrize(
        ("used", "full", "share"),
        [
            # 16 to 31 March: 31 - 16 + 1 = 16 days
            (("2026-03-16", "2026-04-01"), ("2026-03-01", "2026-04-01"), (16, 31)),
            # until and without 16 March: 15 days; the two together are the month
            (("2026-03-01", "2026-03-16"), ("2026-03-01", "2026-04-01"), (15, 31)),
            (("2026-03-01", "2026-04-01"), ("2026-03-01", "2026-04-01"), (31, 31)),
            (("2026-03-16", "2026-03-16"), ("2026-03-01", "2026-04-01"), (0, 31)),
            # 28 and 29 February of a leap year
            (("2028-02-28", "2028-03-01"), ("2028-02-01", "2028-03-01"), (2, 29)),
            # 28 March to 4 April in a cycle from the 5th to the 4th
            (("2025-03-28", "2025-04-05"), ("2025-03-05", "2025-04-05"), (8, 31)),
            # the clocks go forward on 29 March: a day is a day
            (("2026-03-29", "2026-03-30"), ("2026-03-01", "2026-04-01"), (1, 31)),
        ],
    )
    def test_the_first_day_counts_and_the_day_of_the_end_does_not(self, used, full, share):
        assert prorate_days(*map(date.fromisoformat, used + full)) == share

    @pytest.mark.parametrize(
        ("used", "reason"),
        [
            (("2026-02-28", "2026-03-05"), "outside_period"),
            (("2026-03-05", "2026-04-02"), "outside_period"),
            (("2026-03-05", "2026-03-04"), "outside_period"),
        ],
    )
    def test_days_outside_the_period_are_refused(self, used, reason):
        with pytest.raises(PeriodError) as refusal:
            prorate_days(*map(date.fromisoformat, (*used, "2026-03-01", "2026-04-01")))
        assert refusal.value.reason == reason

    def test_an_empty_period_is_refused(self):
        with pytest.raises(PeriodError, match="end_not_after_start"):
            prorate_days(date(2026, 3, 1), date(2026, 3, 1), date(2026, 3, 1), date(2026, 3, 1))

    @given(
        st.sampled_from(["week", "month", "quarter", "year"]),
        st.dates(date(2000, 1, 1), date(2040, 1, 1)),
        st.lists(st.integers(0, 366), max_size=5),
    )
    def test_however_a_period_is_cut_its_shares_are_the_whole(self, unit, day, offsets):
        period = period_containing(Cycle(unit), day, day)
        full = (period.full_start, period.full_end)
        points = {full[0] + timedelta(days=offset) for offset in offsets}
        points = sorted(point for point in points | set(full) if full[0] <= point <= full[1])
        shares = [Fraction(*prorate_days(left, right, *full)) for left, right in pairwise(points)]
        assert sum(shares) == 1
