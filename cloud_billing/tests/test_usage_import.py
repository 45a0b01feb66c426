"""A provider's bill comes in: once, whole, and again when the provider restates it."""

import contextlib
import gzip
from decimal import Decimal
from unittest.mock import patch

from lxml import etree
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from ..models.usage import usage_importer
from ..models.usage.usage_importer import ClaimLost
from .usage_common import APRIL, UsageCase, events_csv, focus_csv, hour


@tagged("post_install", "-at_install")
class TestFirstDelivery(UsageCase):
    def test_every_row_is_accepted_and_exists_from_its_number_on(self):
        before = self.store._last_number(self.company)
        usage_import = self.deliver(self.bills, focus_csv(hour(1), hour(2), hour(3, cost="0.00000080000")))
        self.assertEqual(usage_import.state, "imported")
        self.assertEqual(self.counts(usage_import), (3, 3, 0, 0, 0))
        self.assertEqual(usage_import.import_number, before + 1)
        self.assertEqual(self.store._last_number(self.company), before + 1)
        # 10 + 10 + 0.0000008, to the last digit
        self.assertEqual(usage_import.cost_billed, Decimal("20.0000008"))
        self.assertEqual([row.row_no for row in self.live_rows(self.bills)], [2, 3, 4])

    def test_a_delivery_keeps_the_four_costs_of_each_month_and_account(self):
        usage_import = self.deliver(
            self.bills, focus_csv(hour(1), hour(2), {**hour(3), **APRIL}, {**hour(4), "BillingAccountId": "acct-2"})
        )
        deliveries = usage_import.delivery_ids.sorted(lambda one: (one.provider_account, one.billing_month))
        self.assertEqual(
            [(d.provider_account, str(d.billing_month), d.row_count, d.cost_billed, d.cost_list) for d in deliveries],
            [
                ("acct-1", "2026-03-01", 2, Decimal(20), Decimal(24)),
                ("acct-1", "2026-04-01", 1, Decimal(10), Decimal(12)),
                ("acct-2", "2026-03-01", 1, Decimal(10), Decimal(12)),
            ],
        )
        self.assertEqual(deliveries[1].display_name, "acct-1, April 2026")

    def test_identical_rows_are_all_kept_and_numbered(self):
        usage_import = self.deliver(self.bills, focus_csv(hour(1), hour(1), hour(1), hour(2)))
        self.assertEqual(self.counts(usage_import), (4, 4, 0, 0, 0))
        self.env.cr.execute(
            "SELECT ordinal FROM cloud_billing_usage.usage_row WHERE import_id = %s ORDER BY row_no", [usage_import.id]
        )
        self.assertEqual([ordinal for (ordinal,) in self.env.cr.fetchall()], [0, 1, 2, 0])

    def test_identical_rows_far_apart_are_all_kept_too(self):
        usage_import = self.env["cloud.usage.import"]._create_with_files(
            self.bills,
            [("a.csv", focus_csv(hour(1), hour(1), hour(2))), ("b.csv", focus_csv(hour(1), hour(1), hour(3)))],
        )
        usage_import.action_import()
        self.assertEqual(self.counts(usage_import), (6, 6, 0, 0, 0))
        self.env.cr.execute(
            "SELECT file_sequence, row_no, ordinal FROM cloud_billing_usage.usage_row"
            " WHERE import_id = %s ORDER BY file_sequence, row_no",
            [usage_import.id],
        )
        self.assertEqual(self.env.cr.fetchall(), [(1, 2, 0), (1, 3, 1), (1, 4, 0), (2, 2, 2), (2, 3, 3), (2, 4, 0)])

    def test_gzip_is_read_as_well(self):
        usage_import = self.deliver(self.bills, gzip.compress(focus_csv(hour(1), hour(2))), "usage.csv.gz")
        self.assertEqual(self.counts(usage_import), (2, 2, 0, 0, 0))

    def test_text_that_the_database_could_misread_arrives_unchanged(self):
        resource = 'C:\\temp\\new "quoted"\ttab\nline, é \\N'
        self.deliver(self.bills, focus_csv(hour(1, resource=resource, Tags='{"k\\\\n": "v\\t"}')))
        self.assertEqual(self.live_rows(self.bills).resource, resource)

    def test_what_rows_have_in_common_becomes_a_stream(self):
        self.deliver(
            self.bills, focus_csv(hour(1), hour(2), {**hour(3), "SubAccountId": "sub-2"}, {**hour(4), **APRIL})
        )
        streams = self.env["cloud.usage.stream"].search([("source_id", "=", self.bills.id)], order="sub_account")
        self.assertEqual(
            [(s.sub_account, s.row_count, s.cost_billed) for s in streams], [("sub-1", 3, 30), ("sub-2", 1, 10)]
        )
        self.assertEqual([(s.unmatched_rows, s.unmatched_cost) for s in streams], [(3, 30), (1, 10)])
        self.assertEqual(streams[0].effective_policy, "bill")

    def test_streams_are_listed_by_money_whatever_its_sign(self):
        self.deliver(
            self.bills,
            focus_csv(
                hour(1, cost="5"),
                {**hour(1, cost="-70"), "SubAccountId": "sub-2"},
                {**hour(1, cost="8"), "SubAccountId": "sub-3"},
            ),
        )
        streams = self.env["cloud.usage.stream"].search(
            [("source_id", "=", self.bills.id), *self.env["cloud.usage.stream"]._get_unmatched_domain()]
        )
        self.assertEqual(streams.mapped("sub_account"), ["sub-2", "sub-3", "sub-1"])


