"""Who owns a stream from when to when, and what its rows are for; and what a change means for what is billed."""

from datetime import date, datetime

import psycopg2.errors
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .usage_common import UsageOwnerCase, focus_csv, hour


@tagged("post_install", "-at_install")
class TestOwnersOfStreams(UsageOwnerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Hours of 1, 11 and 21 March: 10 + 20 + 40 = 70 dollars.
        cls.deliver(cls.bills, focus_csv(hour(1), hour(11, cost="20"), hour(21, cost="40")))
        cls.stream_a = cls.env["cloud.usage.stream"].search([("source_id", "=", cls.bills.id)])

    def test_days_are_read_in_the_time_zone_of_the_source(self):
        self.bills.tz = "Europe/Amsterdam"
        mapping = self.assign(self.stream_a, self.acme_line, "2026-03-01", "2026-04-01")
        # Winter time before, summer time after 29 March: UTC+1 and UTC+2.
        self.assertEqual((mapping.utc_start, mapping.utc_end), (datetime(2026, 2, 28, 23), datetime(2026, 3, 31, 22)))
        mapping.date_end = "2026-03-15"
        self.assertEqual(mapping.utc_end, datetime(2026, 3, 14, 23))
        mapping.date_end = False
        self.assertEqual((mapping.utc_start, mapping.utc_end), (datetime(2026, 2, 28, 23), False))

    def test_a_later_change_of_the_zone_moves_nothing(self):
        mapping = self.assign(self.stream_a, self.acme_line, "2026-03-01")
        self.bills.tz = "Asia/Tokyo"
        self.assertEqual(mapping.utc_start, datetime(2026, 3, 1))

    def test_rows_go_to_the_owner_of_the_day_their_service_starts(self):
        self.assign(self.stream_a, self.acme_line, None, "2026-03-11")
        self.assign(self.stream_a, self.bolt_line, "2026-03-11", "2026-03-21")
        self.assertEqual((self.cost(self.acme_line), self.cost(self.bolt_line)), (10, 20))
        self.assertEqual((self.stream_a.unmatched_rows, self.stream_a.unmatched_cost), (1, 40))

    def test_a_stream_with_an_owner_for_all_its_time_is_matched(self):
        self.assign(self.stream_a, self.acme_line, "2026-03-01")
        self.assertEqual((self.stream_a.unmatched_rows, self.stream_a.unmatched_value), (0, 0))
        self.assertNotIn(self.stream_a, self.stream_a.search(self.env["cloud.usage.stream"]._get_unmatched_domain()))

    def test_two_owners_at_one_time_are_refused(self):
        self.assign(self.stream_a, self.acme_line, "2026-03-01", "2026-03-11")
        with self.assertRaises(psycopg2.errors.ExclusionViolation), mute_logger("odoo.sql_db"):
            self.assign(self.stream_a, self.bolt_line, "2026-03-10")

    def test_an_owner_is_a_line_or_a_cost_centre_not_both_nor_none(self):
        for owners in ({}, {"subscription_line_id": self.acme_line.id, "analytic_account_id": self.cost_centre.id}):
            with (
                self.subTest(owners=owners),
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.errors.CheckViolation),
            ):
                self.env["cloud.usage.mapping"].create({"stream_id": self.stream_a.id, **owners})

    def test_a_line_that_is_not_metered_cannot_pay_for_usage(self):
        line = self.make_subscription(self.acme, self.recurring).line_ids
        with self.assertRaisesRegex(ValidationError, "not metered"):
            self.assign(self.stream_a, line)

    def test_a_cost_centre_is_told_and_nobody_pays(self):
        self.assign(self.stream_a, self.cost_centre)
        self.assertEqual(self.stream_a.unmatched_rows, 0)
        self.assertEqual(self.store._get_states(self.company)["internal"], (3, {"USD": 70}))

    def test_the_owner_is_changed_and_not_its_stream(self):
        mapping = self.assign(self.stream_a, self.acme_line)
        with self.assertRaisesRegex(UserError, "end this one"):
            mapping.stream_id = self.stream_a.id
        with self.assertRaisesRegex(UserError, "end this one"):
            mapping.utc_start = "2020-01-01"

    def test_usage_as_of_a_number_knows_the_owner_of_that_number(self):
        mapping = self.assign(self.stream_a, self.acme_line)
        before = self.store._last_number(self.company)
        mapping.write({"subscription_line_id": self.bolt_line.id})
        self.assertEqual((self.cost(self.acme_line), self.cost(self.bolt_line)), (0, 70))
        self.assertEqual((self.cost(self.acme_line, before), self.cost(self.bolt_line, before)), (70, 0))
        mapping.unlink()
        self.assertEqual((self.cost(self.bolt_line), self.cost(self.acme_line, before)), (0, 70))
        self.assertEqual(self.stream_a.unmatched_rows, 3)

    def test_a_change_that_changes_nothing_takes_no_number(self):
        mapping = self.assign(self.stream_a, self.acme_line)
        before = self.store._last_number(self.company)
        mapping.write({"subscription_line_id": self.acme_line.id, "date_start": False})
        self.assertEqual(self.store._last_number(self.company), before)

    def test_many_streams_get_an_owner_with_one_number_and_as_many_statements_as_one(self):
        self.deliver(
            self.bills,
            focus_csv(
                hour(1),
                hour(11, cost="20"),
                hour(21, cost="40"),
                *({**hour(1), "SkuId": f"sku-{n}"} for n in range(2, 22)),
            ),
        )
        streams = self.env["cloud.usage.stream"].search([("source_id", "=", self.bills.id)], order="id")
        number = self.store._last_number(self.company)
        self.env["cloud.usage.mapping"].create(
            [{"stream_id": stream.id, "subscription_line_id": self.acme_line.id} for stream in streams]
        )
        self.assertEqual(self.store._last_number(self.company), number + 1)
        self.assertEqual(len(streams), 21)
        self.assertEqual(self.cost(self.acme_line), 270)
        counts = []
        for some in (streams[:2], streams):
            self.env.cr.execute("SELECT 1")
            before = self.env.cr.sql_log_count
            self.store._reassign(some)
            self.store._refresh(some)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts)


