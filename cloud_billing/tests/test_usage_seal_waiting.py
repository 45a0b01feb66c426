"""A month of which something waits for a person is not complete: it does not close by itself."""

from datetime import date, datetime

from odoo.tests import tagged

from .test_usage_progress import BackgroundCase
from .test_usage_seals import MARCH, SealCase
from .usage_common import APRIL, events_csv, focus_csv, hour

BAD = hour(31, "vm-9", cost="ten")
OTHER = [{**row, "BillingAccountId": "acct-2"} for row in MARCH]


@tagged("post_install", "-at_install")
class TestRowsThatWait(SealCase):
    def test_a_row_that_cannot_be_read(self):
        bad = self.deliver_at("2026-04-01 06:00:00", self.bills, focus_csv(*MARCH, BAD))
        self.deliver_at("2026-04-01 06:00:00", self.bills, focus_csv(*OTHER), name="other.csv")
        self.assertEqual(self.seal().mapped("provider_account"), ["acct-2"])
        self.assertEqual(self.problems(), ["Rows that cannot be read: 1. Correct or waive them."])
        bad.reject_ids.action_waive("Known to be nonsense")
        self.assertEqual(self.seal().mapped("provider_account"), ["acct-1"])

    def test_a_row_that_cannot_be_read_may_be_of_any_month_of_its_import(self):
        self.deliver_at("2026-04-01 06:00:00", self.bills, focus_csv(*MARCH))
        self.deliver_at("2026-04-01 07:00:00", self.bills, focus_csv(hour(1, **APRIL), BAD), name="april.csv")
        self.assertTrue(self.seal())

    def test_where_no_row_says_a_month_it_may_be_of_any(self):
        events = [(f"e{n}", n, "x", "1") for n in range(1, 32)]
        self.events.write({"cadence": "daily", "needs_seal": True})
        self.deliver_at("2026-04-01 06:00:00", self.events, events_csv(*events))
        self.deliver_at("2026-04-01 07:00:00", self.events, events_csv(events[0], ("e99", 5, "x", "ten")))
        self.assertFalse(self.seal(source=self.events))

    def test_a_row_with_other_content_holds_its_own_month(self):
        events = [(f"e{n}", n, "x", "1") for n in range(1, 32)]
        self.events.write({"cadence": "daily", "needs_seal": True})
        self.deliver_at("2026-04-01 06:00:00", self.events, events_csv(*events))
        other = self.deliver_at("2026-04-01 07:00:00", self.events, events_csv(("e5", 5, "x", "7")))
        seals, moment = self.env["cloud.usage.seal"], datetime(2026, 4, 2)
        [(_march, problems)] = seals._get_open(self.events, [date(2026, 3, 1)], moment)
        self.assertEqual(problems, ["Rows that came again with other content: 1. Accept or waive them."])
        rows = seals._get_beside(self.events, [date(2026, 2, 1)], moment).rows
        self.assertEqual(rows, {})
        other.reject_ids.action_accept()
        self.assertTrue(self.seal(source=self.events))


@tagged("post_install", "-at_install")
class TestDeliveriesThatWait(SealCase):
    def setUp(self):
        super().setUp()
        self.deliver_at("2026-04-01 06:00:00", self.bills, focus_csv(*MARCH))

    def test_one_that_is_not_read_yet_may_change_any_month(self):
        files = [("later.csv", focus_csv(hour(1)))]
        later = self.env["cloud.usage.import"]._create_with_files(self.bills, files)
        later.sudo()._enqueue()
        self.assertFalse(self.seal())
        self.assertEqual(self.problems(), [f"{later.name} may still change it: let it be imported, or cancel it."])
        later.action_cancel()
        self.assertTrue(self.seal())

    def test_one_that_takes_rows_away_until_somebody_decides(self):
        less = self.deliver_at("2026-04-01 07:00:00", self.bills, focus_csv(*MARCH[:-1]))
        self.assertEqual(less.state, "refused")
        self.assertFalse(self.seal())
        self.assertEqual(
            self.problems(),
            [f"{less.name} would take rows of it away: agree to that on the import, or delete it."],
        )
        less.unlink()
        self.assertTrue(self.seal())

    def test_nor_once_the_month_was_delivered_as_a_whole(self):
        self.deliver_at("2026-04-01 07:00:00", self.bills, focus_csv(*MARCH[:-1]))
        self.deliver_at("2026-04-01 08:00:00", self.bills, focus_csv(*MARCH, hour(31, "vm-2")), name="whole.csv")
        self.assertTrue(self.seal())


@tagged("post_install", "-at_install")
class TestToConfirm(BackgroundCase):
    def test_one_that_is_read_holds_the_months_that_it_delivers(self):
        self.bills.write({"cadence": "monthly", "expected_days": 3})
        self.queue(rows=[hour(1), {**hour(1), "BillingAccountId": "acct-2"}])
        self.work()
        self.queue(rows=[hour(1, cost="25")], must_confirm=True)
        self.work()
        seals, moment = self.env["cloud.usage.seal"], datetime(2026, 4, 20)
        found = seals._get_open(self.bills, [date(2026, 3, 1)], moment)
        names = {partition.account: " ".join(problems) for partition, problems in found}
        self.assertIn("may still change it", names["acct-1"])
        self.assertNotIn("may still change it", names["acct-2"])