@tagged("post_install", "-at_install")
class TestTheSameAgain(UsageCase):
    def test_the_same_file_changes_nothing_and_says_so(self):
        content = focus_csv(hour(1), hour(2))
        first = self.deliver(self.bills, content)
        second = self.deliver(self.bills, content, "renamed.csv")
        self.assertEqual(second.state, "known")
        self.assertEqual(self.counts(second), (2, 0, 2, 0, 0))
        self.assertEqual(second.import_number, 0)
        self.assertIn(first.name, second.message_ids[0].body)
        self.assertEqual(len(self.live_rows(self.bills)), 2)
        self.assertEqual(self.store._last_number(self.company), first.import_number)

    def test_the_same_file_is_not_read_again(self):
        content = focus_csv(hour(1), hour(2))
        self.deliver(self.bills, content)
        # It costs its checksum, whatever its size: `make bench ONLY=import` tells how long beside the first time.
        with patch(f"{usage_importer.__name__}.read_chunks", side_effect=AssertionError("it was read")):
            again = self.deliver(self.bills, content)
        self.assertEqual((again.state, self.counts(again)), ("known", (2, 0, 2, 0, 0)))

    def test_the_same_rows_in_another_order_and_other_columns_order_are_known_too(self):
        columns = sorted(focus_csv().decode().strip().split(","))
        self.deliver(self.bills, focus_csv(hour(1), hour(2), hour(2)))
        second = self.deliver(self.bills, focus_csv(hour(2), hour(1), hour(2), columns=columns))
        self.assertEqual(second.state, "known")
        self.assertEqual(self.counts(second), (3, 0, 3, 0, 0))
        self.env.cr.execute("SELECT COUNT(*) FROM cloud_billing_usage.usage_row WHERE import_id = %s", [second.id])
        self.assertEqual(self.env.cr.fetchone(), (0,))
        self.assertFalse(second.delivery_ids)

    def test_the_same_file_is_not_known_where_one_of_its_months_was_replaced_meanwhile(self):
        march = hour(1)
        self.deliver(self.bills, focus_csv(march, {**hour(2), **APRIL}))
        content = focus_csv(march, hour(3), {**hour(2), **APRIL})
        # Of this one April was known; then April is restated by another file.
        self.assertEqual(self.counts(self.deliver(self.bills, content)), (3, 2, 1, 0, 0))
        self.deliver(self.bills, focus_csv({**hour(2, cost="99"), **APRIL}))
        again = self.deliver(self.bills, content)
        self.assertEqual((again.state, self.counts(again)), ("imported", (3, 1, 2, 0, 0)))
        self.assertEqual(sum(row.cost_billed for row in self.live_rows(self.bills)), 30)

    def test_a_month_that_did_not_change_stays_beside_one_that_did(self):
        first = self.deliver(self.bills, focus_csv(hour(1), {**hour(2), **APRIL}))
        second = self.deliver(self.bills, focus_csv(hour(1), {**hour(2), **APRIL}, {**hour(3), **APRIL}))
        # one row of March was known; April came new with two rows
        self.assertEqual(self.counts(second), (3, 2, 1, 0, 0))
        live = self.env["cloud.usage.delivery"].search(
            [("source_id", "=", self.bills.id), ("import_number", ">", 0), ("superseded_number", "=", 0)],
            order="billing_month",
        )
        self.assertEqual(live.import_id.ids, [first.id, second.id])
        self.assertEqual(len(self.live_rows(self.bills)), 3)

    def test_a_month_that_comes_again_as_it_was_notes_when(self):
        march, april = hour(1), {**hour(2), **APRIL}
        content = focus_csv(march, april)
        deliveries = self.deliver(self.bills, content).delivery_ids.sorted("billing_month")
        self.assertEqual(deliveries.mapped("confirmed_at"), [False, False])
        others = focus_csv(april, march), focus_csv(march, april, {**hour(3), **APRIL})
        # The same file, the same rows in another order, and March as it was beside an April that changed.
        for day, again in ((5, content), (6, others[0]), (7, others[1])):
            with freeze_time(f"2026-04-{day:02d} 08:00:00"):
                self.deliver(self.bills, again)
        self.assertEqual(
            [str(moment) for moment in deliveries.mapped("confirmed_at")],
            ["2026-04-07 08:00:00", "2026-04-06 08:00:00"],
        )


