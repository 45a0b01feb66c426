import json
import time
from datetime import datetime, timedelta
from unittest.mock import patch

from odoo.tests import tagged

from ..engine.readers import Bookmark
from ..engine.readers.tables import tree_table, xml_tree
from ..models.usage import cloud_usage_file, usage_chunks, usage_importer, usage_importer_time
from ..models.usage.usage_importer import ClaimLost, OutOfTime
from .test_usage_progress import BackgroundCase, call
from .usage_common import PLAIN_ROW, focus_csv, hour

_LIMITS = f"{usage_importer_time.__name__}.config"


def utc_now():
    return datetime.utcnow()


@tagged("post_install", "-at_install")
class TestTimeOfACall(BackgroundCase):
    def seconds(self, limit_time_real_cron, limit_time_real=120):
        limits = {"limit_time_real_cron": limit_time_real_cron, "limit_time_real": limit_time_real}
        with patch(_LIMITS, limits):
            # Odoo gives ten seconds, of which none is over.
            importer = self.importer.with_context(cron_end_time=1010)._with_time()
        return importer.env.context["cron_end_time"] - 1000

    def test_it_is_longer_than_odoos_and_far_from_the_limit_of_the_server(self):
        self.assertEqual(self.seconds(0), 40)
        self.assertEqual(self.seconds(600), 40)
        # A third of it; -1 is what requests have.
        self.assertEqual(self.seconds(60), 20)
        self.assertEqual(self.seconds(-1, limit_time_real=15), 5)
        self.assertNotIn("cron_end_time", self.importer._with_time().env.context)

    def test_odoos_further_calls_of_the_same_job_do_nothing_but_ask_for_another_one(self):
        usage_import = self.queue()
        importer = self.importer.with_context(cron_end_time=time.monotonic() - 60)
        with (
            patch(f"{usage_importer.__name__}.retrying", call),
            patch.object(self.registry["cloud.usage.importer"], "_wake_up") as wake_up,
        ):
            importer._cron_import_usage()
        self.env.invalidate_all()
        self.assertEqual((usage_import.state, usage_import.attempts), ("queued", 0))
        wake_up.assert_called_once_with()

    def test_nothing_to_do_asks_for_no_other_call(self):
        with patch.object(self.registry["cloud.usage.importer"], "_wake_up") as wake_up:
            self.work()
        wake_up.assert_not_called()

    def test_the_end_of_a_large_import_begins_in_the_first_half_of_a_call(self):
        usage_import = self.queue()
        usage_import.sudo().write({"rows_read": 1_500_000, "rows_accepted": 1_500_000})
        for left, is_left_over in ((14, True), (16, False)):
            with patch.object(self.registry["ir.cron"], "_commit_progress", lambda *_a, left=left, **_k: left):
                if is_left_over:
                    with self.assertRaises(OutOfTime):
                        self.importer._check_time_for_end(usage_import)
                else:
                    self.importer._check_time_for_end(usage_import)
        # However large it is: half of a call is enough to begin.
        usage_import.sudo().write({"rows_read": 100_000_000, "rows_accepted": 100_000_000})
        with patch.object(self.registry["ir.cron"], "_commit_progress", lambda *_a, **_k: 21):
            self.importer._check_time_for_end(usage_import)


