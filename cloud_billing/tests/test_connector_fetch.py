"""What a connector fetches becomes usage once, whatever happens on the way; the watermark stands behind what is in."""

import itertools
from datetime import timedelta
from decimal import Decimal

from odoo.exceptions import AccessError, UserError

from ..engine.connectors import ConnectorError, Delivery, Payload
from .connection_common import ConnectionCase, down, refused, total
from .usage_common import events_csv, focus_csv, hour


class TestFetching(ConnectionCase):
    def test_a_delivery_becomes_an_import_with_its_files(self):
        self.provider.put("march", focus_csv(hour(1), hour(2)))
        run = self.fetch()
        usage_import = self.connector.delivery_ids.import_id
        self.assertEqual((usage_import.state, self.counts(usage_import)), ("imported", (2, 2, 0, 0, 0)))
        self.assertEqual(usage_import.file_ids.name, "march.csv")
        self.assertEqual((run.kind, run.outcome, run.delivery_count), ("scheduled", "green", 1))
        self.assertEqual(usage_import.connector_id, self.connector)

    def test_a_delivery_that_was_taken_is_not_taken_again(self):
        self.provider.put("march", focus_csv(hour(1)))
        self.fetch()
        run = self.fetch("2026-03-03 04:00:00")
        self.assertEqual(self.provider.seen_known, {"march": "1"})
        self.assertEqual((run.delivery_count, len(self.connector.delivery_ids)), (0, 1))
        self.assertIn("nothing that was not taken before", run.story)

    def test_a_newer_version_replaces_its_month_and_the_former_one_may_come_back(self):
        for version, rows in (("1", [hour(1)]), ("2", [hour(1), hour(2)]), ("1", [hour(1)])):
            self.provider.put("march", focus_csv(*rows), version)
            self.connector.sudo().next_at = self.NOW
            self.fetch()
        self.assertEqual(self.connector.delivery_ids.sorted("number").mapped("version"), ["1", "2", "1"])
        # Taking a row away asks a person, as with an upload.
        last = self.connector.delivery_ids.sorted("number")[-1].import_id
        self.assertEqual(last.state, "refused")
        health, message = self.tell("2026-03-02 05:00:00")
        self.assertEqual(health, "red")
        self.assertIn(f"{last.name} was refused: This delivery takes usage away", message)

    def test_the_next_time_is_the_next_day_at_four(self):
        self.fetch("2026-03-02 04:00:00")
        self.assertEqual(str(self.connector.next_at), "2026-03-03 04:00:00")
        self.assertEqual(str(self.connector.last_success_at), "2026-03-02 04:00:00")

    def test_totals_of_the_provider_stand_beside_what_arrived(self):
        controls = (total("acct-1", "2026-03-01", Decimal("20.00"), 2),)
        self.provider.put("march", focus_csv(hour(1), hour(2)), controls=controls)
        self.fetch()
        found = self.env["cloud.usage.control"].search([("source_id", "=", self.bills.id)], order="measure")
        # 10 + 10 = 20 of cost in 2 rows.
        self.assertEqual(
            [(one.measure, one.amount, one.actual, one.state) for one in found],
            [("cost_billed", Decimal(20), Decimal(20), "match"), ("rows", Decimal(2), Decimal(2), "match")],
        )
        self.assertEqual(set(found.mapped("origin")), {"manifest"})

    def test_a_delivery_of_totals_alone_makes_no_import(self):
        self.provider.put("march", None, controls=(total("", "2026-03-01", Decimal(5)),))
        run = self.fetch()
        self.assertEqual((run.control_count, run.delivery_count), (1, 1))
        self.assertFalse(self.connector.delivery_ids.import_id)

    def test_a_delivery_that_decides_the_month_says_it_to_the_reader(self):
        self.provider.put("march", focus_csv(hour(1)), partition="acct-1/2026-03")
        self.provider.put("april", focus_csv(hour(1)), partition="acct-1/2026-04")
        self.provider.decides_month = True
        self.fetch()
        march, april = self.connector.delivery_ids.sorted("id").import_id
        self.assertEqual((march.state, str(march.expected_month)), ("imported", "2026-03-01"))
        # Its rows say March themselves: FOCUS is not asked to believe otherwise.
        self.assertEqual((april.state, str(april.expected_month)), ("refused", "2026-04-01"))

    def test_a_month_that_the_provider_calls_final_is_final_once_it_is_in(self):
        self.provider.put("march", focus_csv(hour(1)), partition="acct-1/2026-03", is_final=True)
        with self.at(self.NOW):
            self.fetcher._cron_fetch_usage()
        self.assertFalse(self.bills.final_ids)
        self.fetch()
        self.assertEqual(self.bills.final_ids.mapped("is_by_provider"), [True])
        forced = self.env["cloud.intervention"].search([("kind", "=", "forced")])
        self.assertFalse(forced & self.env["cloud.intervention"].search([("res_name", "=", self.bills.name)]))


