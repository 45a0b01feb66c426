"""Shares of a period by every method, and what they have in common: the pieces are the whole."""

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from cloud_billing_engine.schedule import METHODS, Cycle, PeriodError, ZoneError, period_containing, share
from hypothesis import given
from hypothesis import strategies as st

ZONES = ["UTC", "Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Cairo"]


def days(*texts):
    return tuple(map(date.fromisoformat, texts))


class TestMonthsOfThirtyDays:
    """30E/360: (Y2-Y1) x 360 + (M2-M1) x 30 + (D2-D1), a D of 31 counting as 30."""

    @pytest.mark.parametrize(
        ("used", "full", "found"),
        [
            # 30 - 16 days, and the first of the next month one month on: 30 + 1 - 16
            (("2026-03-16", "2026-04-01"), ("2026-03-01", "2026-04-01"), (15, 30)),
            (("2026-03-01", "2026-03-16"), ("2026-03-01", "2026-04-01"), (15, 30)),
            # February has its 30 days: 30 + 1 - 16, and 16 - 1
            (("2026-02-16", "2026-03-01"), ("2026-02-01", "2026-03-01"), (15, 30)),
            (("2026-02-01", "2026-02-16"), ("2026-02-01", "2026-03-01"), (15, 30)),
            # its last day stands for what the month lacks: 30 + 1 - 28, in a leap year 30 + 1 - 29
            (("2026-02-28", "2026-03-01"), ("2026-02-01", "2026-03-01"), (3, 30)),
            (("2028-02-29", "2028-03-01"), ("2028-02-01", "2028-03-01"), (2, 30)),
            (("2028-02-28", "2028-02-29"), ("2028-02-01", "2028-03-01"), (1, 30)),
            # the 30th and the 31st are one day: 30 - 30, and 30 + 1 - 30
            (("2026-03-30", "2026-03-31"), ("2026-03-01", "2026-04-01"), (0, 30)),
            (("2026-03-31", "2026-04-01"), ("2026-03-01", "2026-04-01"), (1, 30)),
            (("2026-03-30", "2026-04-01"), ("2026-03-01", "2026-04-01"), (1, 30)),
            # a quarter has 90, a year 360
            (("2026-02-16", "2026-04-01"), ("2026-01-01", "2026-04-01"), (45, 90)),
            (("2026-07-01", "2027-01-01"), ("2026-01-01", "2027-01-01"), (180, 360)),
        ],
    )
    def test_as_the_formula_says(self, used, full, found):
        assert share("thirty", *days(*used, *full)) == found

    @pytest.mark.parametrize(
        ("start", "end", "count"),
        [
            # By hand: 30 - 15; 31 counts as 30; 30 + 1 - 28; 30 + 30 - 30
            ("2026-01-15", "2026-01-30", 15),
            ("2026-01-15", "2026-01-31", 15),
            ("2026-02-28", "2026-03-01", 3),
            ("2026-03-31", "2026-04-30", 30),
        ],
    )
    def test_days_between_two_dates(self, start, end, count):
        assert share("thirty", *days(start, end, "2026-01-01", "2027-01-01")) == (count, 360)

    def test_an_anniversary_on_the_31st_is_measured_by_its_own_days(self):
        # 31 January to 28 February: 30 + 28 - 30 = 28; from then to 31 March: 30 + 30 - 28 = 32
        assert share("thirty", *days("2026-01-31", "2026-02-14", "2026-01-31", "2026-02-28")) == (14, 28)
        assert share("thirty", *days("2026-02-28", "2026-03-30", "2026-02-28", "2026-03-31")) == (32, 32)

    def test_a_period_without_weight_is_shared_by_days(self):
        # the 30th of a month of 31 days alone has no day by this count
        assert share("thirty", *days("2026-03-30", "2026-03-31", "2026-03-30", "2026-03-31")) == (1, 1)


