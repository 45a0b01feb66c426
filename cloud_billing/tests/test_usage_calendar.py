"""What has arrived by account and day: present, missing, late, duplicate, revised; from summaries alone."""

from contextlib import contextmanager
from datetime import date
from unittest.mock import patch

import psycopg2.errors
from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import html2plaintext, mute_logger

from .usage_common import UsageOwnerCase, events_csv, focus_csv, hour


class CalendarCase(UsageOwnerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bills.write({"cadence": "daily", "expected_hours": 24})
        cls.env["cloud.usage.check"].search([]).active = False

    @contextmanager
    def at(self, moment):
        with patch.object(fields.Datetime, "now", lambda *_arguments: fields.Datetime.to_datetime(moment)):
            yield

    def deliver_at(self, moment, source, content, **vals):
        with self.at(moment):
            return self.deliver(source, content, **vals)

    def calendar(self, moment, source=None, month="2026-03-01", user=None):
        with self.at(moment):
            calendar = self.env["cloud.usage.calendar"].with_user(user or self.env.user)
            return calendar.get_calendar((source or self.bills).id, month)

    def states(self, moment, account="acct-1", **more):
        """{day: state} of the days that are not nothing, or not due yet."""
        accounts = {one["account"]: one["cells"] for one in self.calendar(moment, **more)["accounts"]}
        return {
            int(cell["key"][-2:]): cell["state"]
            for cell in accounts[account]
            if cell["state"] not in ("none", "waiting")
        }

    def cell(self, moment, day, **more):
        cells = self.calendar(moment, **more)["accounts"][0]["cells"]
        return next(cell for cell in cells if cell["key"] == f"2026-03-{day:02d}")


@tagged("post_install", "-at_install")
class TestDays(CalendarCase):
    def test_what_came_before_anything_was_expected_is_not_late(self):
        self.deliver_at("2026-03-10 12:00:00", self.bills, focus_csv(hour(2), hour(9)))
        self.deliver_at("2026-03-12 12:00:00", self.bills, focus_csv(hour(2), hour(9), hour(10)))
        # The 10th was there by the end of the 11th, when the account delivered already.
        states = self.states("2026-03-12 00:00:01")
        self.assertEqual((states[2], states[9], states[10]), ("present", "present", "late"))

    def test_a_day_is_missing_once_its_hours_are_over_and_only_after_the_account_began(self):
        self.deliver_at("2026-03-04 12:00:00", self.bills, focus_csv(hour(2), hour(4)))
        # The 3rd is there by the end of the 4th, the 5th by the end of the 6th; nothing is expected before the 2nd.
        self.assertEqual(self.states("2026-03-05 00:00:00"), {2: "present", 4: "present"})
        self.assertEqual(self.states("2026-03-05 00:00:01"), {2: "present", 3: "missing", 4: "present"})
        self.assertEqual(self.states("2026-03-07 00:00:01"), {2: "present", 3: "missing", 4: "present", 5: "missing"})

    def test_what_comes_within_its_hours_is_not_late(self):
        self.deliver_at("2026-03-04 00:00:00", self.bills, focus_csv(hour(2)))
        self.assertEqual(self.states("2026-03-04 01:00:00"), {2: "present"})
        self.assertEqual(self.cell("2026-03-04 01:00:00", 2)["first_at"], "03/04/2026 12:00:00 AM")

    def test_a_day_is_of_the_time_zone_of_its_source(self):
        self.bills.tz = "Asia/Tokyo"
        self.deliver_at(
            "2026-03-04 00:00:00",
            self.bills,
            focus_csv(hour(2, ChargePeriodStart="2026-03-02T15:00:00Z", ChargePeriodEnd="2026-03-02T16:00:00Z")),
        )
        # 15:00 UTC is midnight in Tokyo: the 3rd.
        self.assertEqual(self.states("2026-03-03 15:00:00"), {3: "present"})

    def test_a_month_that_grows_day_by_day_is_not_revised(self):
        self.deliver_at("2026-03-02 12:00:00", self.bills, focus_csv(hour(2)))
        self.deliver_at("2026-03-03 12:00:00", self.bills, focus_csv(hour(2), hour(2, "vm-2"), hour(3)))
        self.assertEqual(self.states("2026-03-04 00:00:00"), {2: "present", 3: "present"})

    def test_what_comes_otherwise_after_its_time_is_revised(self):
        self.deliver_at("2026-03-03 12:00:00", self.bills, focus_csv(hour(2), hour(3)))
        self.deliver_at("2026-03-05 12:00:00", self.bills, focus_csv(hour(2, cost="11"), hour(3), hour(4)))
        self.assertEqual(self.states("2026-03-06 00:00:00"), {2: "revised", 3: "present", 4: "present"})
        self.assertEqual(self.cell("2026-03-06 00:00:00", 2)["changed_at"], "03/05/2026 12:00:00 PM")

    def test_rows_that_equal_another_one_are_shown(self):
        self.deliver_at("2026-03-03 12:00:00", self.bills, focus_csv(hour(2), hour(2), hour(3)))
        self.assertEqual(self.states("2026-03-04 00:00:00"), {2: "duplicate", 3: "present"})
        self.assertEqual(self.cell("2026-03-04 00:00:00", 2)["repeats"], 1)

    def test_a_month_that_was_undone_is_missing(self):
        usage_import = self.deliver_at("2026-03-03 12:00:00", self.bills, focus_csv(hour(2)))
        usage_import.action_undo()
        self.assertEqual(self.states("2026-03-04 00:00:01"), {2: "missing"})

    def test_each_account_has_its_days(self):
        self.deliver_at(
            "2026-03-03 12:00:00", self.bills, focus_csv(hour(2), hour(3), hour(3, BillingAccountId="acct-2"))
        )
        self.deliver_at("2026-03-04 12:00:00", self.bills, focus_csv(hour(2), hour(3), hour(4)))
        self.assertEqual(self.states("2026-03-06 12:00:00"), {2: "present", 3: "present", 4: "present"})
        self.assertEqual(self.states("2026-03-06 12:00:00", account="acct-2"), {3: "present", 4: "missing"})

    def test_figures_are_of_what_is_live(self):
        self.deliver_at("2026-03-03 12:00:00", self.bills, focus_csv(hour(2), hour(2, "vm-2", cost="5")))
        self.deliver_at("2026-03-03 13:00:00", self.bills, focus_csv(hour(2), hour(2, "vm-2", cost="5.25")))
        cell = self.cell("2026-03-04 00:00:00", 2)
        self.assertEqual((cell["row_count"], cell["cost"], cell["currency"]), (2, "15.25", "USD"))

    def test_a_cost_is_told_to_who_may_see_costs(self):
        self.deliver_at("2026-03-03 12:00:00", self.bills, focus_csv(hour(2, cost="5")))
        self.assertEqual(self.cell("2026-03-04 00:00:00", 2, user=self.user_viewer)["cost"], "5")
        levels = self.env.ref("cloud_billing.field_class_cost").level_ids
        levels.filtered(lambda line: line.group_id == self.env.ref("cloud_billing.group_viewer")).level = "none"
        cell = self.cell("2026-03-04 00:00:00", 2, user=self.user_viewer)
        self.assertEqual((cell["row_count"], cell["cost"]), (1, None))

    def test_nothing_is_missing_of_a_source_without_a_cadence(self):
        self.bills.cadence = False
        self.deliver_at("2026-03-03 12:00:00", self.bills, focus_csv(hour(2), hour(4)))
        self.assertEqual(self.states("2026-04-04 00:00:00"), {2: "present", 4: "present"})


@tagged("post_install", "-at_install")
class TestHoursAndMonths(CalendarCase):
    def rows(self, day, hours):
        return [
            hour(
                day,
                ChargePeriodStart=f"2026-03-{day:02d}T{n:02d}:00:00Z",
                ChargePeriodEnd=f"2026-03-{day:02d}T{n:02d}:30:00Z",
            )
            for n in hours
        ]

    def test_hours_without_usage_are_counted(self):
        self.bills.cadence = "hourly"
        self.deliver_at(
            "2026-03-02 12:00:00", self.bills, focus_csv(*self.rows(1, range(24)), *self.rows(2, range(21)))
        )
        self.assertEqual(self.states("2026-03-04 00:00:00"), {1: "present", 2: "present"})
        # The 2nd is there by the end of the 3rd.
        self.assertEqual(self.states("2026-03-04 00:00:01"), {1: "present", 2: "partial"})
        cell = self.cell("2026-03-04 00:00:01", 2)
        self.assertEqual((cell["state"], cell["missing_hours"]), ("partial", 3))

    def test_an_hour_that_the_clock_skips_is_not_missing(self):
        self.bills.write({"cadence": "hourly", "tz": "Europe/Brussels"})
        # On 29 March 2026 the clock goes from 02:00 to 03:00: 23 hours, from 23:00 UTC of the 28th to 22:00.
        rows = [*self.rows(28, [23]), *self.rows(29, range(22))]
        self.deliver_at("2026-03-30 12:00:00", self.bills, focus_csv(*rows))
        self.assertEqual(self.cell("2026-04-02 00:00:00", 29)["state"], "present")

    def test_months_of_a_source_that_delivers_by_month(self):
        self.bills.write({"cadence": "monthly", "expected_days": 5})
        january = {"BillingPeriodStart": "2026-01-01T00:00:00Z", "BillingPeriodEnd": "2026-02-01T00:00:00Z"}
        rows = hour(1, ChargePeriodStart="2026-01-05T00:00:00Z", ChargePeriodEnd="2026-01-05T01:00:00Z", **january)
        self.deliver_at("2026-02-03 12:00:00", self.bills, focus_csv(rows))
        self.deliver_at("2026-04-07 12:00:00", self.bills, focus_csv(hour(1)))
        calendar = self.calendar("2026-04-08 00:00:00")
        self.assertEqual(
            [cell["state"] for cell in calendar["accounts"][0]["cells"]],
            # February ended on 1 March and was expected by the 6th; March came on 7 April, after the 6th.
            ["present", "missing", "late", *["waiting"] * 9],
        )
        self.assertEqual((calendar["title"], calendar["previous"]), ("2026", "2025-01-01"))

    def test_events_are_shown_by_the_accounts_in_their_rows(self):
        self.events.write({"cadence": "daily", "expected_hours": 24})
        self.deliver_at("2026-03-03 00:00:00", self.events, events_csv(("a", 1, "x", "1"), ("b", 2, "x", "1")))
        self.deliver_at("2026-03-08 00:00:00", self.events, events_csv(("c", 2, "x", "1")), name="later.csv")
        account = self.stream(self.events).mapped("provider_account")[0] or ""
        states = self.states("2026-03-04 00:00:00", account=account, source=self.events)
        self.assertEqual(states, {1: "present", 2: "revised"})


@tagged("post_install", "-at_install")
class TestOpening(CalendarCase):
    def test_a_cell_opens_its_rows_and_its_imports(self):
        first = self.deliver_at("2026-03-03 12:00:00", self.bills, focus_csv(hour(2), hour(3)))
        calendar = self.env["cloud.usage.calendar"].with_user(self.user_viewer)
        rows = calendar.open_cell(self.bills.id, "acct-1", "2026-03-02", "rows")
        self.assertEqual(len(self.env[rows["res_model"]].search(rows["domain"])), 1)
        imports = calendar.open_cell(self.bills.id, "acct-1", "2026-03-02", "imports")
        self.assertEqual(self.env[imports["res_model"]].search(imports["domain"]), first)

    def test_who_may_say_how_often_a_source_delivers_is_offered_that(self):
        for user, may in ((self.user_viewer, False), (self.user_auditor, False), (self.user_administrator, True)):
            self.assertEqual(self.calendar("2026-03-04 00:00:00", user=user)["source"]["can_set"], may, user.login)

    def test_it_is_for_people_with_a_role_and_of_their_company(self):
        stranger = self.env["res.users"].create(
            {"name": "S", "login": "stranger", "group_ids": [(4, self.env.ref("base.group_user").id)]}
        )
        with self.assertRaises(AccessError):
            self.env["cloud.usage.calendar"].with_user(stranger).get_calendar(self.bills.id)
        other = self.env["res.company"].create({"name": "Other"})
        colleague = self.user_operator.copy({"login": "c", "company_id": other.id, "company_ids": [(6, 0, other.ids)]})
        env = self.env(user=colleague, context={"allowed_company_ids": other.ids})
        for call in (
            lambda m: m.get_calendar(self.bills.id),
            lambda m: m.open_cell(self.bills.id, "", "2026-03-01", "rows"),
        ):
            with self.assertRaises(AccessError):
                call(env["cloud.usage.calendar"])

    def test_statements_do_not_grow_with_days_accounts_or_deliveries(self):
        def count(rows):
            self.deliver_at("2026-03-03 12:00:00", self.bills, focus_csv(*rows), allow_removal=True)
            self.env.invalidate_all()
            self.calendar("2026-03-04 00:00:00")
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.calendar("2026-03-04 00:00:00")
            return self.env.cr.sql_log_count - before

        few = count([hour(1)])
        many = count([hour(day, BillingAccountId=f"acct-{n}") for day in range(1, 20) for n in range(1, 12)])
        self.assertEqual(many, few)


@tagged("post_install", "-at_install")
class TestSummaryByDay(CalendarCase):
    def test_it_adds_up_to_the_delivery_and_never_changes(self):
        usage_import = self.deliver(self.bills, focus_csv(hour(1), hour(1, "vm-2"), hour(2)))
        self.env.cr.execute(
            """
            SELECT day, row_count, cost_billed::text, hours
              FROM cloud_billing_usage.delivery_day
             WHERE delivery_id = ANY(%s)
          ORDER BY day
            """,
            [usage_import.delivery_ids.ids],
        )
        self.assertEqual(self.env.cr.fetchall(), [(date(2026, 3, 1), 2, "20", 1), (date(2026, 3, 2), 1, "10", 1)])
        for statement in (
            "UPDATE cloud_billing_usage.delivery_day SET row_count = 0",
            "DELETE FROM cloud_billing_usage.delivery_day",
        ):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.errors.RestrictViolation),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(statement)