@tagged("post_install", "-at_install")
class TestWhereItGoesOn(BackgroundCase):
    def test_a_later_call_reads_on_near_where_the_former_one_stopped(self):
        usage_import, given = self.queue(rows=[hour(day) for day in range(1, 21)]), []

        def bookmark(*place):
            given.append(place)
            return Bookmark(*place)

        self.patch(usage_chunks, "Bookmark", bookmark)
        # A row takes 280 bytes.
        self.patch(usage_chunks, "_SLICE", 300)
        self.work(behind=15, then=lambda one: one.action_pause())
        place = (usage_import.bookmark_row, int(usage_import.bookmark_offset))
        self.assertTrue(10 < place[0] <= 16 and place[1] > 3000, place)
        usage_import.action_resume()
        self.work()
        self.assertEqual(given, [(), place])
        self.assertEqual((usage_import.state, self.counts(usage_import)), ("imported", (20, 20, 0, 0, 0)))
        self.assertEqual([row["row_no"] for row in self.live_rows(self.bills)], list(range(2, 22)))

    def test_json_lines_and_xml_go_on_there_too(self):
        """Three calls of a file whose columns are made of its first three rows, each from where the former stopped."""
        self.patch(tree_table, "HEADER_ROWS", 3)
        self.patch(xml_tree, "_PIECE", 500)
        self.patch(usage_chunks, "_SLICE", 300)
        rows = [{**PLAIN_ROW, **hour(day)} for day in range(1, 21)]
        cells = ("".join(f"<{name}>{cell}</{name}>" for name, cell in row.items()) for row in rows)
        documents = {
            "usage.jsonl": "\n".join(map(json.dumps, rows)),
            "usage.xml": f"<bill>{''.join(f'<row>{cell}</row>' for cell in cells)}</bill>",
        }
        for name, text in documents.items():
            source = self.env["cloud.usage.source"].create(
                {"name": name, "company_id": self.company.id, "reader": "focus"}
            )
            usage_import = self.env["cloud.usage.import"]._create_with_files(source, [(name, text.encode())])
            usage_import.sudo()._enqueue()
            self.env.flush_all()
            usage_import = usage_import.with_user(self.user_operator)
            places = []
            for behind in (8, 15):
                self.work(behind=behind, then=lambda one: one.action_pause())
                places.append((usage_import.bookmark_row, int(usage_import.bookmark_offset)))
                usage_import.action_resume()
            self.work()
            self.assertTrue(places[1] > places[0] > (4, 0) and places[0][1], (name, places))
            self.assertEqual((usage_import.state, self.counts(usage_import)), ("imported", (20, 20, 0, 0, 0)))
            self.assertEqual([row["row_no"] for row in self.live_rows(source)], list(range(1, 21)))

    def test_parts_before_that_place_are_not_loaded(self):
        loaded = []
        load = self.registry["cloud.usage.file"]._read_part
        self.patch(self.registry["cloud.usage.file"], "_read_part", lambda file, n: loaded.append(n) or load(file, n))
        for module in (cloud_usage_file, usage_chunks):
            self.patch(module, "PART_BYTES", 600)
        self.patch(usage_chunks, "_SLICE", 300)
        self.patch(usage_chunks, "_UNREAD", b"\n" * 300)
        # 20 rows of 280 bytes in ten parts and a header of more than one.
        usage_import = self.queue(rows=[hour(day) for day in range(1, 21)])
        self.work(behind=15, then=lambda one: one.action_pause())
        unread = int(usage_import.bookmark_offset) // 600
        self.assertGreater(unread, 3)
        usage_import.action_resume()
        loaded.clear()
        self.work()
        parts = len(usage_import.file_ids.part_ids)
        # Those with the header and what was read ahead with it, and those behind the place.
        self.assertEqual(loaded[-(parts - unread) :], list(range(unread, parts)))
        self.assertLess(len(loaded), parts - 1)
        self.assertEqual((usage_import.state, self.counts(usage_import)), ("imported", (20, 20, 0, 0, 0)))
        self.assertEqual([row["row_no"] for row in self.live_rows(self.bills)], list(range(2, 22)))

    def test_rows_that_the_former_call_took_in_too_are_met_once(self):
        usage_import = self.queue(rows=[hour(1), hour(2), hour(1), hour(2), hour(1)])
        self.work(behind=2, then=lambda one: one.action_pause())
        usage_import.action_resume()
        store, copied = self.registry["cloud.usage.store"], []
        original = store._copy_rows
        self.patch(store, "_copy_rows", lambda store, text: copied.append(original(store, text)) or copied[-1])
        self.work()
        # What a COPY wrote that failed stays in the table until the next VACUUM.
        self.assertEqual(copied, [False])
        self.assertEqual((usage_import.state, self.counts(usage_import)), ("imported", (5, 5, 0, 0, 0)))

    def test_tried_again_it_begins_at_the_beginning(self):
        usage_import = self.queue(rows=[hour(day) for day in range(1, 21)])
        self.patch(usage_chunks, "_SLICE", 300)
        self.work(behind=15, then=lambda one: one.action_pause())
        usage_import.action_cancel()
        self.work()
        self.assertEqual((usage_import.state, usage_import.bookmark_row), ("refused", 0))
        usage_import.action_retry()
        self.work()
        self.assertEqual((usage_import.state, self.counts(usage_import)), ("imported", (20, 20, 0, 0, 0)))


