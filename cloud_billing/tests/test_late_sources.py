from datetime import date, datetime
from unittest.mock import patch

from odoo import SUPERUSER_ID
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .test_billing_runs import RunCase

_WATCH = "odoo.addons.cloud_billing.models.month.cloud_schedule_watch"


class LateCase(RunCase):
    """Two sources: Acme's is final five days after the month, Bolt's is waited for by nobody."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls.make_source("Second", "provider", "snapshot")
        cls.bolt_stream.mapping_ids.sudo().unlink()
        cls.bolt_stream = cls.make_stream("bolt again", source=cls.second)
        cls.map_stream(cls.bolt_stream, cls.bolt_line)
        cls.source.write({"expected_days": 3, "final_days": 5})

    def deliver_at(self, moment, quantity="1000", month="2026-03-01"):
        """Acme's month, imported at a moment (naive UTC)."""
        number = self.deliver({"stream": self.acme_stream, "quantity": quantity}, month=month)
        self.env["cloud.usage.import"].sudo().search(
            [("import_number", "=", number), ("source_id", "=", self.source.id)]
        ).imported_at = moment
        return number

    def deliver_bolt(self, quantity="50", month="2026-03-01"):
        return self.deliver({"stream": self.bolt_stream, "quantity": quantity}, source=self.second, month=month)

    def codes(self, bill):
        return [reason["code"] for reason in bill.reasons]


@tagged("post_install", "-at_install")
class TestLateSource(LateCase):
    def test_a_source_that_is_not_final_holds_its_own_customers_only(self):
        self.deliver_at("2026-04-05 23:59:59")
        self.deliver_bolt()
        bills = self.by_customer(self.make_run())
        self.assertEqual((bills["Acme"].state, bills["Bolt"].state), ("blocked", "look"))
        # March ends on 1 April: expected within 3 days, the 3rd; final 5 days after, on the 6th.
        self.assertIn("is expected by 04/03/2026 and final from 04/06/2026 on", bills["Acme"].reason_text)
        self.assertEqual(bills["Acme"].action_resolve()["res_id"], self.source.id)

    def test_what_comes_on_its_final_day_is_final(self):
        self.deliver_at("2026-04-06 00:00:00")
        self.assertEqual(self.codes(self.by_customer(self.make_run())["Acme"]), ["first_bill"])

    def test_what_comes_again_unchanged_on_the_final_day_is_final(self):
        number = self.deliver_at("2026-04-02 08:00:00")
        bill = self.by_customer(self.make_run())["Acme"]
        delivery = self.env["cloud.usage.delivery"].search(
            [("source_id", "=", self.source.id), ("import_number", "=", number)]
        )
        for day, state in ((5, "blocked"), (6, "look")):
            self.env["cloud.usage.store"]._confirm(delivery.ids, datetime(2026, 4, day, 8))
            bill._assess()
            self.assertEqual(bill.state, state)

    def test_a_final_delivery_after_the_run_was_rated_does_not_make_it_final(self):
        self.deliver_at("2026-04-02 08:00:00")
        run = self.make_run()
        self.deliver_at("2026-04-07 08:00:00", quantity="1200")
        bill = self.by_customer(run)["Acme"]
        bill._assess()
        self.assertEqual(bill.state, "blocked")

    def test_a_source_without_a_calendar_is_not_waited_for(self):
        self.source.final_days = 0
        self.deliver_at("2026-04-02 08:00:00")
        self.assertEqual(self.by_customer(self.make_run())["Acme"].state, "look")

    def test_a_person_calls_the_month_final_and_is_in_the_register(self):
        self.deliver_at("2026-04-02 08:00:00")
        bill = self.by_customer(self.make_run())["Acme"]
        form = Form(
            self.env["cloud.usage.final"].with_user(self.user_accountant).with_context(default_source_id=self.source.id)
        )
        form.month, form.reason = "2026-03-15", "The provider says so"
        final = form.save()
        self.assertEqual((str(final.month), bill.state), ("2026-03-01", "look"))
        noted = self.env["cloud.intervention"].search([("kind", "=", "forced")], limit=1)
        self.assertEqual((noted.reason, noted.res_id), ("The provider says so", self.source.id))
        with self.assertRaises(UserError):
            final.reason = "No"

    def test_an_account_that_delivered_nothing_lately_is_not_waited_for(self):
        self.deliver_at("2025-11-02 08:00:00", month="2025-10-01")
        self.deliver_bolt()
        self.assertEqual(self.codes(self.by_customer(self.make_run())["Acme"]), ["first_bill", "zero_bill"])

    def test_statements_do_not_grow_with_bills(self):
        self.deliver_at("2026-04-02 08:00:00")
        self.deliver_bolt()
        run = self.make_run()
        for bills in (run.bill_ids[:1], run.bill_ids):
            bills._note_lateness()
            # One asks what is late, one what is not sealed.
            with self.assertQueryCount(2):
                bills._note_lateness()


