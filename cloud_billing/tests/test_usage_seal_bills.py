"""Bills wait for the seals of the months that they count; those of other customers go on."""

from datetime import datetime

from odoo.tests import tagged

from .test_late_sources import LateCase


@tagged("post_install", "-at_install")
class TestUnsealed(LateCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.source.write({"final_days": 0, "expected_days": 0, "cadence": "monthly"})

    def seal(self):
        return self.env["cloud.usage.seal"]._seal_source(self.source, datetime(2026, 4, 2))

    def test_only_bills_with_its_usage_wait_and_say_where_to_go(self):
        self.deliver_at("2026-04-02 08:00:00")
        self.deliver_bolt()
        bills = self.by_customer(self.make_run())
        self.assertEqual((bills["Acme"].state, bills["Bolt"].state), ("blocked", "look"))
        self.assertIn("March 2026 of payer is not sealed", bills["Acme"].reason_text)
        action = bills["Acme"].action_resolve()
        self.assertEqual(
            (action["tag"], action["context"]),
            ("cloud_billing.usage_calendar", {"source_id": self.source.id, "month": "2026-03-01"}),
        )

    def test_a_seal_frees_the_bills_that_count_what_was_sealed(self):
        self.deliver_at("2026-04-02 08:00:00")
        bill = self.by_customer(self.make_run())["Acme"]
        self.seal()
        self.assertEqual((bill.state, self.codes(bill)), ("look", ["first_bill"]))

    def test_not_a_run_that_counts_less_than_what_was_sealed(self):
        self.deliver_at("2026-04-02 08:00:00")
        bill = self.by_customer(self.make_run())["Acme"]
        self.deliver_at("2026-04-03 08:00:00", quantity="1200")
        self.seal()
        bill._assess()
        self.assertEqual(bill.state, "blocked")

    def test_what_breaks_a_seal_later_does_not_hold_a_run_that_does_not_count_it(self):
        self.deliver_at("2026-04-02 08:00:00")
        seal = self.seal()
        bill = self.by_customer(self.make_run())["Acme"]
        number = self.deliver_at("2026-04-03 08:00:00", quantity="1200")
        seal.sudo().broken_number = number
        bill._assess()
        self.assertEqual(bill.state, "look")
        later = self.by_customer(self.make_run("2026-05-01"))
        self.assertEqual(self.codes(later["Acme"])[0], "unsealed")

    def test_a_source_that_needs_none_holds_nobody(self):
        self.source.needs_seal = False
        self.deliver_at("2026-04-02 08:00:00")
        self.assertEqual(self.by_customer(self.make_run())["Acme"].state, "look")

    def test_the_run_cannot_be_approved_around_it(self):
        self.deliver_at("2026-04-02 08:00:00")
        bill = self.by_customer(self.make_run())["Acme"]
        self.assertIn("unsealed", [one["code"] for one in bill._get_post_blockers()[bill.id]])

    def test_bills_of_the_schedule_that_waited_are_free_once_it_is_sealed(self):
        self.deliver_at("2026-04-02 08:00:00")
        run = self.make_run()
        run.sudo().is_automatic = True
        bill = self.by_customer(run)["Acme"]
        self.assertFalse(self.env["cloud.bill"]._free_late(self.company))
        self.deliver_at("2026-04-03 08:00:00", quantity="1200")
        self.seal()
        self.assertEqual(self.env["cloud.bill"]._free_late(self.company), bill)