@tagged("post_install", "-at_install")
class TestRestatedMonth(UsageCase):
    def test_a_newer_delivery_replaces_the_month_and_says_what_it_changes(self):
        first = self.deliver(self.bills, focus_csv(hour(1), hour(2, cost="10")))
        second = self.deliver(self.bills, focus_csv(hour(1), hour(2, cost="12"), hour(3)))
        self.assertEqual(second.state, "imported")
        (difference,) = second.differences
        # hour 2 changed from 10 to 12, hour 3 is new: 20 becomes 32
        self.assertEqual(
            {
                key: difference[key]
                for key in ("added_rows", "changed_rows", "removed_rows", "before_cost", "after_cost")
            },
            {"added_rows": 1, "changed_rows": 1, "removed_rows": 0, "before_cost": "20", "after_cost": "32"},
        )
        self.assertEqual(first.delivery_ids.superseded_number, second.import_number)
        self.assertEqual(sum(row.cost_billed for row in self.live_rows(self.bills)), 32)
        stream = self.env["cloud.usage.stream"].search([("source_id", "=", self.bills.id)])
        self.assertEqual((stream.row_count, stream.cost_billed), (3, 32))

    def test_costs_in_several_currencies_are_never_one_sum(self):
        yen = hour(2, BillingCurrency="JPY", cost="100")
        first = self.deliver(self.bills, focus_csv(hour(1), yen))
        self.assertEqual((first.cost_billed, first.delivery_ids.currencies), (None, "JPY, USD"))
        # Nothing of what comes is in yen, what goes away is: 100 of them are no 100 dollars.
        second = self.deliver(self.bills, focus_csv(hour(1)))
        self.assertIn("of acct-1: 1 rows and their costs in JPY, USD go away, 2 rows become 1", second.removal_text)
        third = self.deliver(self.bills, focus_csv(hour(1), {**yen, "BilledCost": "150"}))
        (difference,) = third.differences
        self.assertEqual([difference[f"{name}_cost"] for name in ("before", "after", "removed")], [None] * 3)
        self.assertIn("1 changed, 0 gone; its costs are in JPY, USD.", third._get_changes(has_costs=True)[0])

    def test_no_list_shows_a_sum_of_costs_in_several_currencies(self):
        arch = etree.fromstring(self.env["cloud.usage.import"].get_view(view_type="form")["arch"])
        costs = arch.xpath("//field[@name='delivery_ids']/list/field[starts-with(@name, 'cost_')]")
        own = etree.fromstring(self.env["cloud.usage.delivery"].get_view(view_type="list")["arch"])
        costs += own.xpath("//field[starts-with(@name, 'cost_')]")
        self.assertEqual([cost.get("invisible") for cost in costs], ["',' in (currencies or '')"] * 8)

    def test_rows_that_would_go_away_are_asked_about_first(self):
        first = self.deliver(self.bills, focus_csv(hour(1), hour(2, cost="7.5"), hour(3)))
        second = self.deliver(self.bills, focus_csv(hour(1), hour(3, cost="11")))
        self.assertEqual(second.state, "refused")
        self.assertIn("1 rows and 7.5 USD", second.removal_text)
        self.assertIn("March 2026 of acct-1: 1 rows go away", second.error)
        self.assertEqual(self.counts(second), (0, 0, 0, 0, 0))
        self.assertFalse(second.delivery_ids)
        self.assertEqual(len(self.live_rows(self.bills)), 3)

        second.with_user(self.user_operator).action_allow_removal()
        self.assertEqual(second.state, "imported")
        self.assertEqual(first.delivery_ids.superseded_number, second.import_number)
        self.assertEqual(len(self.live_rows(self.bills)), 2)
        self.assertIn(self.user_operator.name, " ".join(second.message_ids.mapped("body")))

    def test_agreed_beforehand_it_is_not_asked_again(self):
        self.deliver(self.bills, focus_csv(hour(1), hour(2)))
        self.assertEqual(self.deliver(self.bills, focus_csv(hour(1)), allow_removal=True).state, "imported")

    def test_other_accounts_and_months_stay_as_they_are(self):
        self.deliver(self.bills, focus_csv(hour(1), {**hour(1), "BillingAccountId": "acct-2"}, {**hour(1), **APRIL}))
        self.deliver(self.bills, focus_csv(hour(1), hour(2)))
        self.assertEqual(len(self.live_rows(self.bills)), 4)

    def test_another_source_with_the_same_account_is_not_touched(self):
        other = self.env["cloud.usage.source"].create(
            {"name": "Other", "company_id": self.company.id, "reader": "focus"}
        )
        self.deliver(self.bills, focus_csv(hour(1)))
        self.deliver(other, focus_csv(hour(1), hour(2)))
        self.assertEqual((len(self.live_rows(self.bills)), len(self.live_rows(other))), (1, 2))


