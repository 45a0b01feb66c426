"""When a connector is fetched, and for which stretches of time it asks: worked out by hand."""

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from odoo.tests import TransactionCase

from ..models.connection import fetch_times, fetch_windows

BRUSSELS = ZoneInfo("Europe/Brussels")
UTC = ZoneInfo("UTC")


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


def told(windows):
    return [(f"{start:%m-%d %H}", f"{end:%m-%d %H}") for start, end in windows]


class TestNextTime(TransactionCase):
    def test_the_hour_of_a_day_stays_the_hour_when_clocks_change(self):
        # Brussels is an hour ahead of UTC in winter, two in summer; clocks change on 29 March 2026.
        self.assertEqual(fetch_times.get_next_daily(utc("2026-03-28 03:00"), 4, BRUSSELS), utc("2026-03-29 02:00"))
        self.assertEqual(fetch_times.get_next_daily(utc("2026-03-27 03:00"), 4, BRUSSELS), utc("2026-03-28 03:00"))

    def test_before_its_hour_it_is_today(self):
        self.assertEqual(fetch_times.get_next_daily(utc("2026-03-02 03:59"), 4, UTC), utc("2026-03-02 04:00"))
        self.assertEqual(fetch_times.get_next_daily(utc("2026-03-02 04:00"), 4, UTC), utc("2026-03-03 04:00"))

    def test_a_day_of_the_month(self):
        self.assertEqual(fetch_times.get_next_monthly(utc("2026-01-31 12:00"), 3, 4, UTC), utc("2026-02-03 04:00"))
        self.assertEqual(fetch_times.get_next_monthly(utc("2026-02-03 04:00"), 3, 4, UTC), utc("2026-03-03 04:00"))

    def test_pauses_grow_to_a_day_and_never_end(self):
        minutes = [fetch_times.get_pause(count).total_seconds() / 60 for count in range(1, 8)]
        self.assertEqual(minutes, [5, 15, 60, 240, 720, 1440, 1440])

    def test_the_provider_may_ask_for_more_but_not_for_more_than_a_day(self):
        self.assertEqual(fetch_times.get_pause(1, 3600), timedelta(hours=1))
        self.assertEqual(fetch_times.get_pause(1, 10**9), timedelta(days=1))


class TestWindows(TransactionCase):
    def test_months_are_whole_and_the_running_one_ends_now(self):
        windows = fetch_windows.plan_months(utc("2026-02-10 12:00"), utc("2026-04-02 04:30"), UTC)
        self.assertEqual(told(windows), [("02-01 00", "03-01 00"), ("03-01 00", "04-01 00"), ("04-01 00", "04-02 04")])

    def test_months_of_a_zone_begin_at_its_midnight(self):
        # Midnight of 1 March in Brussels is 23:00 UTC the day before; of 1 April, in summer time, 22:00.
        windows = fetch_windows.plan_months(utc("2026-03-02 00:00"), utc("2026-04-01 00:00"), BRUSSELS)
        self.assertEqual(told(windows), [("02-28 23", "03-31 22"), ("03-31 22", "04-01 00")])

    def test_a_month_that_may_still_change_is_asked_for_again(self):
        since, until = utc("2026-04-03 04:00"), utc("2026-04-04 04:00")
        self.assertEqual(len(fetch_windows.plan_months(since, until, UTC)), 1)
        self.assertEqual(len(fetch_windows.plan_months(since, until, UTC, timedelta(days=5))), 2)

    def test_pieces_tile_the_stretch(self):
        windows = fetch_windows.plan_stretches(
            utc("2026-03-01 00:00"), utc("2026-03-03 06:00"), timedelta(days=1), timedelta(hours=6)
        )
        self.assertEqual(told(windows), [("02-28 18", "03-01 18"), ("03-01 18", "03-02 18"), ("03-02 18", "03-03 06")])

    def test_nothing_is_asked_for_twice_at_one_moment(self):
        moment = utc("2026-03-01 00:00")
        self.assertEqual(fetch_windows.plan_stretches(moment, moment), [])
        self.assertEqual(fetch_windows.plan_months(moment, moment, UTC), [])