@tagged("post_install", "-at_install")
class TestWhatRowsAreFor(UsageOwnerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # 10 dollars of usage, 2 of tax, 3 of a fee
        cls.deliver(
            cls.bills,
            focus_csv(
                hour(1), hour(1, cost="2", ChargeCategory="Tax"), hour(1, cost="3", ChargeCategory="Purchase"),
            ),
        )  # fmt: skip
        cls.usage, cls.tax, cls.purchase = (
            cls.env["cloud.usage.stream"].search([("source_id", "=", cls.bills.id), ("charge_kind", "=", kind)])
            for kind in ("usage", "tax", "purchase")
        )
        for one in (cls.usage, cls.tax, cls.purchase):
            cls.assign(one, cls.acme_line)

    def test_usage_is_billed_tax_is_kept_and_the_rest_is_held(self):
        self.assertEqual(
            [one.effective_policy for one in (self.usage, self.tax, self.purchase)], ["bill", "keep", "hold"]
        )
        self.assertEqual(self.cost(self.acme_line), 10)

    def test_the_source_decides_for_a_kind(self):
        before = self.store._last_number(self.company)
        line = self.bills.policy_ids.filtered(lambda one: one.charge_kind == "purchase")
        line.with_user(self.user_administrator).policy = "bill"
        self.assertEqual(self.purchase.effective_policy, "bill")
        self.assertEqual(self.cost(self.acme_line), 13)
        self.assertEqual(self.cost(self.acme_line, before), 10)

    def test_a_stream_decides_before_its_source(self):
        self.purchase.with_user(self.user_operator).policy = "bill"
        self.assertEqual(self.cost(self.acme_line), 13)
        self.bills.policy_ids.filtered(lambda one: one.charge_kind == "purchase").policy = "keep"
        self.assertEqual(self.cost(self.acme_line), 13)
        self.purchase.policy = False
        self.assertEqual(self.cost(self.acme_line), 10)

    def test_what_is_not_billed_is_not_missed(self):
        self.env["cloud.usage.mapping"].search([("stream_id", "in", (self.tax | self.purchase).ids)]).unlink()
        self.assertEqual([self.tax.unmatched_rows, self.purchase.unmatched_rows], [0, 0])
        self.purchase.policy = "bill"
        self.assertEqual((self.purchase.unmatched_rows, self.purchase.unmatched_cost), (1, 3))

    def test_nothing_else_of_a_stream_is_written_by_hand(self):
        with self.assertRaises(AccessError):
            self.usage.with_user(self.user_administrator).write({"sub_account": "x"})
        with self.assertRaises(AccessError):
            self.usage.with_user(self.user_viewer).policy = "keep"


@tagged("post_install", "-at_install")
class TestBilledDays(UsageOwnerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.deliver(cls.bills, focus_csv(hour(1), hour(11, cost="20")))
        cls.stream_a = cls.env["cloud.usage.stream"].search([("source_id", "=", cls.bills.id)])
        cls.mapping = cls.assign(cls.stream_a, cls.acme_line)
        cls.charge = cls.bill(cls, cls.acme_line, "2026-03-01", "2026-04-01", "2026-03-01")

    def test_an_operator_ends_an_owner_only_after_what_is_billed(self):
        mapping = self.mapping.with_user(self.user_operator)
        with self.assertRaisesRegex(UserError, "billed"):
            mapping.date_end = "2026-03-15"
        with self.assertRaisesRegex(UserError, "billed"):
            mapping.subscription_line_id = self.bolt_line
        with self.assertRaisesRegex(UserError, "billed"):
            mapping.date_start = "2026-03-05"
        with self.assertRaisesRegex(UserError, "billed"):
            mapping.unlink()
        mapping.date_end = "2026-04-01"
        self.assertEqual(mapping.date_end, date(2026, 4, 1))

    def test_what_was_billed_stays_billed_when_the_owner_ends_after_it(self):
        self.mapping.with_user(self.user_operator).date_end = "2026-04-01"
        self.assertEqual(self.store._get_states(self.company)["billed"], (2, {"USD": 30}))
        number = self.store._last_number(self.company)
        self.assertFalse(self.store._changed_charges(self.company, number, self.charge))

    def test_an_accountant_maps_billed_days_anew_and_both_bills_are_to_be_corrected(self):
        other = self.bill(self.bolt_line, "2026-03-01", "2026-04-01", "2026-03-01")
        self.mapping.with_user(self.user_accountant).subscription_line_id = self.bolt_line
        number = self.store._last_number(self.company)
        self.assertEqual(self.store._changed_charges(self.company, number, self.charge | other), self.charge | other)
        # What the first bill counted can still be shown.
        self.assertEqual(len(self.store._rows_behind(self.charge)), 2)
        self.assertEqual(self.cost(self.acme_line, self.charge.usage_number), 30)

    def test_an_import_is_not_undone_while_it_is_billed(self):
        usage_import = self.env["cloud.usage.import"].search([("source_id", "=", self.bills.id)])
        with self.assertRaisesRegex(UserError, "billed to Acme"):
            usage_import.action_undo()

    def test_once_the_charge_is_voided_it_can_be_undone(self):
        self.env.cr.execute("UPDATE cloud_charge SET state = 'voided', is_live = FALSE WHERE id = %s", [self.charge.id])
        self.env.invalidate_all()
        usage_import = self.env["cloud.usage.import"].search([("source_id", "=", self.bills.id)])
        usage_import.action_undo()
        self.assertEqual(usage_import.state, "undone")