class TestNothingUsed(ConnectionCase):
    """Column names and no rows, which nobody waits for: the first day of a month, an hour of a quiet night."""

    def test_a_month_that_begins_without_usage_is_no_fault_and_takes_what_comes(self):
        self.provider.put("march", focus_csv(), version="1", partition="acct-1/2026-03")
        self.fetch()
        empty = self.connector.delivery_ids.import_id
        self.assertEqual((empty.state, self.counts(empty)), ("known", (0, 0, 0, 0, 0)))
        self.assertIn("It has column names and no rows", "".join(empty.message_ids.mapped("body")))
        self.assertEqual(self.tell(self.NOW)[0], "green")
        self.provider.put("march", focus_csv(hour(1)), version="2", partition="acct-1/2026-03")
        self.fetch("2026-03-03 04:00:00")
        self.assertEqual(len(self.live_rows(self.bills)), 1)

    def test_a_month_whose_usage_is_gone_is_shown_to_a_person(self):
        self.provider.put("march", focus_csv(hour(1)), version="1", partition="acct-1/2026-03")
        self.fetch()
        self.provider.put("march", focus_csv(), version="2", partition="acct-1/2026-03")
        self.fetch("2026-03-03 04:00:00")
        health, message = self.tell("2026-03-03 08:00:00")
        self.assertEqual(health, "red")
        self.assertIn("the file has column names and no rows below them", message)
        self.assertEqual(len(self.live_rows(self.bills)), 1)

    def test_a_file_that_says_no_month_may_be_any_and_is_shown_too(self):
        self.provider.put("some bill", focus_csv())
        self.fetch()
        self.assertEqual(self.connector.delivery_ids.import_id.state, "refused")

    def test_a_file_of_events_may_have_none(self):
        connector = self.make_connector(self.events)
        self.provider.put("night", events_csv())
        self.fetch()
        self.assertEqual(connector.delivery_ids.import_id.state, "known")
        self.assertEqual(self.tell(self.NOW, connector)[0], "green")


class TestFailing(ConnectionCase):
    def test_what_was_taken_before_a_failure_stays_and_is_not_taken_again(self):
        self.provider.put("march", focus_csv(hour(1)), then_raise=down())
        run = self.fetch()
        self.assertEqual((run.outcome, run.delivery_count, len(self.connector.delivery_ids)), ("yellow", 1, 1))
        self.assertFalse(self.connector.watermark)
        self.provider.put("march", focus_csv(hour(1)))
        run = self.fetch("2026-03-02 04:05:00")
        self.assertEqual((run.outcome, run.delivery_count), ("green", 0))
        self.assertEqual(str(self.connector.watermark), "2026-03-02 04:05:00")

    def test_pauses_grow_and_after_five_failures_somebody_is_told(self):
        self.provider.error = down()
        # 5 min, 15 min, 1 h, 4 h, then 12 h.
        for moment, then in (
            ("2026-03-02 04:00:00", "2026-03-02 04:05:00"),
            ("2026-03-02 04:05:00", "2026-03-02 04:20:00"),
            ("2026-03-02 04:20:00", "2026-03-02 05:20:00"),
            ("2026-03-02 05:20:00", "2026-03-02 09:20:00"),
        ):
            run = self.fetch(moment)
            self.assertEqual((run.outcome, str(run.next_try_at)), ("yellow", then))
        self.assertFalse(self.connector.activity_ids)
        run = self.fetch("2026-03-02 09:20:00")
        self.assertEqual((run.outcome, run.failures, str(run.next_try_at)), ("red", 5, "2026-03-02 21:20:00"))
        self.assertEqual(self.connector.activity_ids.user_id, self.user_operator)
        self.assertIn("nobody answers there", str(self.connector.activity_ids.note))

        self.provider.error = None
        self.fetch("2026-03-02 21:20:00")
        self.assertEqual((self.connector.failures, len(self.connector.activity_ids)), (0, 0))
        self.assertEqual(str(self.connector.next_at), "2026-03-03 04:00:00")

    def test_a_wrong_key_is_red_at_once_and_is_not_tried_every_minute(self):
        self.provider.error = refused()
        run = self.fetch()
        self.assertEqual((run.outcome, str(run.next_try_at)), ("red", "2026-03-03 04:00:00"))
        self.assertEqual(len(self.connector.activity_ids), 1)
        health, message = self.tell("2026-03-02 05:00:00")
        self.assertEqual(health, "red")
        self.assertIn("usage.example.com refuses the key (403)", message)
        self.assertIn("make a new one at the provider and type it in here", message)
        self.fetch("2026-03-03 04:00:00")
        self.assertEqual(len(self.connector.activity_ids), 1)

    def test_the_provider_says_when_to_come_again(self):
        self.provider.error = ConnectorError("throttled", is_transient=True, retry_after=1800, host="h", status=429)
        self.assertEqual(str(self.fetch().next_try_at), "2026-03-02 04:30:00")

    def test_an_error_of_a_library_is_told_without_its_text(self):
        self.provider.error = RuntimeError("https://usage.example.com?key=k-123")
        with self.assertLogs("odoo.addons.cloud_billing.models.connection", "ERROR") as logs:
            run = self.fetch()
        self.assertIn("RuntimeError", run.story)
        self.assertNotIn("k-123", run.story + "".join(logs.output))

    def test_a_file_of_many_answers_ends_where_one_of_them_would(self):
        def pages(connector, options, web, window, known):
            # Without an end: a provider that goes in circles would fill the disk.
            yield Delivery("march", "1", "", [Payload("march.csv", itertools.repeat(b"x" * 65536))])

        self.patch(type(self.provider), "fetch", pages)
        self.connector.max_megabytes = 1
        run = self.fetch()
        self.assertEqual((run.outcome, run.error_code), ("red", "too_large"))
        self.assertIn("What march.csv brings is larger than 1048576 bytes.", run.story)
        self.assertFalse(self.connector.delivery_ids)

    def test_other_connectors_go_on(self):
        self.provider.error = down()
        other = self.make_connector(self.events)
        self.fetch()
        self.assertEqual(other.run_ids.mapped("outcome"), ["yellow"])