@tagged("post_install", "-at_install")
class TestUndo(UsageCase):
    def test_an_undone_delivery_is_gone_and_can_come_again(self):
        content = focus_csv(hour(1), hour(2))
        first = self.deliver(self.bills, content)
        first.with_user(self.user_operator).action_undo()
        self.assertEqual(first.state, "undone")
        self.assertFalse(self.live_rows(self.bills))
        stream = self.env["cloud.usage.stream"].search([("source_id", "=", self.bills.id)])
        self.assertEqual((stream.row_count, stream.unmatched_rows), (0, 0))
        again = self.deliver(self.bills, content)
        self.assertEqual(again.state, "imported")
        self.assertEqual(len(self.live_rows(self.bills)), 2)

    def test_what_it_had_replaced_does_not_come_back_by_itself(self):
        content = focus_csv(hour(1))
        first = self.deliver(self.bills, content)
        second = self.deliver(self.bills, focus_csv(hour(1), hour(2)))
        second.action_undo()
        self.assertFalse(self.live_rows(self.bills))
        self.assertIn("deliver the month again", second.message_ids[0].body)
        with self.assertRaisesRegex(UserError, "replaced or undone"):
            first.action_undo()
        self.assertEqual(self.deliver(self.bills, content).state, "imported")

    def test_undone_twice_is_refused(self):
        usage_import = self.deliver(self.bills, focus_csv(hour(1)))
        usage_import.action_undo()
        with self.assertRaisesRegex(UserError, "Undone"):
            usage_import.action_undo()