@tagged("post_install", "-at_install")
class TestLease(BackgroundCase):
    """Who adds a large import up is not overtaken, and does not overtake."""

    def claimed_until(self, usage_import):
        usage_import.invalidate_recordset()
        return usage_import.claim_until

    def run_with(self, usage_import, **steps):
        """Import it at once; steps: {method of the store: what is called before it}."""
        store = self.registry["cloud.usage.store"]
        for name, before in steps.items():
            method = getattr(store, name)

            def step(store, *arguments, method=method, before=before):
                before()
                return method(store, *arguments)

            self.patch(store, name, step)
        usage_import = usage_import.sudo()
        usage_import.state = "draft"
        self.importer._import_now(usage_import)

    def test_nobody_takes_it_up_while_millions_of_rows_are_added_up(self):
        usage_import, seen = self.queue(), []
        self.patch(usage_importer, "_LEASE_PER_ROW", timedelta(minutes=5))
        renewed = self.registry["cloud.usage.importer"]._renew_claim

        def renew(importer, one, token, lease):
            renewed(importer, one, token, lease)
            seen.append(lease)

        self.patch(self.registry["cloud.usage.importer"], "_renew_claim", renew)
        self.run_with(usage_import)
        self.assertEqual(usage_import.state, "imported")
        # The look for the same files and a chunk; the end, of three rows; before and after it; with the number.
        self.assertEqual([lease.total_seconds() / 60 for lease in seen], [3, 3, 18, 3, 3, 3])

    def test_adding_up_that_took_longer_than_a_lease_is_followed_by_a_fresh_one(self):
        usage_import, seen = self.queue(), []

        def make_old():
            self.env.cr.execute(
                "UPDATE cloud_usage_import SET claim_until = '2020-01-01' WHERE id = %s", [usage_import.id]
            )

        self.run_with(
            usage_import,
            _summarise=make_old,
            _hold_number=lambda: seen.append(self.claimed_until(usage_import)),
        )
        self.assertGreater(seen[0], utc_now() + timedelta(minutes=2))

    def test_who_was_overtaken_while_he_added_up_does_not_publish(self):
        usage_import = self.queue().sudo()
        token = self.importer._claim_now(usage_import)
        usage_import.claim_token = "another"
        self.env.flush_all()
        with self.assertRaises(ClaimLost):
            self.importer._prepare(usage_import, token)

    def test_what_seems_dead_is_refused_only_if_nobody_is_at_it(self):
        usage_import, now = self.queue().sudo(), utc_now()
        usage_import.write({"state": "staging", "attempts": 3, "claim_until": now + timedelta(minutes=1)})
        self.env.flush_all()
        self.importer._refuse_dead(usage_import, now)
        self.assertEqual(usage_import.state, "staging")
        self.importer._refuse_dead(usage_import, now + timedelta(minutes=2))
        self.assertEqual(usage_import.state, "refused")
        self.assertIn("stopped 3 times", usage_import.error)


@tagged("post_install", "-at_install")
class TestPartsInMemory(BackgroundCase):
    def test_a_part_is_read_without_the_others(self):
        content = focus_csv(*(hour(day) for day in range(1, 11)))
        self.patch(cloud_usage_file, "PART_BYTES", 500)
        usage_import = self.env["cloud.usage.import"]._create_with_files(self.bills, [("usage.csv", content)])
        file = usage_import.file_ids
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertGreater(len(file.part_ids), 3)
        read = []
        original = self.registry["ir.attachment"]._file_read
        with patch.object(
            self.registry["ir.attachment"], "_file_read", lambda one, name: read.append(name) or original(one, name)
        ):
            parts = [file._read_part(index) for index in range(2)]
        self.assertEqual(b"".join(parts), content[:1000])
        self.assertEqual(len(read), 2)