class TestTime(ConnectionCase):
    def test_a_call_whose_time_is_over_is_gone_on_with_by_the_next(self):
        for name in ("a", "b", "c"):
            self.provider.put(name, None, controls=(total(name, "2026-03-01", Decimal(5)),))
        self.seconds = 0
        for taken in (1, 2, 3):
            run = self.fetch()
            self.assertEqual((run.outcome, len(self.connector.delivery_ids)), ("green", taken))
            self.assertEqual(str(self.connector.next_at), self.NOW)
            self.assertFalse(self.connector.watermark)
        self.fetch()
        self.assertEqual(str(self.connector.next_at), "2026-03-03 04:00:00")
        self.assertEqual(str(self.connector.watermark), self.NOW)

    def test_what_is_asked_for_again_does_not_use_up_the_time_for_what_is_new(self):
        self.patch(type(self.provider), "has_windows", True)
        self.patch(type(self.provider), "overlap", timedelta(days=70))
        self.connector.sudo().write({"watermark": "2026-05-20 00:00:00", "next_at": "2026-06-02 04:00:00"})
        self.seconds = 0
        run = self.fetch("2026-06-02 04:00:00")
        # March and April again; May is the first that goes on behind the 20th, and June waits for the next call.
        self.assertEqual([start[:7] for start, _end in self.provider.asked], ["2026-03", "2026-04", "2026-05"])
        self.assertEqual(str(run.window_end), "2026-06-01 00:00:00")


class TestClaiming(ConnectionCase):
    def test_who_lost_the_claim_takes_nothing(self):
        self.provider.put("march", focus_csv(hour(1)))

        def steal(_connector, options, web, window, known):
            self.env.cr.execute("UPDATE cloud_connector SET claim_token = 'other' WHERE id = %s", [self.connector.id])
            yield from self.fetch_really(options, web, window, known)

        self.fetch_really = self.provider.fetch
        self.patch(type(self.provider), "fetch", steal)
        self.fetch()
        self.assertFalse(self.connector.delivery_ids)
        self.assertFalse(self.connector.watermark)

    def test_a_lease_that_holds_keeps_others_away_and_ends(self):
        self.connector.sudo().write({"claim_token": "other", "claim_until": "2026-03-02 04:05:00"})
        with self.at(self.NOW) as now:
            self.assertFalse(self.fetcher._claim(now))
        with self.at("2026-03-02 04:06:00") as now:
            self.assertEqual(self.fetcher._claim(now), self.connector)

    def test_what_a_killed_worker_left_is_told_and_gone_on_with(self):
        with self.at(self.NOW) as now:
            self.connector.sudo()._begin_run(now)
        self.provider.put("march", focus_csv(hour(1)))
        self.fetch("2026-03-02 04:30:00")
        self.assertEqual(self.connector.run_ids.mapped("outcome"), ["green", "yellow"])
        self.assertIn("interrupted", self.connector.run_ids[-1].story)


