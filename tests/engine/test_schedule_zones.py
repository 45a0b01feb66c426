"""Local days in UTC, through every trick that clocks play."""

import zoneinfo
from datetime import date, datetime, timedelta, timezone

import pytest
from cloud_billing_engine.schedule import Cycle, PeriodError, ZoneError, periods, utc_bounds, zones
from hypothesis import given
from hypothesis import strategies as st
from schedule_zones import ZONES


def bounds(day, zone, days=1):
    start = date.fromisoformat(day)
    return tuple(bound.isoformat(" ", "minutes") for bound in utc_bounds(start, start + timedelta(days=days), zone))


class TestDaysWorkedOutByHand:
    @pytest.mark.parametrize(
        ("day", "zone", "start", "end"),
        [
            # winter UTC+1; the clocks go forward at 02:00 local on 29 March 2026: 23 hours
            ("2026-03-29", "Europe/Amsterdam", "2026-03-28 23:00", "2026-03-29 22:00"),
            # and back on 25 October: 25 hours
            ("2026-10-25", "Europe/Amsterdam", "2026-10-24 22:00", "2026-10-25 23:00"),
            # Lord Howe moves by 30 minutes: UTC+10:30 to UTC+11 on 4 October 2026, 23.5 hours
            ("2026-10-04", "Australia/Lord_Howe", "2026-10-03 13:30", "2026-10-04 13:00"),
            # and back on 5 April, 24.5 hours
            ("2026-04-05", "Australia/Lord_Howe", "2026-04-04 13:00", "2026-04-05 13:30"),
            # Beirut has no 00:00 on 29 March 2026: UTC+2 until then, so the day begins at 22:00 UTC, as 01:00 local
            ("2026-03-29", "Asia/Beirut", "2026-03-28 22:00", "2026-03-29 21:00"),
            ("2018-11-04", "America/Sao_Paulo", "2018-11-04 03:00", "2018-11-05 02:00"),
            # Havana goes back from 01:00 to 00:00: the first midnight counts, UTC-4, and the day has 25 hours
            ("2026-11-01", "America/Havana", "2026-11-01 04:00", "2026-11-02 05:00"),
            # St John's went back at 00:01 to 23:01 of the day before: the first midnight, UTC-2:30, counts
            ("2010-11-07", "America/St_Johns", "2010-11-07 02:30", "2010-11-08 03:30"),
            # Toronto jumped from 23:30 to 00:30 in 1919: the 31st began at the jump, half past midnight
            ("1919-03-31", "America/Toronto", "1919-03-31 04:30", "1919-04-01 04:00"),
            # Samoa had no 30 December 2011: it went from UTC-10 to UTC+14 at midnight
            ("2011-12-29", "Pacific/Apia", "2011-12-29 10:00", "2011-12-30 10:00"),
            ("2011-12-30", "Pacific/Apia", "2011-12-30 10:00", "2011-12-30 10:00"),
            ("2011-12-31", "Pacific/Apia", "2011-12-30 10:00", "2011-12-31 10:00"),
            ("2026-02-28", "UTC", "2026-02-28 00:00", "2026-03-01 00:00"),
        ],
    )
    def test_a_day_runs_from_its_first_instant_to_that_of_the_next(self, day, zone, start, end):
        assert bounds(day, zone) == (start, end)

    def test_a_month_of_amsterdam_with_a_summer_time_in_it(self):
        assert bounds("2026-03-01", "Europe/Amsterdam", 31) == ("2026-02-28 23:00", "2026-03-31 22:00")

    def test_the_bounds_carry_no_zone(self):
        assert utc_bounds(date(2026, 1, 1), date(2026, 1, 2), "Asia/Tokyo")[0] == datetime(2025, 12, 31, 15)


class TestEveryZone:
    @pytest.mark.parametrize("zone", ZONES)
    def test_thirty_years_of_months_tile_in_utc(self, zone):
        found = list(periods(Cycle(anchor_day=31), date(2010, 1, 31), None, date(2040, 1, 31)))
        utc = [utc_bounds(period.start, period.end, zone) for period in found]
        assert all(left < right for left, right in utc)
        assert [right for _left, right in utc[:-1]] == [left for left, _right in utc[1:]]

    @pytest.mark.parametrize("zone", ZONES)
    def test_the_days_around_each_change_of_the_clocks_begin_at_their_first_instant(self, zone):
        for day in find_changes(zone):
            check_first_instant(day, zone)

    @given(st.sampled_from(ZONES), st.dates(date(1975, 1, 1), date(2045, 1, 1)))
    def test_any_day_begins_at_its_first_instant(self, zone, day):
        check_first_instant(day, zone)


def find_changes(zone):
    """The days on which the offset of a zone changes between 2008 and 2028, and their neighbours."""
    key = zoneinfo.ZoneInfo(zone)
    noon, found, former = datetime(2008, 1, 1, 12, tzinfo=timezone.utc), set(), None
    while noon.year < 2028:
        offset = noon.astimezone(key).utcoffset()
        if former is not None and offset != former:
            found.update(noon.date() + timedelta(days=shift) for shift in (-2, -1, 0, 1, 2))
        former = offset
        noon += timedelta(days=1)
    return sorted(found)


def check_first_instant(day, zone):
    """Read the zone's clocks every quarter of an hour over 30 hours: none before the bound shows the day or a later
    one, the one at the bound does. Minutes close to it are read one by one."""
    key = zoneinfo.ZoneInfo(zone)
    start = utc_bounds(day, day + timedelta(days=1), zone)[0].replace(tzinfo=timezone.utc)
    assert start.astimezone(key).date() >= day
    near = [timedelta(seconds=1), *(timedelta(minutes=minutes) for minutes in range(1, 15))]
    for before in near + [timedelta(minutes=15 * quarters) for quarters in range(1, 120)]:
        assert (start - before).astimezone(key).date() < day


class TestWhatIsRefused:
    @pytest.mark.parametrize("name", ["Mars/Olympus", "", "../../etc/passwd", "America", "/etc/localtime"])
    def test_a_zone_that_is_not_known(self, name):
        with pytest.raises(ZoneError) as refusal:
            utc_bounds(date(2026, 1, 1), date(2026, 1, 2), name)
        assert (refusal.value.reason, refusal.value.facts) == ("unknown_zone", {"tz_name": name})

    def test_a_machine_without_time_zone_data_says_so_but_still_knows_utc(self, monkeypatch):
        def find_nothing(name):
            raise zoneinfo.ZoneInfoNotFoundError(name)

        monkeypatch.setattr(zones, "ZoneInfo", find_nothing)
        monkeypatch.setattr(zones, "available_timezones", set)
        with pytest.raises(ZoneError) as refusal:
            utc_bounds(date(2026, 1, 1), date(2026, 1, 2), "Europe/Amsterdam")
        assert refusal.value.reason == "no_time_zone_data"
        assert bounds("2026-01-01", "UTC") == ("2026-01-01 00:00", "2026-01-02 00:00")

    def test_an_interval_without_a_day(self):
        with pytest.raises(PeriodError, match="end_not_after_start"):
            utc_bounds(date(2026, 1, 1), date(2026, 1, 1), "UTC")

    def test_a_day_outside_the_calendar(self):
        with pytest.raises(PeriodError, match="out_of_calendar"):
            utc_bounds(date.min, date(2026, 1, 1), "Asia/Tokyo")