@tagged("post_install", "-at_install")
class TestMissingDays(CalendarCase):
    """Who is responsible is told what should be there and is not, and the month says so."""

    def setUp(self):
        super().setUp()
        self.bills.responsible_id = self.user_operator
        # The 2nd and the 4th of March are there; the 3rd is missing from the end of the 4th on.
        self.deliver_at("2026-03-04 12:00:00", self.bills, focus_csv(hour(2), hour(4)))

    def warn(self, moment):
        """(activity's summary, whose it is, what it says) after the watch of a night."""
        self.env["cloud.usage.source"]._warn_of_missing(fields.Datetime.to_datetime(moment))
        found = self.bills.activity_ids.filtered(
            lambda one: one.activity_type_id == self.env.ref("cloud_billing.mail_activity_missing_usage")
        )
        return [(one.summary, one.user_id, html2plaintext(one.note)) for one in found]

    def test_one_activity_says_which_days_are_missing(self):
        self.assertEqual(self.warn("2026-03-04 23:00:00"), [])
        [(summary, user, note)] = self.warn("2026-03-05 01:00:00")
        self.assertEqual((summary, user), ("Missing days: 1", self.user_operator))
        self.assertIn("acct-1: Tue 3 Mar 2026", note)
        # Another night changes nothing, one with another missing day says it anew, once.
        self.assertEqual(len(self.warn("2026-03-06 01:00:00")), 1)
        self.assertEqual([one[0] for one in self.warn("2026-03-07 01:00:00")], ["Missing days: 2"])

    def test_it_goes_away_once_they_came_and_is_not_told_twice(self):
        self.warn("2026-03-05 01:00:00")
        self.bills.activity_ids.action_feedback()
        self.assertEqual(self.warn("2026-03-06 01:00:00"), [])
        self.warn("2026-03-07 01:00:00")
        self.deliver_at("2026-03-07 02:00:00", self.bills, focus_csv(hour(2), hour(3), hour(4), hour(5), hour(6)))
        self.assertEqual(self.warn("2026-03-07 03:00:00"), [])

    def test_the_month_is_not_in_while_days_are_missing(self):
        def step(moment):
            with self.at(moment):
                return self.env["cloud.home"]._get_usage_step(self.company, date(2026, 3, 1))

        self.assertTrue(step("2026-03-04 23:00:00")["is_done"])
        after = step("2026-03-07 01:00:00")
        self.assertFalse(after["is_done"])
        self.assertIn(f"Days or months that are missing: 2 ({self.bills.name})", after["note"])

    def test_the_watch_of_the_night_looks_for_them(self):
        with patch.object(type(self.env["cloud.usage.source"]), "_warn_of_missing") as warn:
            self.env["cloud.schedule.watch"]._watch(fields.Datetime.to_datetime("2026-03-07 01:00:00"))
        self.assertTrue(warn.called)