class TestWhoMay(ConnectionCase):
    def test_operators_run_and_pause_but_do_not_set_up(self):
        connector = self.connector.with_user(self.user_operator)
        connector.action_pause()
        self.assertEqual(connector.state, "paused")
        health, message = self.tell(self.NOW)
        self.assertEqual(health, "yellow")
        self.assertEqual(message, f"Paused by {self.user_operator.name}: nothing is fetched until somebody resumes it.")
        with self.at(self.NOW):
            connector.action_resume()
            connector.action_fetch()
        self.assertTrue(connector.is_asked)
        self.assertEqual(self.fetch().kind, "manual")
        for change in (
            lambda: connector.write({"options": {}}),
            lambda: connector.set_secret("key", "x"),
            lambda: connector.action_allow_hosts(),
            lambda: connector.host_ids.write({"is_inner": True}),
        ):
            with self.assertRaises(AccessError):
                change()

    def test_viewers_only_look(self):
        connector = self.connector.with_user(self.user_viewer)
        self.assertTrue(connector.name)
        for act in (connector.action_pause, connector.action_fetch, connector.action_test, connector.action_backfill):
            with self.assertRaises(AccessError):
                act()

    def test_nobody_writes_what_a_connector_says_of_itself(self):
        connector = self.connector.with_user(self.user_administrator)
        with self.assertRaises(AccessError):
            connector.write({"watermark": "2026-01-01 00:00:00"})
        with self.assertRaises(AccessError):
            connector.host_ids.write({"allowed_at": "2026-01-01 00:00:00"})

    def test_another_host_stops_it_until_an_administrator_allowed_it(self):
        connector = self.connector.with_user(self.user_administrator)
        connector.options = {"address": "https://other.example.com/export"}
        self.assertEqual((connector.state, connector.host_ids.mapped("name")), ("setup", ["other.example.com"]))
        self.assertFalse(connector.host_ids.allowed_at)
        with self.assertRaisesRegex(UserError, "other.example.com"):
            connector.action_turn_on()
        events = self.env["cloud.audit.event"].sudo().search([("action", "=", "connector_hosts")])
        self.assertIn({"new": ["other.example.com"]}, events.mapped("detail"))
        self.fetch()
        self.assertFalse(self.provider.asked)

    def test_a_secret_is_no_setting(self):
        with self.assertRaisesRegex(UserError, "API key is a secret") as refusal:
            self.connector.write({"options": {"address": "https://usage.example.com", "key": "k-999"}})
        self.assertNotIn("k-999", str(refusal.exception))
        form = {field["name"]: field for field in self.connector.settings_form}
        self.assertTrue(form["key"]["fingerprint"])
        self.assertNotIn("k-123", str(self.connector.settings_form))


class TestTrying(ConnectionCase):
    def test_a_test_says_what_it_saw_with_its_first_rows(self):
        self.provider.put("march", focus_csv(hour(1), hour(2)))
        run = self.env["cloud.connector.run"].browse(self.connector.action_test()["res_id"])
        self.assertEqual((run.kind, run.outcome), ("test", "green"))
        self.assertEqual(run.story, "The test went well. It holds 1 objects.")
        self.assertIn("sub-1", run.preview_rows)
        self.assertFalse(self.bills.import_ids)

    def test_a_test_that_fails_says_why_and_what_to_do(self):
        self.provider.error = refused()
        run = self.env["cloud.connector.run"].browse(self.connector.action_test()["res_id"])
        self.assertEqual(run.outcome, "red")
        self.assertIn("make a new one at the provider", run.story)
        # Whether it is fetched is another question.
        self.assertEqual(self.connector.failures, 0)

    def test_a_sample_that_is_not_what_the_source_reads_is_told(self):
        self.provider.put("march", events_csv(("a", 1, "x", "1")))
        run = self.env["cloud.connector.run"].browse(self.connector.action_test()["res_id"])
        self.assertEqual(run.outcome, "yellow")
        self.assertIn("another kind of file", run.story)

    def test_a_dry_run_shows_what_would_come_and_keeps_nothing(self):
        self.deliver(self.bills, focus_csv(hour(1)))
        self.provider.put("march", focus_csv(hour(1), hour(2)))
        with self.at(self.NOW):
            run = self.env["cloud.connector.run"].browse(self.connector.action_dry_run()["res_id"])
        self.assertEqual((run.kind, run.outcome, run.delivery_count), ("dry_run", "green", 1))
        self.assertEqual(run.differences[0]["added_rows"], 1)
        self.assertEqual(len(self.bills.import_ids), 1)
        self.assertFalse(self.connector.delivery_ids)