@tagged("post_install", "-at_install")
class TestEstimate(LateCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.source.late_policy = "estimate"

    def test_an_estimate_is_billed_marked_noted_and_trued_up(self):
        # 800 of 1,000 GB are there on 2 April: 80.00. The final month has 1,000: 20.00 more in the next run.
        self.deliver_at("2026-04-02 08:00:00", quantity="800")
        self.deliver_bolt()
        run = self.make_run()
        bill = self.by_customer(run)["Acme"]
        self.assertEqual((bill.state, bill.is_estimated, str(bill.amount)), ("look", True, "80.00"))
        self.assertIn("Estimated: March 2026", bill.reason_text)
        self.post(run)
        self.assertIn("Estimated", bill.move_id.invoice_line_ids.name)
        other = self.by_customer(run)["Bolt"].move_id
        self.assertNotIn("Estimated", other.invoice_line_ids.name)
        self.assertIn("1 are estimates", " ".join(run.request_id.effect["notes"]))
        noted = self.env["cloud.intervention"].search([("kind", "=", "estimated")])
        self.assertEqual((noted.bill_id, str(noted.amount)), (bill, "80.00"))

        self.deliver_at("2026-04-06 08:00:00", quantity="1000")
        self.deliver_at("2026-05-07 08:00:00", quantity="500", month="2026-04-01")
        april = self.by_customer(self.make_run("2026-05-01"))["Acme"]
        corrections = april.charge_ids.filtered("corrects_id")
        self.assertEqual((self.amounts(corrections), str(april.amount)), (["20.00"], "70.00"))
        self.assertFalse(april.is_estimated)

    def test_what_an_estimate_differs_by_is_billed_where_other_late_usage_is_absorbed(self):
        self.company.write({"cloud_late_policy": "absorb", "cloud_late_tolerance": "50"})
        self.deliver_at("2026-04-02 08:00:00", quantity="800")
        self.deliver_bolt("50")
        self.post(self.make_run())
        # Acme 80.00 -> 100.00, an estimate; Bolt 5.00 -> 6.00, late usage below the tolerance.
        self.deliver_at("2026-04-06 08:00:00", quantity="1000")
        self.deliver_bolt("60")
        bills = self.by_customer(self.make_run("2026-05-01"))
        self.assertEqual(self.amounts(bills["Acme"].charge_ids.filtered("corrects_id")), ["20.00"])
        self.assertEqual(self.amounts(bills["Bolt"].rated_line_ids.filtered("corrects_id")), [])

    def test_nobody_has_to_look_because_of_an_estimate(self):
        self.deliver_at("2026-04-06 08:00:00")
        self.deliver_bolt()
        self.post(self.make_run())
        self.deliver_at("2026-05-02 08:00:00", month="2026-04-01")
        self.deliver_bolt(month="2026-04-01")
        bill = self.by_customer(self.make_run("2026-05-01"))["Acme"]
        self.assertEqual((bill.state, self.codes(bill)), ("ready", ["estimated"]))


@tagged("post_install", "-at_install")
class TestNight(LateCase):
    """The nights of a week, by their own clock."""

    def night(self, text):
        run = self.env["cloud.bill.run"].with_user(SUPERUSER_ID)
        made = run._create_due_run(self.company, self.instant(text))
        if made:
            made._rate_all()
        return made

    def test_what_waited_is_billed_the_night_after_its_final_usage_came(self):
        self.deliver_at("2026-04-02 01:00:00", quantity="800")
        self.deliver_bolt()
        first = self.night("2026-04-02 02:00:00")
        bill = self.by_customer(first)["Acme"]
        self.assertEqual(bill.state, "blocked")
        self.assertFalse(self.night("2026-04-03 02:00:00"))
        self.deliver_at("2026-04-04 01:00:00", quantity="900")
        self.assertFalse(self.night("2026-04-04 02:00:00"))
        self.deliver_at("2026-04-06 01:00:00", quantity="1000")
        second = self.night("2026-04-06 02:00:00")
        self.assertEqual((bill.state, len(first.bill_ids)), ("excluded", 2))
        self.assertEqual(second.bill_ids.customer_id, self.acme)
        self.assertEqual((second.bill_ids.state, self.amounts(second.bill_ids)), ("look", ["100.00"]))
        self.assertFalse(self.night("2026-04-07 02:00:00"))

    def test_a_missed_week_is_caught_up(self):
        self.deliver_at("2026-04-06 01:00:00")
        self.deliver_bolt()
        made = self.night("2026-04-13 02:00:00")
        self.assertEqual(sorted(made.bill_ids.mapped("customer_id.name")), ["Acme", "Bolt"])
        self.assertFalse(self.night("2026-04-14 02:00:00"))

    def test_a_run_that_a_person_has_made_keeps_its_bills(self):
        self.deliver_at("2026-04-02 01:00:00")
        bill = self.by_customer(self.make_run())["Acme"]
        self.deliver_at("2026-04-06 01:00:00")
        self.night("2026-04-06 02:00:00")
        self.assertEqual(bill.state, "blocked")


@tagged("post_install", "-at_install")
class TestWatch(LateCase):
    def setUp(self):
        super().setUp()
        self.source.responsible_id = self.user_operator
        self.Watch = self.env["cloud.schedule.watch"].with_user(SUPERUSER_ID)

    def activities(self):
        return self.source.activity_ids.filtered(lambda activity: "is late" in (activity.summary or ""))

    def test_who_is_responsible_is_told_once_of_a_month_that_is_late(self):
        self.env["cloud.usage.source"]._warn_of_late(date(2026, 4, 3))
        self.assertFalse(self.activities())
        for day in (4, 5):
            self.env["cloud.usage.source"]._warn_of_late(date(2026, 4, day))
        self.assertEqual((len(self.activities()), self.activities().user_id), (1, self.user_operator))
        self.assertIn("2026-03 is late: it was expected by 2026-04-03", self.activities().summary)

    def test_a_month_that_came_is_not_late(self):
        self.deliver_at("2026-04-02 08:00:00")
        self.env["cloud.usage.source"]._warn_of_late(date(2026, 4, 20))
        self.assertFalse(self.activities())

    def test_a_scheduled_action_that_is_off_late_or_failing_is_told(self):
        cron = self.env.ref("cloud_billing.cron_rate_runs").sudo()
        now = datetime(2026, 4, 2, 12, 0)
        self.Watch._get_crons().write({"nextcall": "2026-04-02 11:00:00", "failure_count": 0, "active": True})
        self.assertEqual(self.Watch._get_problems(now), [])
        cron.active = False
        self.assertIn("switched off", self.Watch._get_problems(now)[0])
        # Every hour: two missed turns and an hour of grace after 08:59 are over at 12:00.
        cron.write({"active": True, "nextcall": "2026-04-02 08:59:00"})
        self.assertIn("should have run on 2026-04-02 08:59:00", self.Watch._get_problems(now)[0])
        cron.write({"nextcall": "2026-04-02 11:00:00", "failure_count": 3})
        self.assertIn("failed 3 times", self.Watch._get_problems(now)[0])

    def test_administrators_are_told(self):
        self.env.ref("cloud_billing.cron_rate_runs").sudo().active = False
        thread = type(self.env["mail.thread"])
        with patch.object(thread, "message_notify") as notify, self.assertLogs(_WATCH, level="WARNING"):
            self.Watch._watch(datetime(2026, 4, 2, 12, 0))
        self.assertIn(self.user_administrator.partner_id.id, notify.call_args.kwargs["partner_ids"])
        self.assertIn("switched off", notify.call_args.kwargs["body"])