@tagged("post_install", "-at_install")
class TestWhoMay(UsageCase):
    def test_an_operator_imports_and_a_viewer_does_not(self):
        Import = self.env["cloud.usage.import"]
        usage_import = Import.with_user(self.user_operator)._create_with_files(
            self.bills.with_user(self.user_operator), [("usage.csv", focus_csv(hour(1)))]
        )
        with self.assertRaises(AccessError):
            usage_import.with_user(self.user_viewer).action_import()
        usage_import.action_import()
        self.assertEqual(usage_import.state, "imported")
        self.assertEqual(usage_import.create_uid, self.user_operator)

    def test_what_an_import_says_about_itself_is_not_written_by_hand(self):
        usage_import = self.deliver(self.bills, focus_csv(hour(1))).with_user(self.user_administrator)
        for vals in ({"state": "draft"}, {"import_number": 99}, {"rows_accepted": 5}, {"source_id": self.events.id}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                usage_import.write(vals)
        with self.assertRaises(AccessError):
            self.env["cloud.usage.import"].with_user(self.user_operator).create(
                {"source_id": self.bills.id, "import_number": 7, "state": "imported"}
            )

    def test_files_of_an_import_are_read_and_not_changed(self):
        usage_import = self.deliver(self.bills, focus_csv(hour(1)))
        file = usage_import.file_ids.with_user(self.user_administrator)
        self.assertTrue(file.sha256)
        with self.assertRaises(AccessError):
            file.write({"sha256": "0"})
        with self.assertRaises(AccessError):
            file.part_ids.write({"raw": b"other"})
        with self.assertRaises(AccessError):
            file.unlink()

    def test_an_imported_delivery_is_never_deleted(self):
        usage_import = self.deliver(self.bills, focus_csv(hour(1)))
        with self.assertRaisesRegex(UserError, "stays as a record"):
            usage_import.with_user(self.user_administrator).unlink()


@tagged("post_install", "-at_install")
class TestLargeDelivery(UsageCase):
    """The scheduled action on a cursor that commits as it goes."""

    def test_it_waits_for_the_scheduled_action_which_imports_it(self):
        usage_import = self.env["cloud.usage.import"]._create_with_files(
            self.bills, [("a.csv", focus_csv(hour(1), hour(2))), ("b.csv", focus_csv(hour(3)))]
        )
        usage_import._enqueue()
        self.assertEqual(usage_import.state, "queued")
        with self.enter_registry_test_mode():
            self.env.ref("cloud_billing.cron_import_usage").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(usage_import.state, "imported")
        self.assertEqual(self.counts(usage_import), (3, 3, 0, 0, 0))
        self.assertEqual(
            (usage_import.high_water_file, usage_import.high_water_row, usage_import.progress), (2, 2, 100)
        )

    def test_rows_that_would_go_away_are_asked_about_in_the_background_too(self):
        self.deliver(self.bills, focus_csv(hour(1), hour(2, cost="7.5")))
        usage_import = self.env["cloud.usage.import"]._create_with_files(self.bills, [("a.csv", focus_csv(hour(1)))])
        usage_import._enqueue()
        with self.enter_registry_test_mode():
            self.env.ref("cloud_billing.cron_import_usage").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual((usage_import.state, len(usage_import._get_removals())), ("refused", 1))
        self.assertIn("7.5 USD", usage_import.removal_text)
        usage_import.with_user(self.user_operator).action_allow_removal()
        self.assertEqual(usage_import.state, "imported")

    def test_a_refusal_in_the_background_says_why(self):
        usage_import = self.env["cloud.usage.import"]._create_with_files(
            self.bills, [("a.csv", focus_csv(hour(1))), ("b.csv", b"a,b")]
        )
        usage_import._enqueue()
        with self.enter_registry_test_mode():
            self.env.ref("cloud_billing.cron_import_usage").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(usage_import.state, "refused")
        self.assertIn("b.csv", usage_import.error)
        self.assertFalse(usage_import.delivery_ids)

    def test_one_that_was_stopped_goes_on_behind_its_last_chunk(self):
        usage_import = self.env["cloud.usage.import"]._create_with_files(
            self.bills, [("a.csv", focus_csv(hour(1), hour(2))), ("b.csv", focus_csv(hour(3), hour(1), hour(1)))]
        )
        importer = self.env["cloud.usage.importer"]
        token = importer._claim_now(usage_import)
        stopped = []

        def stop_after_the_first_chunk(work):
            if len(stopped) == 2:
                raise ZeroDivisionError
            stopped.append(work())
            return stopped[-1]

        # Not assertRaises: it would roll back what the first chunk wrote.
        with contextlib.suppress(ZeroDivisionError):
            importer._run(usage_import, stop_after_the_first_chunk)
        usage_import.invalidate_recordset()
        self.assertEqual((usage_import.rows_read, usage_import.high_water_file, usage_import.high_water_row), (2, 1, 3))
        self.assertEqual(usage_import.claim_token, token)
        importer._run(usage_import, lambda work: work())
        self.assertEqual(self.counts(usage_import), (5, 5, 0, 0, 0))
        # Two rows of the second file repeat one that was in before the stop.
        self.env.cr.execute(
            "SELECT file_sequence, row_no, ordinal FROM cloud_billing_usage.usage_row"
            " WHERE import_id = %s ORDER BY file_sequence, row_no",
            [usage_import.id],
        )
        self.assertEqual(self.env.cr.fetchall(), [(1, 2, 0), (1, 3, 0), (2, 2, 0), (2, 3, 1), (2, 4, 2)])

    def test_stopped_before_any_of_its_steps_it_ends_the_same(self):
        files = [("a.csv", focus_csv(hour(1), hour(2))), ("b.csv", focus_csv(hour(3), hour(1), hour(2, cost="x")))]
        importer = self.env["cloud.usage.importer"]
        # Same files? two chunks, adding up, the number.
        for stop_before in range(5):
            source = self.env["cloud.usage.source"].create({"name": f"Stopped before {stop_before}", "reader": "focus"})
            usage_import = self.env["cloud.usage.import"]._create_with_files(source, files)
            importer._claim_now(usage_import)
            steps = iter(range(100))

            def step(work, steps=steps, stop_before=stop_before):
                if next(steps) == stop_before:
                    raise ZeroDivisionError
                return work()

            with self.subTest(stop_before=stop_before):
                stopped = False
                try:
                    importer._run(usage_import, step)
                except ZeroDivisionError:
                    stopped = True
                self.assertTrue(stopped)
                self.assertFalse(self.live_rows(source))
                self.env.invalidate_all()
                importer._run(usage_import, lambda work: work())
                self.assertEqual((usage_import.state, self.counts(usage_import)), ("imported", (5, 4, 0, 0, 1)))
                self.assertEqual([row.row_no for row in self.live_rows(source)], [2, 3, 3, 2])
                self.assertEqual(len(usage_import.reject_ids), 1)

    def test_who_lost_the_claim_stops(self):
        usage_import = self.env["cloud.usage.import"]._create_with_files(self.bills, [("a.csv", focus_csv(hour(1)))])
        importer = self.env["cloud.usage.importer"]
        importer._claim_now(usage_import)
        token = usage_import.claim_token
        self.env.cr.execute("UPDATE cloud_usage_import SET claim_token = 'another' WHERE id = %s", [usage_import.id])
        for step in (
            lambda: importer._find_same_files(usage_import, token),
            lambda: importer._stage_files(usage_import, token, lambda work: work()),
            lambda: importer._prepare(usage_import, token),
            lambda: importer._conclude(usage_import, token, [], set()),
        ):
            with self.assertRaises(ClaimLost):
                step()
        self.assertFalse(usage_import.delivery_ids)

    def test_three_deaths_end_it_with_a_sentence(self):
        usage_import = self.env["cloud.usage.import"]._create_with_files(self.bills, [("a.csv", focus_csv(hour(1)))])
        self.env["cloud.usage.importer"]._claim_now(usage_import)
        usage_import.write({"attempts": 3, "claim_until": "2020-01-01"})
        with self.enter_registry_test_mode():
            self.env.ref("cloud_billing.cron_import_usage").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(usage_import.state, "refused")
        self.assertIn("stopped 3 times", usage_import.error)

    def test_a_cancelled_import_leaves_nothing(self):
        usage_import = self.env["cloud.usage.import"]._create_with_files(
            self.bills, [("a.csv", focus_csv(hour(1))), ("b.csv", focus_csv(hour(2)))]
        )
        importer = self.env["cloud.usage.importer"]
        importer._claim_now(usage_import)
        importer._stage_files(usage_import, usage_import.claim_token, lambda work: work())
        # Whoever read it has died.
        usage_import.claim_until = "2020-01-01"
        usage_import.with_user(self.user_operator).action_cancel()
        with self.enter_registry_test_mode():
            self.env.ref("cloud_billing.cron_import_usage").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(usage_import.state, "refused")
        self.assertFalse(usage_import.delivery_ids)
        self.assertFalse(self.env["cloud.usage.stream"].search([("source_id", "=", self.bills.id)]))
        self.env.cr.execute(
            "SELECT COUNT(*) FROM cloud_billing_usage.usage_row WHERE import_id = %s", [usage_import.id]
        )
        self.assertEqual(self.env.cr.fetchone(), (0,))

    def test_a_source_is_read_by_one_import_at_a_time(self):
        first, second = (
            self.env["cloud.usage.import"]._create_with_files(self.bills, [("a.csv", focus_csv(hour(day)))])
            for day in (1, 2)
        )
        self.env["cloud.usage.importer"]._claim_now(first)
        second.action_import()
        self.assertEqual(second.state, "queued")
        other = self.deliver(self.events, events_csv(("e1", 1, "acme", "5")))
        self.assertEqual(other.state, "imported")
