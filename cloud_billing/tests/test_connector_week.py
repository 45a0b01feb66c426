"""A week of a source, told as somebody reads it who looks each morning. The clock is moved; nothing waits."""

from odoo.tests import freeze_time

from .connection_common import ConnectionCase, down, refused
from .usage_common import focus_csv, hour


class TestAWeek(ConnectionCase):
    """Of a bill that is delivered each day at four. Dates: Monday is 2 March 2026."""

    def setUp(self):
        super().setUp()
        self.bills.write({"cadence": "daily", "expected_hours": 12})
        self.patch(type(self.provider), "has_windows", True)

    def deliver_until(self, day, **values):
        """The provider's export of March holds the usage of the days up to one, inclusive."""
        rows = [hour(number) for number in range(1, day + 1)]
        self.provider.put("bills/2026-03", focus_csv(*rows), version=str(day), **values)

    def test_a_day_like_any_other_is_green(self):
        self.deliver_until(1)
        self.fetch("2026-03-02 04:00:00")
        health, message = self.tell("2026-03-02 08:00:00")
        self.assertEqual(health, "green")
        self.assertEqual(
            message,
            "It asked for Sun 1 Mar 2026, 00:00 to Mon 2 Mar 2026, 04:00. One delivery was taken, 586 bytes.",
        )

    def test_a_missed_day_is_red_and_is_caught_up(self):
        self.deliver_until(1)
        self.fetch("2026-03-02 04:00:00")
        # The server stood still on the 3rd: nobody called scheduled actions.
        health, message = self.tell("2026-03-03 08:00:00")
        self.assertEqual(health, "red")
        self.assertIn("It should have been fetched on Tue 3 Mar 2026, 04:00. See whether the server runs", message)

        self.deliver_until(3)
        run = self.fetch("2026-03-04 04:00:00")
        # Two days at once, and each of them once.
        self.assertEqual(len(self.live_rows(self.bills)), 3)
        self.assertEqual((str(run.window_start), str(run.window_end)), ("2026-03-01 00:00:00", "2026-03-04 04:00:00"))
        self.assertEqual(self.tell("2026-03-04 08:00:00")[0], "green")

    def test_a_source_that_is_down_for_two_days(self):
        self.deliver_until(1)
        self.fetch("2026-03-02 04:00:00")
        self.provider.error = down()
        for moment in ("2026-03-03 04:00:00", "2026-03-03 04:05:00", "2026-03-03 04:20:00", "2026-03-03 05:20:00"):
            self.fetch(moment)
        health, message = self.tell("2026-03-03 06:00:00")
        self.assertEqual(health, "yellow")
        self.assertEqual(
            message,
            "usage.example.com cannot be reached: nobody answers there. See whether it runs, whether the port is right,"
            " and whether a firewall lets this server through. This was failure number 4 in a row. It is tried again"
            " on Tue 3 Mar 2026, 09:20.",
        )
        self.assertFalse(self.connector.activity_ids)

        self.fetch("2026-03-03 09:20:00")
        self.fetch("2026-03-03 21:20:00")
        health, message = self.tell("2026-03-04 08:00:00")
        self.assertEqual(health, "red")
        self.assertIn("This was failure number 6 in a row.", message)
        self.assertIn("A person must look: it does not mend by itself.", message)
        self.assertEqual(self.connector.activity_ids.summary, "Usage of Nimbus bills does not come in")

        # It is there again: what it had missed comes in with the next try, and nothing is left to do.
        self.provider.error = None
        self.deliver_until(4)
        self.fetch("2026-03-05 04:00:00")
        self.assertEqual(self.tell("2026-03-05 08:00:00")[0], "green")
        self.assertEqual(len(self.live_rows(self.bills)), 4)
        self.assertFalse(self.connector.activity_ids)
        self.assertEqual(str(self.connector.watermark), "2026-03-05 04:00:00")

    def test_a_key_that_expires(self):
        self.deliver_until(1)
        self.fetch("2026-03-02 04:00:00")
        self.provider.error = refused()
        self.fetch("2026-03-03 04:00:00")
        health, message = self.tell("2026-03-03 08:00:00")
        self.assertEqual(health, "red")
        self.assertEqual(
            message,
            "usage.example.com refuses the key (403). It is wrong, has expired, or lacks the right to read this: make "
            "a new one at the provider and type it in here. It says: “key expired”. It is tried again on Wed 4 Mar "
            "2026, 04:00.",
        )
        self.assertIn("make a new one", str(self.connector.activity_ids.note))
        home = self.env["cloud.home"].with_user(self.user_viewer)
        with freeze_time("2026-03-03 08:00:00"):
            notes = {step["key"]: step.get("note") for step in home.get_month()["steps"]}
        self.assertEqual(notes["usage_in"], "One source does not come in: see Usage, Connectors.")

        self.provider.error = None
        self.connector.with_user(self.user_administrator).set_secret("key", "k-456")
        with self.at("2026-03-03 09:00:00"):
            self.connector.with_user(self.user_operator).action_fetch()
        self.deliver_until(2)
        run = self.fetch("2026-03-03 09:00:00")
        self.assertEqual((run.kind, run.user_id, run.outcome), ("manual", self.user_operator, "green"))
        self.assertEqual(self.tell("2026-03-03 09:10:00")[0], "green")

    def test_a_day_that_the_provider_does_not_deliver_is_late_then_red(self):
        self.deliver_until(1)
        for day in (2, 3, 4, 5, 6, 7):
            self.fetch(f"2026-03-0{day} 04:00:00")
        # 2 March ends at midnight and has twelve hours: it is due on the 3rd at noon.
        self.assertEqual(self.tell("2026-03-03 11:59:00")[0], "red" if self.connector.next_at is None else "green")
        health, message = self.tell("2026-03-04 05:00:00")
        self.assertEqual((health, message), (
            "yellow", "Mon 2 Mar 2026 should have been there by Tue 3 Mar 2026, 12:00 and is not."
        ))  # fmt: skip
        self.assertEqual(self.tell("2026-03-07 05:00:00")[0], "red")

    def test_a_row_of_a_year_to_come_does_not_hide_that_nothing_comes(self):
        rows = [hour(1), hour(1, ChargePeriodStart="2062-03-01T00:00:00Z", ChargePeriodEnd="2062-03-01T01:00:00Z")]
        self.provider.put("bills/2026-03", focus_csv(*rows))
        for day in (2, 3, 4):
            self.fetch(f"2026-03-0{day} 04:00:00")
        health, message = self.tell("2026-03-04 05:00:00")
        self.assertEqual((health, message), (
            "yellow", "Mon 2 Mar 2026 should have been there by Tue 3 Mar 2026, 12:00 and is not."
        ))  # fmt: skip

    def test_a_month_that_is_finalised_late(self):
        self.bills.write({"cadence": "monthly", "expected_days": 3, "final_days": 5})
        self.deliver_until(31, partition="acct-1/2026-03", is_final=False)
        self.connector.sudo().next_at = "2026-04-01 04:00:00"
        self.fetch("2026-04-01 04:00:00")
        self.assertEqual(self.tell("2026-04-01 05:00:00")[0], "green")
        # Final five days after the month's end, on 6 April; on the 7th it still is not.
        self.connector.sudo().next_at = "2026-04-08 04:00:00"
        health, message = self.tell("2026-04-07 08:00:00")
        self.assertEqual((health, message), (
            "yellow",
            "The provider has not called March 2026 final yet; that was expected by 04/06/2026. Its bills wait.",
        ))  # fmt: skip

        self.provider.put("bills/2026-03", focus_csv(*(hour(day) for day in range(1, 32))), version="final",
                          partition="acct-1/2026-03", is_final=True)  # fmt: skip
        self.fetch("2026-04-08 04:00:00")
        self.assertEqual(self.tell("2026-04-08 08:00:00")[0], "green")
        self.assertEqual(self.bills.final_ids.mapped("reason"), ["The provider says so with bills/2026-03."])

    def test_a_year_is_filled_back_in_windows_that_can_be_paused(self):
        self.deliver_until(1)
        self.fetch("2026-03-02 04:00:00")
        self.provider.shelf.clear()
        self.provider.asked.clear()
        with self.at("2026-03-02 05:00:00"):
            backfill = (
                self.env["cloud.connector.backfill"]
                .with_user(self.user_operator)
                .create({"connector_id": self.connector.id, "date_start": "2025-03-01", "date_end": "2026-03-01"})
            )
            backfill.action_start()
        self.assertEqual(backfill.window_count, 12)
        # The time of the scheduled action is over after each step: the next call goes on.
        self.seconds = 0
        for _call in range(3):
            self.fetch("2026-03-02 05:05:00")
        self.assertEqual(backfill.done_count, 3)
        self.assertEqual(self.provider.asked[:2], [("2025-03-01 00:00", "2025-04-01 00:00"),
                                                   ("2025-04-01 00:00", "2025-05-01 00:00")])  # fmt: skip
        self.assertIn(
            "Back-fill of 03/01/2025 to 03/01/2026: running, 3 of 12 windows.", self.tell("2026-03-02 06:00:00")[1]
        )

        backfill.action_pause()
        self.fetch("2026-03-02 05:10:00")
        self.assertEqual(backfill.done_count, 3)
        with self.at("2026-03-02 05:15:00"):
            backfill.action_resume()
        self.seconds = 1000
        self.fetch("2026-03-02 05:15:00")
        self.assertEqual((backfill.state, backfill.done_count, len(self.provider.asked)), ("done", 12, 12))
        # The schedule goes its own way.
        self.assertEqual(str(self.connector.watermark), "2026-03-02 04:00:00")

    def test_a_month_is_filled_back_as_a_whole_although_the_range_ends_in_it(self):
        self.deliver_until(1)
        self.fetch("2026-03-02 04:00:00")
        self.provider.asked.clear()
        values = {"connector_id": self.connector.id, "date_start": "2026-01-10", "date_end": "2026-02-11"}
        with self.at("2026-03-02 05:00:00"):
            self.env["cloud.connector.backfill"].with_user(self.user_operator).create(values).action_start()
        self.fetch("2026-03-02 05:05:00")
        # Half of February would take the place of the whole one, whenever that came.
        self.assertEqual(self.provider.asked, [("2026-01-01 00:00", "2026-02-01 00:00"),
                                               ("2026-02-01 00:00", "2026-03-01 00:00")])  # fmt: skip

    def test_health_of_many_asks_no_more_than_of_one(self):
        connectors = self.connector
        for number in range(10):
            source = self.bills.copy({"name": f"Source {number}", "cadence": "daily"})
            connectors |= self.make_connector(source)
        self.fetch("2026-03-02 04:00:00")

        def count(some):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            with freeze_time("2026-03-09 08:00:00"):
                some.mapped("message")
            return self.env.cr.sql_log_count - before

        count(connectors)
        self.assertEqual(count(connectors), count(self.connector))