class TestSecondsOfLocalDays:
    @pytest.mark.parametrize(
        ("day", "zone", "hours", "month"),
        [
            # 31 x 24 - 1 hours
            ("2026-03-29", "Europe/Amsterdam", 23, ("2026-03-01", "2026-04-01", 743)),
            ("2026-10-25", "Europe/Amsterdam", 25, ("2026-10-01", "2026-11-01", 745)),
            # Lord Howe's clocks move by half an hour
            ("2026-10-04", "Australia/Lord_Howe", Fraction(47, 2), ("2026-10-01", "2026-11-01", Fraction(1487, 2))),
            ("2026-04-05", "Australia/Lord_Howe", Fraction(49, 2), ("2026-04-01", "2026-05-01", Fraction(1441, 2))),
            # a day that was skipped, in a month of 30 days of 24 hours
            ("2011-12-30", "Pacific/Apia", 0, ("2011-12-01", "2012-01-01", 720)),
            ("2026-03-29", "UTC", 24, ("2026-03-01", "2026-04-01", 744)),
        ],
    )
    def test_a_day_on_which_clocks_change_has_its_own_hours(self, day, zone, hours, month):
        start, end, whole = month
        day = date.fromisoformat(day)
        found = share("second", day, day + timedelta(days=1), *days(start, end), time_zone=zone)
        assert found == (hours * 3600, whole * 3600)

    def test_a_period_that_a_zone_skipped_is_shared_by_days(self):
        skipped = days("2011-12-30", "2011-12-31")
        assert share("second", *skipped, *skipped, time_zone="Pacific/Apia") == (1, 1)

    def test_no_day_used_is_no_second(self):
        assert share("second", *days("2026-03-05", "2026-03-05", "2026-03-01", "2026-04-01"))[0] == 0

    def test_an_unknown_zone_is_refused(self):
        with pytest.raises(ZoneError, match="unknown_zone"):
            share("second", *days("2026-03-01", "2026-03-02", "2026-03-01", "2026-04-01"), time_zone="Mars")


class TestNoParts:
    MARCH = days("2026-03-01", "2026-04-01")

    def test_the_piece_with_the_first_day_bears_the_whole(self):
        assert share("none", *days("2026-03-01", "2026-03-02"), *self.MARCH) == (1, 1)
        assert share("none", *days("2026-03-02", "2026-04-01"), *self.MARCH) == (0, 1)

    def test_the_first_day_may_be_that_of_a_late_start(self):
        first = date(2026, 3, 16)
        assert share("none", *days("2026-03-16", "2026-04-01"), *self.MARCH, first=first) == (1, 1)
        assert share("none", *days("2026-03-20", "2026-04-01"), *self.MARCH, first=first) == (0, 1)

    def test_a_first_day_outside_is_refused(self):
        with pytest.raises(PeriodError, match="outside_period"):
            share("none", *self.MARCH, *self.MARCH, first=date(2026, 4, 1))


class TestEveryMethod:
    @given(
        st.sampled_from(METHODS),
        st.sampled_from(["day", "week", "month", "quarter", "year"]),
        st.integers(1, 31),
        st.sampled_from(ZONES),
        st.dates(date(2000, 1, 1), date(2040, 1, 1)),
        st.lists(st.integers(0, 366), max_size=6),
    )
    def test_however_a_period_is_cut_its_shares_are_the_whole(self, method, unit, anchor_day, zone, day, offsets):
        period = period_containing(Cycle(unit, anchor_day=anchor_day), day, day)
        full = (period.full_start, period.full_end)
        points = {full[0] + timedelta(days=offset) for offset in offsets}
        points = sorted(point for point in points | set(full) if full[0] <= point <= full[1])
        shares = [Fraction(*share(method, *piece, *full, time_zone=zone)) for piece in pairwise(points)]
        assert sum(shares) == 1
        assert all(0 <= one <= 1 for one in shares)

    @pytest.mark.parametrize("method", METHODS)
    def test_days_outside_the_period_and_unknown_methods_are_refused(self, method):
        with pytest.raises(PeriodError, match="outside_period"):
            share(method, *days("2026-02-28", "2026-03-05", "2026-03-01", "2026-04-01"))
        with pytest.raises(PeriodError, match="end_not_after_start"):
            share(method, *days("2026-03-01", "2026-03-01", "2026-03-01", "2026-03-01"))
        with pytest.raises(PeriodError, match="unknown_method"):
            share(method + "s", *days("2026-03-01", "2026-03-05", "2026-03-01", "2026-04-01"))
