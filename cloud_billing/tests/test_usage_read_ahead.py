import gzip
import random
import sys
import threading
import time
from unittest.mock import patch

from odoo.tests import BaseCase, tagged

from ..engine.readers import RejectedFile, get_reader
from ..models.usage import usage_chunks
from ..models.usage.thread_switch import quick_turns
from ..models.usage.usage_chunks import FileParts, ReadPlan, Start, read_chunks
from .test_usage_progress import BackgroundCase
from .usage_common import focus_csv, hour

PLAN = ReadPlan(get_reader("focus"), {}, is_append=False)


def chunks_of(content, start=None, size=2, part_bytes=300):
    """The chunks of a file that is kept in parts of so many bytes."""
    parts = [content[at : at + part_bytes] for at in range(0, len(content), part_bytes)]
    file = FileParts(1, "usage.csv", len(content), len(parts))
    return read_chunks(PLAN, [file], lambda _file, index: parts[index], start or Start(), size)


def numbers(chunk):
    """The row numbers of a chunk, in the order in which they go into the database."""
    return [int(line.split("\t", 1)[0]) for _place, line in chunk.lines + chunk.repeats]


@tagged("post_install", "-at_install")
class TestReadAhead(BaseCase):
    """One thread reads ahead while another one feeds the database: what comes in is what is in the file, in order."""

    def test_chunks_come_in_the_order_of_the_file_however_slowly_they_are_taken(self):
        content = focus_csv(*(hour(day) for day in range(1, 21)))
        seen = []
        for chunk in chunks_of(content):
            # Meanwhile the thread is one chunk ahead, and waits there.
            time.sleep(0.005)
            seen.append(numbers(chunk))
        self.assertEqual(seen, [[row, row + 1] for row in range(2, 22, 2)])

    def test_who_stops_in_the_middle_goes_on_behind_the_chunk_that_he_took_and_not_behind_the_one_read_ahead(self):
        content = focus_csv(*(hour(day) for day in range(1, 21)))
        for taken in range(1, 10):
            reading = chunks_of(content)
            for _chunk in range(taken):
                chunk = next(reading)
            # As a process that dies: what was read ahead is nowhere.
            reading.close()
            start = Start(1, chunk.last_row_no, chunk.place)
            rows = [row for one in chunks_of(content, start) for row in numbers(one)]
            self.assertEqual(rows, list(range(2 * taken + 2, 22)))

    def test_a_fault_that_is_met_reading_ahead_is_raised_behind_the_chunks_before_it_and_names_its_row(self):
        rows = focus_csv(*(hour(day) for day in range(1, 11)))
        # An opening quote that nobody closes, in the last but one row.
        content = rows.replace(b"2026-03-09T00:00:00Z", b'"2026-03-09T00:00:00Z', 1)
        self.assertNotEqual(content, rows)
        seen = []
        with self.assertRaises(RejectedFile) as caught:
            for chunk in chunks_of(content):
                seen += numbers(chunk)
        self.assertEqual(seen, list(range(2, 10)))
        self.assertEqual((caught.exception.reason, caught.exception.row), ("unclosed_quote", 10))

    def test_the_thread_ends_with_its_caller(self):
        before = threading.active_count()
        reading = chunks_of(focus_csv(*(hour(day) for day in range(1, 21))))
        next(reading)
        self.assertEqual(threading.active_count(), before + 1)
        reading.close()
        self.assertEqual(threading.active_count(), before)

    def test_what_is_packed_is_unpacked_by_one_more_thread_and_is_the_same(self):
        content = focus_csv(*(hour(day) for day in range(1, 21)))
        before = threading.active_count()
        reading = chunks_of(gzip.compress(content))
        seen = [numbers(next(reading))]
        self.assertGreater(threading.active_count(), before)
        seen += map(numbers, reading)
        self.assertEqual(seen, [[row, row + 1] for row in range(2, 22, 2)])
        self.assertEqual(threading.active_count(), before)

    def test_all_threads_end_with_their_caller_wherever_the_one_that_unpacks_is(self):
        # Far more than is unpacked ahead, in many parts: it waits for a part, or until something is taken.
        noise = random.Random(1)
        rows = (hour(1 + n % 28, noise.randbytes(500).hex()) for n in range(8000))
        content = gzip.compress(focus_csv(*rows))
        self.assertGreater(len(content), 4_000_000)
        for part_bytes in (300, 4096, len(content)):
            before = threading.active_count()
            reading = chunks_of(content, part_bytes=part_bytes)
            next(reading)
            reading.close()
            self.assertEqual(threading.active_count(), before, part_bytes)

    def test_a_packed_file_that_stops_before_its_end_is_refused_behind_the_chunks_before_it(self):
        content = gzip.compress(focus_csv(*(hour(day) for day in range(1, 21))))
        before = threading.active_count()
        with self.assertRaises(RejectedFile) as caught:
            list(chunks_of(content[:-9]))
        self.assertEqual(caught.exception.reason, "truncated_gzip")
        self.assertEqual(threading.active_count(), before)

    def test_a_part_that_cannot_be_loaded_is_the_callers_error_and_ends_all_threads(self):
        content = gzip.compress(focus_csv(*(hour(day) for day in range(1, 21))))
        before = threading.active_count()

        def load(_file, _index):
            raise OSError("gone")

        with self.assertRaises(OSError):
            list(read_chunks(PLAN, [FileParts(1, "usage.csv.gz", len(content), 1)], load))
        self.assertEqual(threading.active_count(), before)

    def test_threads_take_turns_sooner_while_somebody_reads_and_as_before_when_the_last_one_has_ended(self):
        former = sys.getswitchinterval()
        content = focus_csv(hour(1), hour(2), hour(3))
        first, second = chunks_of(content, size=1), chunks_of(content, size=1)
        next(first), next(second)
        self.assertLess(sys.getswitchinterval(), former / 5)
        first.close()
        self.assertLess(sys.getswitchinterval(), former / 5)
        second.close()
        self.assertEqual(sys.getswitchinterval(), former)

    def test_turns_that_are_short_already_stay_so(self):
        with patch.object(sys, "getswitchinterval", lambda: 0.0001), patch.object(sys, "setswitchinterval") as change:
            with quick_turns():
                change.assert_called_once_with(0.0001)
            change.assert_called_with(0.0001)


@tagged("post_install", "-at_install")
class TestRowErrorReadAhead(BackgroundCase):
    def test_a_row_that_cannot_be_read_is_kept_under_its_own_number_whichever_chunk_it_came_with(self):
        rows = [hour(day) for day in range(1, 8)]
        rows[4] = {**rows[4], "BilledCost": "x"}
        usage_import = self.queue(rows=rows)
        self.patch(usage_chunks, "_SLICE", 300)
        self.work(behind=3, then=lambda one: one.action_pause())
        usage_import.action_resume()
        self.work()
        self.assertEqual((usage_import.state, self.counts(usage_import)), ("imported", (7, 6, 0, 0, 1)))
        reject = self.env["cloud.usage.reject"].search([("import_id", "=", usage_import.id)])
        self.assertEqual((reject.row_no, reject.value), (6, "x"))
        self.assertEqual([row["row_no"] for row in self.live_rows(self.bills)], [2, 3, 4, 5, 7, 8])
